import type { RelayInfo } from '../../client/session-events.ts';
import { fullName } from '../../client/words/full-name.ts';
import { relayStateWords, roomStateWords } from '../../client/words/state-words.ts';
import { counted } from '../../shared/counted.ts';
import { truncate } from '../../shared/text.ts';
import { currentBuffer, newsOf, type Buffer, type RoomBuffer, type State } from '../store/state.ts';
import { gapBeside } from './direction.ts';
import { MEMBERS_FROM } from './layout.ts';
import { cutSpans, printableLine, span, spansWidth, spread, type Span } from './span.ts';
import { grouped, relayName, viaNames } from './words.ts';

/** A relay calls itself what it likes; the rest of the bar is not its to write. */
const MAX_RELAY_CELLS = 24;

/** Fewer columns are the title's alone. */
const COUNT_FROM = 24;

/** The row on top: which room this is, how it is reached, what it is about. */
export function topicBar(state: State, columns: number): readonly Span[] {
  const buffer = currentBuffer(state);
  if (buffer.type === 'lobby') {
    const who: Span[] = [span(printableLine(state.self.nick), 'strong')];
    if (state.self.guest) who.push(span(' guest', 'warn'));
    return spread([span(' Lobby', 'accent'), span('  rooms in reach', 'dim')], [...who, span(' ')], columns);
  }
  if (buffer.type === 'person') {
    const { person } = buffer;
    return spread(
      [
        { ...span(` ${printableLine(fullName(person))}`, 'accent'), bold: true },
        span('  whispers: only the two of you can read them', 'dim'),
      ],
      [],
      columns,
    );
  }
  const { info, members } = buffer;
  const here = members.filter(({ presence }) => presence !== 'offline').length;
  const title: Span = { ...span(printableLine(info.title), 'accent'), bold: true };
  const via = viaNames(state.relays)(info, MAX_RELAY_CELLS);
  const topic = span(printableLine(info.topic));
  const gap = gapBeside([title, topic, span(via)]);
  const left: Span[] = [span(gap), title, span(` ${gap}${via}${info.private ? ', private' : ''}`, 'dim')];
  if (info.topic !== '') left.push(span(` ${gap}`), topic);
  // The member list says it better where there is room for one.
  const counts = members.length > 0 && columns < MEMBERS_FROM && columns >= COUNT_FROM;
  const right = counts ? [span(`${here} here `, 'dim')] : [];
  return spread(left, right, columns);
}

/** For the window; not sanitised for a terminal's title yet. */
export function windowTitle(state: State): string {
  const name = titleOf(currentBuffer(state));
  const { mentions, unread } = newsOf([...state.rooms, ...state.people]);
  if (mentions > 0) return `(${mentions}) ${name}`;
  return unread > 0 ? `[${unread}] ${name}` : name;
}

function titleOf(buffer: Buffer): string {
  if (buffer.type === 'lobby') return 'chat-tui';
  return `${buffer.type === 'room' ? buffer.info.title : buffer.person.nick} - chat-tui`;
}

type Parts = readonly (readonly Span[])[];
/** How much is said of a room's state: all, how it is, or only what is wrong. */
type Words = 'all' | 'few' | 'trouble';

/** The rule above the input: how the line is, what waits, what is elsewhere. */
export function statusBar(state: State, columns: number): readonly Span[] {
  const buffer = currentBuffer(state);
  const before = [...workParts(state), ...scrollParts(buffer), ...awayParts(state)];
  const saying = (words: Words): Parts => [
    ...before,
    ...(buffer.type === 'room' ? roomParts(buffer, state, words) : lobbyParts(state)),
  ];
  const all = saying('all');
  const relay = buffer.type === 'room' ? roomRelay(buffer, state) : undefined;
  const more = relay ? [...all, relay] : all;
  const news = elsewhereParts(state);
  for (const [left, right] of choicesOf(more, all, saying, news))
    if (spansWidth(ruled(left)) + spansWidth(right) < columns)
      return spread(ruled(left), right, columns, '─');
  return cutSpans(spread(ruled(all), [], columns, '─'), columns);
}

/** From the most to the least; half of a relay's name says nothing, and no news hide that something is wrong here. */
function* choicesOf(
  more: Parts,
  all: Parts,
  saying: (words: Words) => Parts,
  news: readonly Span[],
): Generator<readonly [Parts, readonly Span[]]> {
  const end = (hint: string): readonly Span[] =>
    news.length === 0 ? [] : [...news, span(hint, 'dim'), span('─', 'line')];
  yield [more, end(' Alt+A ')];
  yield [all, end(' Alt+A ')];
  yield [all, end(' ')];
  // What stands alone may be cut.
  if (news.length === 0 && all.length === 1) return;
  yield [saying('few'), end(' ')];
  yield [saying('trouble'), end(' ')];
  yield [saying('few'), []];
}

function ruled(parts: Parts): readonly Span[] {
  return parts.flatMap((part) => [span('─', 'line'), span(' '), ...part, span(' ')]);
}

/** It lasts until `/back`, and nothing else would remind of it where the member list has no room. */
function awayParts({ current, rooms, self }: State): (readonly Span[])[] {
  // It is the same everywhere, and a room may have thousands of members.
  const online = rooms.filter(({ state }) => state === 'online');
  const room = online.find(({ id }) => id === current) ?? online[0];
  const away = room?.members.find(({ key }) => key === self.key)?.presence === 'away';
  return away ? [[span('away', 'warn')]] : [];
}

