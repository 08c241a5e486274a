import { Names } from '../../client/people/person-names.ts';
import { roomNames } from '../../client/words/room-names.ts';
import { textWidth } from '../../shared/text.ts';
import {
  currentBuffer,
  type BufferId,
  type PersonBuffer,
  type RoomBuffer,
  type State,
} from '../store/state.ts';
import type { Tone } from '../theme/theme.ts';
import { gapBeside } from './direction.ts';
import { fit, printableLine, span, type Row, type Span } from './span.ts';
import { viaNames } from './words.ts';

/** Rooms that have a key of their own, Alt+1 to Alt+9. */
export const NUMBERED_ROOMS = 9;

/** Room for the relay's name beside a room's. */
const MIN_VIA_CELLS = 5;
const MAX_VIA_CELLS = 12;

/** The pane at the left: lobby and rooms with unread lines and mentions, the current one always among them. */
export function roomListRows(state: State, width: number, height: number): readonly Row[] {
  if (width <= 0) return [];
  const current = currentBuffer(state).id;
  // A room's own name comes first.
  const via = (info: RoomBuffer['info']): string => {
    const left = width - 3 - textWidth(names.get(info.id) ?? info.title);
    return viaNames(state.relays, Math.max(MIN_VIA_CELLS, Math.min(left, MAX_VIA_CELLS)))(info);
  };
  const names = roomNames(state.rooms.map(({ info }) => info));
  const people = new Names([...state.known, ...state.people.map(({ person }) => person)]);
  const items: { readonly id: BufferId; readonly row: readonly Span[] }[] = [
    { id: 'lobby', row: lobbyRow(state, current === 'lobby', width) },
    ...state.rooms.map((room, index) => ({
      id: room.id,
      row: roomRow(
        room,
        printableLine(names.get(room.id) ?? room.info.title),
        index,
        { current: room.id === current, muted: state.muted.includes(room.id), via },
        width,
      ),
    })),
    ...state.people.map((each, index) => ({
      id: each.id,
      row: personRow(
        each,
        printableLine(people.show(each.person)),
        state.rooms.length + index,
        each.id === current,
        width,
      ),
    })),
  ];
  const at = items.findIndex(({ id }) => id === current);
  const room = height - 1;
  const from = Math.max(0, Math.min(at - Math.floor(room / 2), items.length - room));
  const shown = items.slice(from, from + room).map(({ id, row }) => ({ key: id, spans: row }));
  return [{ key: 'head', spans: [span(fit('Rooms', width), 'dim')] }, ...shown];
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
  index: number,
  { current, muted, via }: RoomLook,
  width: number,
): readonly Span[] {
  const number = index < NUMBERED_ROOMS ? String(index + 1) : ' ';
  const counts: Span[] = [];
  if (room.mentions > 0) counts.push(span(` @${cap(room.mentions)}`, 'mention'));
  if (room.unread > room.mentions) counts.push(span(` ${cap(room.unread)}`, 'accent'));
  if (counts.length === 0) {
    const [words, look] = stateMark(room, via);
    counts.push(span(` ${words}`, look));
  }
  if (muted) {
    counts.unshift(span(' ∅', 'dim'));
  }
  const lead = span(current ? '›' : number, current ? 'accent' : 'dim');
  return itemRow(lead, title, tone(current, room.unread > 0), counts, width);
}

function personRow(
  buffer: PersonBuffer,
  name: string,
  index: number,
  current: boolean,
  width: number,
): readonly Span[] {
  const number = index < NUMBERED_ROOMS ? String(index + 1) : ' ';
  const counts = buffer.unread > 0 ? [span(` @${cap(buffer.unread)}`, 'mention')] : [span(' »', 'whisper')];
  const lead = span(current ? '›' : number, current ? 'accent' : 'dim');
  return itemRow(lead, name, tone(current, buffer.unread > 0), counts, width);
}

/** How a quiet room is reached; what is wrong with it wins. */
function stateMark(room: RoomBuffer, via: (room: RoomBuffer['info']) => string): readonly [string, Tone] {
  if (room.over || room.state === 'closed') return ['✗', 'bad'];
  if (room.state !== 'online') return ['…', 'warn'];
  return [via(room.info), 'dim'];
}

function itemRow(lead: Span, name: string, look: Tone, end: readonly Span[], width: number): readonly Span[] {
  const endWidth = end.reduce((sum, each) => sum + textWidth(each.text), 0);
  const room = Math.max(0, width - 2 - endWidth);
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
