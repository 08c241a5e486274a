import { exitCode } from '../client/words/refusal-words.ts';
import { relayStateWords } from '../client/words/state-words.ts';
import { exitCodes, type ExitCode } from '../shared/exit-codes.ts';
import { relayMarks, relayNames } from '../client/relays/relay-names.ts';
import { roomNames } from '../client/words/room-names.ts';
import type { ListedRoom } from '../client/session-events.ts';
import { textWidth } from '../shared/text.ts';
import { nickOrSuggested, openPerson, openSession, readEnvironment } from './environment.ts';
import type { CommandLine } from './parse.ts';
import { jsonWriter, ProgramError, type ProgramIo } from './program.ts';
import { shellSentence } from './shell-words.ts';

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
      for (const [name, room] of named) write(roomEvent(name, room, relayNames(relays)));
    } else {
      for (const text of roomTable(named, relayMarks(relays))) io.stdout.write(`${text}\n`);
    }
    if (!away) return exitCodes.done;
    const reason = away.reason ?? 'unreachable';
    throw new ProgramError(
      shellSentence(reason, { name: away.url, about: 'relay' }) || relayStateWords(away),
      exitCode(reason),
    );
  } finally {
    await client.close();
    profile.close();
    await environment.lan?.close();
  }
}

function roomEvent(
  name: string,
  room: ListedRoom,
  relays: ReadonlyMap<string, string>,
): Readonly<Record<string, unknown>> {
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
    relayName: relays.get(room.relay),
  };
}

function roomTable(
  rooms: readonly (readonly [string, ListedRoom])[],
  marks: ReadonlyMap<string, string>,
): string[] {
  if (rooms.length === 0) return ['No rooms in reach. Open one: chat-tui host NAME'];
  const nameWidth = Math.max(...rooms.map(([name]) => textWidth(name)));
  const via = ({ via: way, relay, code }: ListedRoom): string =>
    `${way === 'lan' ? way : (marks.get(relay) ?? way)}${code ? ', code' : ''}`;
  const viaWidth = Math.max(5, ...rooms.map(([, room]) => textWidth(via(room))));
  return rooms.map(([name, room]) => {
    const members = `${room.members} ${room.members === 1 ? 'member' : 'members'}`;
    const cells = [padded(name, nameWidth), padded(via(room), viaWidth), members.padStart(12), room.topic];
    return cells.join('  ').trimEnd();
  });
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(width - textWidth(text));
}
