import { exitCode } from '../client/words/refusal-words.ts';
import { relayStateWords } from '../client/words/state-words.ts';
import { exitCodes, type ExitCode } from '../shared/exit-codes.ts';
import { relayMarks, relayNames } from '../client/relays/relay-names.ts';
import { roomNames } from '../client/words/room-names.ts';
import type { ListedRoom } from '../client/session-events.ts';
import { counted } from '../shared/counted.ts';
import { columns } from '../shared/columns.ts';
import type { CommandLine } from './parse.ts';
import { jsonWriter, ProgramError, type ProgramIo } from './program.ts';
import { withSession } from './session.ts';
import { shellSentence } from './shell-words.ts';

const ANSWER_MS = 5_000;
/** Least cells of their columns. */
const VIA_CELLS = 5;
const MEMBERS_CELLS = 12;

/** `chat-tui rooms`: the rooms in reach, one a line. */
export function roomsMain(line: CommandLine, io: ProgramIo): Promise<ExitCode> {
  return withSession(line, io, async ({ client, environment }) => {
    await environment.lan?.heard();
    const rooms = await client.refresh(ANSWER_MS);
    const names = roomNames(rooms);
    const named = rooms.map((room) => [names.get(room.id) ?? room.title, room] as const);
    const relays = client.relays();
    if (line.options.switch('json')) {
      const write = jsonWriter(io.stdout);
      for (const [name, room] of named) write(roomEvent(name, room, relayNames(relays)));
    } else {
      io.stdout.write(`${roomTable(named, relayMarks(relays))}\n`);
    }
    const away = relays.find((relay) => relay.via === 'relay' && relay.state !== 'online');
    if (!away) return exitCodes.done;
    const reason = away.reason ?? 'unreachable';
    throw new ProgramError(
      shellSentence(reason, { name: away.url, about: 'relay' }) || relayStateWords(away),
      exitCode(reason),
      reason,
    );
  });
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
): string {
  if (rooms.length === 0) return 'No rooms in reach. Open one: chat-tui host NAME';
  return columns(
    rooms.map(([name, { via, relay, code, members, topic }]) => {
      const way = via === 'lan' ? via : (marks.get(relay) ?? via);
      return [
        name,
        `${way}${code ? ', code' : ''}`.padEnd(VIA_CELLS),
        counted(members, 'member').padStart(MEMBERS_CELLS),
        topic,
      ];
    }),
  );
}
