import type { RoomSession } from '../client/api.ts';
import type { RelayInfo } from '../client/session-events.ts';
import { relayStateWords, roomStateWords } from '../client/words/state-words.ts';
import { counted } from '../shared/counted.ts';
import { columns } from '../shared/columns.ts';
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

/** From here to the relay and on to the host, with what is measured, or wrong, between them. */
async function status({ client, room }: CommandContext): Promise<string> {
  const relays = client.relays();
  const way = room && relays.find(({ url }) => url === room.info.relay);
  const [hostMs, ...relayMs] = await Promise.all([
    room?.state === 'online' ? room.ping() : undefined,
    ...relays.map(({ url, state }) => (state === 'online' ? client.ping(url) : undefined)),
  ]);
  const msOf = (relay: RelayInfo): number | undefined => relayMs[relays.indexOf(relay)];
  const { nick, guest } = client.self;
  const self = ['you', guest ? `${nick} (guest)` : nick];
  if (!room) {
    const rows = relayRows(relays, msOf);
    return columns([self, ...(rows.length > 0 ? rows : [['relay', 'none; /connect URL reaches one']])]);
  }
  const others = relayRows(
    relays.filter((relay) => relay !== way),
    msOf,
  );
  // What is wrong on the way here is no column beside their addresses.
  const beside = columns(others.map((row) => row.slice(1))).split('\n');
  return columns([
    self,
    ...(way ? [hop(msOf(way), relayWords(way, msOf(way))), relayRow(way)] : []),
    hop(hostMs, hostWords(room, hostMs), way && ', all the way from you'),
    ['host', `${hostNick(room)} (${room.info.title})`],
    ...waitingRows(room),
    ...others.map(([label = ''], at) => [label, beside[at] ?? '']),
  ]);
}

/** What lies between two of them; `ms` undefined: nothing comes back over it. */
function hop(ms: number | undefined, words: string, more = ''): string[] {
  return ms === undefined ? [' ✗', words] : [' ↓', `${words}${more}`];
}

function relayRow({ via, url }: RelayInfo): string[] {
  return [via === 'lan' ? 'nearby' : 'relay', url];
}

function relayRows(relays: readonly RelayInfo[], msOf: (relay: RelayInfo) => number | undefined): string[][] {
  return relays.map((relay) => [...relayRow(relay), relayWords(relay, msOf(relay))]);
}

function waitingRows(room: RoomSession): string[][] {
  const waiting = room.pending().length;
  return waiting === 0 ? [] : [['waits', `${counted(waiting, 'line')} of yours, here`]];
}

function hostNick(room: RoomSession): string {
  const { host, tag } = room.info;
  return room.members().find(({ key }) => key === host)?.nick ?? tag;
}

function hostWords(room: RoomSession, ms: number | undefined): string {
  const { info, me, reason, state } = room;
  return state === 'online'
    ? roundTrip(ms)
    : roomStateWords(state, reason, { ...info, own: info.host === me.key });
}

function relayWords(relay: RelayInfo, ms: number | undefined): string {
  return relay.state === 'online' ? roundTrip(ms) : relayStateWords(relay);
}

function roundTrip(ms: number | undefined): string {
  return ms === undefined ? 'no answer' : `${Math.max(1, Math.round(ms))} ms`;
}
