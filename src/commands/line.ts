import type { RoomSession } from '../client/api.ts';
import type { RelayInfo } from '../client/session-events.ts';
import { relayStateWords, roomStateWords } from '../client/words.ts';
import { columns } from './columns.ts';
import { answer, type Command } from './command.ts';
import type { CommandContext } from './context.ts';

export const line: readonly Command[] = [
  {
    name: 'status',
    aliases: ['route', 'ping'],
    area: 'line',
    usage: '/status',
    where: 'anywhere',
    who: 'everyone',
    help: 'show each hop to the relay and the host, and its ms',
    run: async (_args, ctx) => answer(await status(ctx)),
  },
  {
    name: 'version',
    aliases: [],
    area: 'line',
    usage: '/version',
    where: 'anywhere',
    who: 'everyone',
    help: 'show which version this is',
    run: async (_args, { version }) => answer(`chat-tui ${version}`),
  },
];

async function status({ client, room }: CommandContext): Promise<string> {
  const relays = client.relays();
  const [hops, ...relayMs] = await Promise.all([
    room ? hostHop(room) : [],
    ...relays.map((relay) => (relay.state === 'online' ? client.ping(relay.url) : undefined)),
  ]);
  const rows = relays.map((relay, at) => [
    room?.info.relay === relay.url ? 'relay of this room' : relay.via === 'lan' ? 'nearby' : 'relay',
    relay.url,
    relayWords(relay, relayMs[at]),
  ]);
  const { nick, guest } = client.self;
  const self = ['you', guest ? `${nick} (guest)` : nick, ''];
  if (rows.length === 0) rows.push(['relay', 'none', '/connect URL reaches one']);
  return columns([self, ...rows, ...hops]);
}

async function hostHop(room: RoomSession): Promise<string[][]> {
  const { title, host, tag } = room.info;
  const nick = room.members().find(({ key }) => key === host)?.nick ?? tag;
  const ms = room.state === 'online' ? await room.ping() : undefined;
  const waiting = room.pending().length;
  const state = room.state === 'online' ? roundTrip(ms) : roomStateWords(room.state);
  return [
    ['host', `${nick} (${title})`, state],
    ...(waiting === 0 ? [] : [['waiting here', `${waiting} ${waiting === 1 ? 'line' : 'lines'}`, '']]),
  ];
}

function relayWords(relay: RelayInfo, ms: number | undefined): string {
  return relay.state === 'online' ? roundTrip(ms) : relayStateWords(relay);
}

function roundTrip(ms: number | undefined): string {
  return ms === undefined ? 'no answer' : `${Math.max(1, Math.round(ms))} ms`;
}
