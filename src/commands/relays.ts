import type { ChatClient } from '../client/api.ts';
import { relayNames, roomCounts } from '../client/relays/relay-names.ts';
import { MAX_SAVED_RELAYS } from '../client/profile/settings.ts';
import type { RelayInfo } from '../client/session-events.ts';
import { sentence } from '../client/words/refusal-words.ts';
import { relayStateWords } from '../client/words/state-words.ts';
import { firstWord } from './arguments.ts';
import { counted } from '../shared/counted.ts';
import { columns } from '../shared/columns.ts';
import { answer, refuse, refuseUsage, shortened, type Command } from './command.ts';
import type { CommandContext, CommandOutcome } from './context.ts';
import { defined } from '../shared/defined.ts';

const connectUsage = '/connect URL';
const disconnectUsage = '/disconnect [URL]';
const relayUsage = '/relay [first|forget N]';

export const relays: readonly Command[] = [
  {
    name: 'connect',
    aliases: [],
    area: 'rooms',
    usage: connectUsage,
    where: 'anywhere',
    who: 'everyone',
    help: 'reach the rooms of a relay, now and next time',
    run: connect,
  },
  {
    name: 'disconnect',
    aliases: [],
    area: 'rooms',
    usage: disconnectUsage,
    where: 'anywhere',
    who: 'everyone',
    help: 'let go of a relay and forget it',
    complete: 'relay',
    run: disconnect,
  },
  {
    name: 'relay',
    aliases: ['relays'],
    area: 'rooms',
    usage: relayUsage,
    where: 'anywhere',
    who: 'everyone',
    help: 'list the relays, order or forget them',
    notes: [
      ['first N', 'rooms that you host open there; N is its number or name'],
      ['forget N', 'lets go of it, like /disconnect'],
    ],
    complete: ['first', 'forget'],
    run: relay,
  },
];

async function connect(args: string, { client, savedRelays }: CommandContext): Promise<CommandOutcome> {
  const url = args.trim();
  if (url === '' || /\s/.test(url)) return refuseUsage(connectUsage);
  const connected = await client.connect(url);
  if (connected.ok) {
    const saved = savedRelays.add(connected.value.url)
      ? ''
      : ` For this run only: ${MAX_SAVED_RELAYS} relays are saved already; /relay forget N makes room for it.`;
    return answer(`Connected to ${connected.value.url}; /rooms lists what is there.${saved}`);
  }
  const stillTried = client.relays().some((relay) => isNamed(relay, url) && relay.state !== 'closed');
  const text = sentence(connected.code, {
    name: shortened(url),
    about: 'relay',
    ...defined({ retryMs: connected.retryMs }),
  });
  return refuse(
    connected.code,
    stillTried ? `${text} It is tried again by itself; /disconnect ${url} stops that.` : text,
  );
}

async function disconnect(
  args: string,
  { client, hosting, savedRelays }: CommandContext,
): Promise<CommandOutcome> {
  const wanted = args.trim();
  const found = relaysNamed(wanted, client);
  const [relay, other] = found;
  if (!relay && wanted !== '') return refuse('no-relay', `No relay ${shortened(wanted)} is connected.`);
  if (!relay) return refuse('no-relay', 'No relay is connected; rooms nearby need none.');
  if (other) {
    return refuseUsage(disconnectUsage, `Which one: ${found.map(({ url }) => url).join(' or ')}?`);
  }
  await client.disconnect(relay.url);
  savedRelays.remove(relay.url);
  hosting.relayGivenUp?.(relay.url);
  return answer(`Disconnected from ${relay.url}.`);
}

/** Relays somebody chose: those that a number or name may mean, or all without one. */
function relaysNamed(wanted: string, client: ChatClient): readonly RelayInfo[] {
  const relays = client.relays().filter(({ via }) => via === 'relay');
  if (wanted === '') return relays;
  const numbered = relays[Number(wanted) - 1];
  if (numbered) return [numbered];
  const names = relayNames(client.relays());
  const short = relays.filter(({ url }) => names.get(url)?.toLowerCase() === wanted.toLowerCase());
  return short.length > 0 ? short : relays.filter((relay) => isNamed(relay, wanted));
}

async function relay(args: string, ctx: CommandContext): Promise<CommandOutcome> {
  const [word, name] = firstWord(args);
  if (word === '') return answer(relayList(ctx.client));
  const what = word.toLowerCase();
  const wanted = name.trim();
  if ((what !== 'first' && what !== 'forget') || wanted === '') return refuseUsage(relayUsage);
  if (what === 'forget') return await disconnect(wanted, ctx);
  const [found, other] = relaysNamed(wanted, ctx.client);
  if (!found) return refuse('no-relay', `No relay ${shortened(wanted)} is connected; /relay lists them.`);
  if (other) return refuseUsage(relayUsage, `Which one: ${found.url} or ${other.url}?`);
  ctx.client.prefer(found.url);
  ctx.savedRelays.prefer(found.url);
  const called = relayNames(ctx.client.relays()).get(found.url) ?? found.url;
  return answer(`${called} comes first now: rooms that you /host open there, while it is connected.`);
}

function relayList(client: ChatClient): string {
  const relays = client.relays();
  if (relays.length === 0) return 'No relay is connected; /connect URL reaches one, rooms nearby need none.';
  const names = relayNames(relays);
  const rooms = roomCounts(
    client.listed(),
    client.rooms().map(({ info }) => info),
  );
  const order = relays.filter(({ via }) => via === 'relay');
  return columns(
    relays.map((each) => [
      each.via === 'lan' ? '' : String(order.indexOf(each) + 1),
      names.get(each.url) ?? each.url,
      stateWords(each, rooms.get(each.url) ?? 0),
      each.url,
    ]),
  );
}

/** How it is, shortly; `/status` and `/doctor` tell more. */
function stateWords(relay: RelayInfo, rooms: number): string {
  const { state, reason } = relay;
  const lost = state === 'reconnecting' && reason !== 'changed-key';
  const [short = ''] = relayStateWords(lost ? { state } : relay).split(/[:;(]/);
  if (state !== 'online') return short.trim().toLowerCase();
  const ms = relay.ms === undefined ? [] : [`${Math.round(relay.ms)} ms`];
  return [...ms, counted(rooms, 'room')].join(', ');
}

/** By its URL or name; scheme, usual ports and a final slash need not be typed. */
function isNamed({ url, name }: Pick<RelayInfo, 'url' | 'name'>, wanted: string): boolean {
  return wanted === name || bareAddress(url) === bareAddress(wanted);
}

function bareAddress(url: string): string {
  return url
    .toLowerCase()
    .replace(/^(?:wss?|tcs?):\/\//, '')
    .replace(/(?::(?:443|1878))?\/?$/, '');
}
