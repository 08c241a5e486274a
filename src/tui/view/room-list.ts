import { Names } from '../../client/people/person-names.ts';
import { roomNames } from '../../client/words/room-names.ts';
import { textWidth } from '../../shared/text.ts';
import {
  currentBuffer,
  newsOf,
  type Buffer,
  type BufferId,
  type PersonBuffer,
  type RoomBuffer,
  type State,
} from '../store/state.ts';
import type { Tone } from '../theme/theme.ts';
import { gapBeside } from './direction.ts';
import { fit, printableLine, span, spansWidth, type Row, type Span } from './span.ts';
import { viaNames } from './words.ts';

/** Rooms that have a key of their own, Alt+1 to Alt+9. */
const NUMBERED_ROOMS = 9;

/** Fewer rows are all for rooms. */
const MORE_FROM = 4;

/** Room for the relay's name beside a room's. */
const MIN_VIA_CELLS = 5;
const MAX_VIA_CELLS = 12;

interface Item {
  readonly id: BufferId;
  readonly row: readonly Span[];
}

/** The pane at the left: lobby and rooms with unread lines and mentions, the current one always among them. */
export function roomListRows(state: State, width: number, height: number): readonly Row[] {
  if (width <= 0) return [];
  const current = currentBuffer(state).id;
  const names = roomNames(state.rooms.map(({ info }) => info));
  const viaOf = viaNames(state.relays);
  // A room's own name comes first: where it leaves too little, only the network is named.
  const via = (info: RoomBuffer['info']): string => {
    const left = width - 3 - textWidth(names.get(info.id) ?? info.title);
    return left < MIN_VIA_CELLS && info.via === 'relay' ? '' : viaOf(info, Math.min(left, MAX_VIA_CELLS));
  };
  const items: readonly Item[] = [
    { id: 'lobby', row: lobbyRow(state, current === 'lobby', width) },
    ...state.rooms.map((room, index): Item => {
      const title = printableLine(names.get(room.id) ?? room.info.title);
      const look = { current: room.id === current, muted: state.muted.includes(room.id), via };
      return { id: room.id, row: roomRow(room, title, leadOf(index, look.current), look, width) };
    }),
    ...personItems(state, current, width),
  ];
  const at = items.findIndex(({ id }) => id === current);
  const isCut = items.length >= height && height >= MORE_FROM;
  const room = height - (isCut ? 2 : 1);
  const from = Math.max(0, Math.min(at - Math.floor(room / 2), items.length - room));
  const shown = items.slice(from, from + room).map(({ id, row }) => ({ key: id, spans: row }));
  const head = { key: 'head', spans: [span(fit('Rooms', width), 'dim')] };
  if (!isCut) return [head, ...shown];
  const inSight = new Set<string>(shown.map(({ key }) => key));
  const hidden = [...state.rooms, ...state.people].filter(({ id }) => !inSight.has(id));
  return [head, ...shown, { key: 'more', spans: moreRow(hidden, items.length - shown.length, width) }];
}

/** What is not in sight, and how much is new in it. */
function moreRow(hidden: readonly Buffer[], many: number, width: number): readonly Span[] {
  return itemRow(span(' '), `${many} more`, 'dim', countSpans(newsOf(hidden)), width);
}

function personItems({ known, people, rooms }: State, current: BufferId, width: number): readonly Item[] {
  // Finding out who could be taken for whom is not for every frame of those who have no such window.
  if (people.length === 0) return [];
  const names = new Names([...known, ...people.map(({ person }) => person)]);
  return people.map((each, index) => {
    const name = printableLine(names.show(each.person));
    const isCurrent = each.id === current;
    return {
      id: each.id,
      row: personRow(each, name, leadOf(rooms.length + index, isCurrent), isCurrent, width),
    };
  });
}

/** The mark of the one on screen, or the digit that is its key. */
function leadOf(index: number, current: boolean): Span {
  if (current) return span('›', 'accent');
  return span(index < NUMBERED_ROOMS ? String(index + 1) : ' ', 'dim');
}

function lobbyRow(state: State, current: boolean, width: number): readonly Span[] {
  const { unread } = state.lobby;
  return itemRow(span(current ? '›' : ' ', 'accent'), 'lobby', tone(current, unread > 0), [], width);
}

interface RoomLook {
  readonly current: boolean;
  readonly muted: boolean;
  readonly via: (room: RoomBuffer['info']) => string;
}

function roomRow(
  room: RoomBuffer,
  title: string,
  lead: Span,
  { current, muted, via }: RoomLook,
  width: number,
): readonly Span[] {
  const counts = countSpans(room);
  if (counts.length === 0) {
    const [words, look] = stateMark(room, via);
    if (words !== '') counts.push(span(` ${words}`, look));
  }
  if (muted) counts.unshift(span(' ∅', 'dim'));
  return itemRow(lead, title, tone(current, room.unread > 0), counts, width);
}

function countSpans({ mentions, unread }: Pick<Buffer, 'mentions' | 'unread'>): Span[] {
  const counts: Span[] = [];
  if (mentions > 0) counts.push(span(` @${cap(mentions)}`, 'mention'));
  if (unread > mentions) counts.push(span(` ${cap(unread)}`, 'accent'));
  return counts;
}

function personRow(
  buffer: PersonBuffer,
  name: string,
  lead: Span,
  current: boolean,
  width: number,
): readonly Span[] {
  const counts = buffer.unread > 0 ? [span(` @${cap(buffer.unread)}`, 'mention')] : [span(' »', 'whisper')];
  return itemRow(lead, name, tone(current, buffer.unread > 0), counts, width);
}

/** How a quiet room is reached; what is wrong with it wins. */
function stateMark(room: RoomBuffer, via: (room: RoomBuffer['info']) => string): readonly [string, Tone] {
  if (room.over || room.state === 'closed') return ['✗', 'bad'];
  if (room.state !== 'online') return ['…', 'warn'];
  return [via(room.info), 'dim'];
}

function itemRow(lead: Span, name: string, look: Tone, end: readonly Span[], width: number): readonly Span[] {
  const room = Math.max(0, width - 2 - spansWidth(end));
  const gap = gapBeside([span(name), ...end]);
  // What stands at the end begins with a space.
  const fenced = end.map((each) => ({ ...each, text: each.text.replace(/^ /, gap) }));
  return [lead, span(gap), span(fit(name, room), look), ...fenced];
}

function tone(current: boolean, unread: boolean): Tone {
  if (current) return 'accent';
  return unread ? 'strong' : 'text';
}

function cap(many: number): string {
  return many > 99 ? '99+' : String(many);
}
