import { exitCode, relayStateWords, sentence } from '../client/words.ts';
import { exitCodes, type ExitCode } from '../shared/exit-codes.ts';
import { roomNames } from '../client/room-names.ts';
import type { ListedRoom } from '../client/session-events.ts';
import { textWidth } from '../shared/text.ts';
import { nickOrSuggested, openPerson, openSession, readEnvironment } from './environment.ts';
import type { CommandLine } from './parse.ts';
import { jsonWriter, ProgramError, type ProgramIo } from './program.ts';

const ANSWER_MS = 5_000;

/** `chat-tui rooms`: the rooms in reach, one a line. */
export async function roomsMain(line: CommandLine, io: ProgramIo): Promise<ExitCode> {
  const environment = await readEnvironment(line, io);
  const profile = await openPerson(environment, 'session', nickOrSuggested(environment));
  const client = await openSession(environment, profile, io);
  try {
    await environment.lan?.heard();
    const rooms = await client.refresh(ANSWER_MS);
    const names = roomNames(rooms);
    const named = rooms.map((room) => [names.get(room.id) ?? room.title, room] as const);
    const relays = client.relays();
    const away = relays.find((relay) => relay.via === 'relay' && relay.state !== 'online');
    if (line.options.switch('json')) {
      const write = jsonWriter(io.stdout);
      for (const [name, room] of named) write(roomEvent(name, room));
    } else {
      for (const text of roomTable(named)) io.stdout.write(`${text}\n`);
    }
    if (!away) return exitCodes.done;
    const reason = away.reason ?? 'unreachable';
    throw new ProgramError(
      sentence(reason, { name: away.url, about: 'relay' }) || relayStateWords(away),
      exitCode(reason),
    );
  } finally {
    await client.close();
    profile.close();
    await environment.lan?.close();
  }
}

function roomEvent(name: string, room: ListedRoom): Readonly<Record<string, unknown>> {
  return {
    event: 'room',
    room: name,
    roomId: room.id,
    title: room.title,
    topic: room.topic,
    key: room.host,
    members: room.members,
    code: room.code,
    via: room.via,
    relay: room.relay,
  };
}

function roomTable(rooms: readonly (readonly [string, ListedRoom])[]): string[] {
  if (rooms.length === 0) return ['No rooms in reach. Open one: chat-tui host NAME'];
  const width = Math.max(...rooms.map(([name]) => textWidth(name)));
  return rooms.map(([name, room]) => {
    const members = `${room.members} ${room.members === 1 ? 'member' : 'members'}`;
    return `${name}${' '.repeat(width - textWidth(name))}  ${room.via.padEnd(5)}  ${members.padStart(12)}  ${room.topic}`.trimEnd();
  });
}