function roomParts(room: RoomBuffer, state: State, words: Words): Parts {
  const parts: (readonly Span[])[] = [];
  // The search tells the whole of what it fetches.
  if (room.progress && !state.finding?.fetch) parts.push(progressPart(room.progress));
  const online = room.state === 'online';
  const waiting = room.entries.filter(
    (entry) => entry.type === 'line' && entry.status?.type === 'waiting',
  ).length;
  if (waiting > 0 && !online) parts.push([span(`${waiting} waiting`, 'warn')]);
  const host = hostPart(room, state.self);
  // That somebody else answers is never left out.
  const few =
    words === 'all' || room.reason === 'changed-key'
      ? host
      : { ...host, text: host.text.replace(/ ?[:;,(].*/, '') };
  if (words !== 'trouble' || host.tone !== 'good') parts.push([few]);
  if (waiting > 0 && online) parts.push([span(`${waiting} sending`, 'warn')]);
  const typing =
    state.preferences.typing === 'off' ? [] : room.typing.map(({ who }) => printableLine(who.nick));
  if (typing.length > 0) parts.unshift([span(typingWords(typing), 'accent')]);
  return parts;
}

function roomRelay({ info, state: room }: RoomBuffer, { relays }: State): readonly Span[] | undefined {
  const relay = relays.find(({ url }) => url === info.relay);
  // A room that is out of reach because its relay is says so itself.
  return relay && (room === 'online' || relay.state === 'online') ? relayPart(relay) : undefined;
}

function hostPart({ call, info, ms, over, reason, silent, state }: RoomBuffer, self: State['self']): Span {
  const own = info.host === self.key;
  const words = roomStateWords(state, reason, { call, relay: info.relay, via: info.via, own });
  if (state !== 'online') return span(words, over ? 'bad' : 'warn');
  if (silent) return span('The host does not answer, but the connection is there', 'warn');
  return span(ms === undefined ? words : `${words}, host ${Math.round(ms)} ms`, 'good');
}

function progressPart({ done, total }: NonNullable<RoomBuffer['progress']>): readonly Span[] {
  const words = `catching up ${grouped(done)} of ${grouped(total)} `;
  return [span(words, 'accent'), span(progressBar(done, total, 10), 'accent')];
}

function typingWords(nicks: readonly string[]): string {
  if (nicks.length > 3) return `${nicks.length} people are typing…`;
  return `${nicks.join(', ')} ${nicks.length === 1 ? 'is' : 'are'} typing…`;
}

function lobbyParts(state: State): Parts {
  if (state.relays.length === 0) return [[span('no relay yet: /connect URL or /host NAME', 'dim')]];
  // Each host of the network has a line of its own, and all of them one name.
  const near = state.relays.filter(({ via, state: relay }) => via === 'lan' && relay === 'online');
  if (near.length < 2) return state.relays.map(relayPart);
  const others = state.relays.filter((relay) => !near.includes(relay));
  return [...others.map(relayPart), [span(`LAN, ${near.length} hosts`, 'dim')]];
}

function relayPart(relay: RelayInfo): readonly Span[] {
  const called = printableLine(relay.name ?? relayName(relay.url));
  const name = relay.via === 'lan' ? 'LAN' : truncate(called, MAX_RELAY_CELLS);
  if (relay.state !== 'online')
    return [span(`${name}: `, 'dim'), span(lower(relayStateWords(relay)), 'warn')];
  return [span(relay.ms === undefined ? name : `${name} ${Math.round(relay.ms)} ms`, 'dim')];
}

function scrollParts({ anchor, below, entries }: Buffer): (readonly Span[])[] {
  const parts: (readonly Span[])[] = [];
  if (anchor)
    parts.push([span(below > 0 ? `↓ ${below} new below` : '↓ more below', below > 0 ? 'mention' : 'accent')]);
  const last = entries.at(-1);
  if (last?.type === 'notice' && last.tone === 'help') parts.push([span('Esc closes the help', 'accent')]);
  return parts;
}

function workParts({ hint, prompts, working }: State): (readonly Span[])[] {
  if (hint !== undefined) return [[span(hint, 'mention')]];
  // Nothing goes on before the question is answered.
  if (prompts.length > 0) return [];
  return working.slice(-1).map(({ text }) => [span(`${printableLine(text)} …`, 'accent')]);
}

function elsewhereParts(state: State): readonly Span[] {
  const others = (buffers: readonly Buffer[]): ReturnType<typeof newsOf> =>
    newsOf(buffers.filter(({ id }) => id !== state.current));
  const { mentions, unread } = others(state.rooms);
  const whispers = others(state.people).unread;
  if (unread + whispers === 0) return [];
  const forMe = [
    ...(mentions > 0 ? [counted(mentions, 'mention')] : []),
    ...(whispers > 0 ? [counted(whispers, 'whisper')] : []),
  ].join(', ');
  return [forMe === '' ? span(` ${unread} unread`, 'accent') : span(` ${forMe}`, 'mention')];
}

export function progressBar(done: number, total: number, cells: number): string {
  const filled = total > 0 ? Math.min(cells, Math.floor((done / total) * cells)) : 0;
  return '█'.repeat(filled) + '░'.repeat(cells - filled);
}

function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
