import type { ListedRoom } from '../../client/session-events.ts';
import { roomNames } from '../../client/words/room-names.ts';
import { textWidth } from '../../shared/text.ts';
import type { State } from '../store/state.ts';
import { gapBeside } from './direction.ts';
import { cutSpans, fit, printableLine, span, spansWidth, type Row, type Span } from './span.ts';
import { viaNames } from './words.ts';

const MAX_TITLE_CELLS = 24;
const MAX_VIA_CELLS = 16;
/** Fewer rows have no place for all hints. */
const ROWS_FOR_HINTS = 8;
/** Fewer say nothing of a topic. */
const MIN_TOPIC_CELLS = 4;
/** Below this width the first hints and notes are shorter. */
const WIDE_FROM = 56;

/** The upper part of the lobby: rooms in reach, or what to type when there are none. */
export function lobbyRows(state: State, width: number, height: number): readonly Row[] {
  const rows =
    state.listed.length === 0 ? emptyRows(state, width).map(keyed) : listRows(state, width, height);
  return rows.slice(0, height).map(({ key, spans }) => ({ key, spans: cutSpans(spans, width) }));
}

/** A room's row has its id for a key. */
function listRows({ listed, lobby, rooms, relays }: State, width: number, height: number): Row[] {
  const names = roomNames(listed);
  const nameOf = (room: ListedRoom): string => printableLine(names.get(room.id) ?? room.title);
  const widest = listed.reduce((most, room) => Math.max(most, textWidth(nameOf(room))), 4);
  const viaOf = viaNames(relays);
  const via = (room: ListedRoom): string => viaOf(room, MAX_VIA_CELLS);
  const viaCells = listed.reduce((most, room) => Math.max(most, textWidth(via(room))), 5);
  const titleCells = Math.min(MAX_TITLE_CELLS, widest, Math.max(6, width - 21 - viaCells));
  const head = [span(`  ${fit('Room', titleCells)}  ${fit('Over', viaCells)}  Here  Topic`, 'dim')];
  const keys = [span('  ↑ ↓ choose, Enter joins.', 'dim')];
  const own = [span('  '), span('/host NAME', 'accent'), span(' opens a room of your own.', 'dim')];
  const inOne = spansWidth([...keys, ...own]) <= width;
  // Rooms come first where there are few rows.
  const isShort = height < ROWS_FOR_HINTS && listed.length + 3 > height;
  const hints = inOne ? [[...keys, ...own]] : isShort ? [keys] : [keys, own];
  const room = Math.max(1, height - 1 - hints.length);
  const at = Math.max(
    0,
    listed.findIndex(({ id }) => id === lobby.selected),
  );
  const from = Math.max(0, Math.min(at - Math.floor(room / 2), listed.length - room));
  const lines = listed.slice(from, from + room).map((each) => {
    const chosen = each.id === lobby.selected;
    const joined = rooms.some(({ id, over }) => id === each.id && !over);
    const topic = printableLine(each.topic);
    const code = width < WIDE_FROM ? 'code' : 'needs a code';
    const note = joined ? '(joined)' : each.code ? `(${code})` : '';
    const line = span(fit(via(each), viaCells), 'dim');
    const gap = gapBeside([span(nameOf(each)), line, span(topic)]);
    const start: Span[] = [
      span(`${chosen ? '›' : ' '}${gap}`, 'accent'),
      { ...span(fit(nameOf(each), titleCells), chosen ? 'accent' : 'text'), bold: chosen },
      span(` ${gap}`),
      line,
      span(` ${gap}${fit(String(each.members), 4, 'right')} ${gap}`, 'dim'),
    ];
    const left = width - spansWidth(start) - (note === '' ? 0 : textWidth(note) + 2);
    const about =
      topic === '' || left < MIN_TOPIC_CELLS ? [] : cutSpans([span(topic, chosen ? 'text' : 'dim')], left);
    const end = span(note === '' ? '' : `${about.length === 0 ? '' : ` ${gap}`}${note}`, 'warn');
    return { key: each.id, spans: [...start, ...about, end] };
  });
  const range = span(`  ${from + 1}–${from + lines.length} of ${listed.length}`, 'dim');
  const [first = [], ...others] = hints;
  const below = listed.length > lines.length ? [[range, ...first], ...others] : hints;
  return [keyed(head, 0), ...lines, ...below.map((spans, index) => keyed(spans, index + 1))];
}

function keyed(spans: readonly Span[], index: number): Row {
  return { key: `lobby ${index}`, spans };
}

function emptyRows({ near, relays }: State, width: number): (readonly Span[])[] {
  const reach = relays.some(({ state }) => state === 'online') || !near;
  const none = span('  No rooms in reach yet.', 'strong');
  if (width < WIDE_FROM)
    return [
      [none, span(reach ? '' : ' Looking …', 'dim')],
      [],
      hint('/host tea', 'opens a room, tea'),
      hint('/connect URL', 'calls a relay'),
      hint('/join INVITE', 'follows a link'),
      hint('/help', 'lists the others'),
    ];
  return [
    [none, span(reach ? '' : ' Looking on this machine and network …', 'dim')],
    [],
    hint('/host tea', 'opens a room called tea on this machine'),
    hint('/connect URL', 'calls a relay, such as wss://chat.example.org'),
    hint('/join INVITE', 'follows an invitation link'),
    hint('/help', 'lists everything else; Alt+H the keys'),
  ];
}

function hint(command: string, words: string): readonly Span[] {
  return [span('  '), span(fit(command, 14), 'accent'), span(words, 'dim')];
}
