import { isSaid } from '../../client/words/line-words.ts';
import type { RoomLine } from '../../client/session-events.ts';
import type { UiAction } from './action.ts';
import {
  dropNewest,
  dropOldest,
  fillIn,
  lineEntry,
  lineKey,
  mixIn,
  placeLine,
  prependLines,
  requoted,
  type Oneself,
} from './entries.ts';
import { emptyBuffer, type Entry, type EntryOf, type RoomBuffer } from './state.ts';

type RoomOpened = Extract<UiAction, { type: 'room-opened' }>;
/** Lines of the archive that take their place among those in memory, or theirs. */
export type PageAction = Extract<
  UiAction,
  { type: 'older-loaded' | 'newer-loaded' | 'reloaded' | 'placed' | 'filled-in' }
>;

export function openedRoom(
  { info, state, reason, log, archived, unread, pending }: RoomOpened,
  self: Oneself,
): RoomBuffer {
  const head = archived.reduce((top, { seq }) => Math.max(top, seq ?? 0), unread?.after ?? 0);
  return {
    ...emptyBuffer,
    type: 'room',
    id: info.id,
    info,
    state,
    reason,
    call: undefined,
    me: undefined,
    members: [],
    entries: dropOldest([...sentEntries(archived, self), ...waitingEntries(pending, self)]),
    log,
    head,
    backlog: head > 0 ? head : undefined,
    attached: true,
    loading: false,
    complete: false,
    typing: [],
    ms: undefined,
    silent: false,
    progress: undefined,
    over: false,
    unread: unread?.unread ?? 0,
    mentions: unread?.mentions ?? 0,
    marker: unread?.first && lineKey(unread.first.id),
    markerSeq: unread?.first?.seq,
  };
}

export function reducePage(room: RoomBuffer, action: PageAction, self: Oneself): RoomBuffer {
  const lines = sentEntries(action.lines, self);
  switch (action.type) {
    case 'older-loaded': {
      const all = prependLines(requoted(room.entries, action.lines), lines);
      const entries = dropNewest(all);
      const attached = room.attached && entries === all;
      const aside = setAside(all.slice(entries.length), room.aside);
      return { ...room, entries, aside, attached, complete: action.complete, loading: false };
    }
    case 'newer-loaded': {
      // What was told behind an older page belongs behind newer ones.
      const end = room.entries.findLastIndex((entry) => !isLocal(entry)) + 1;
      const aside = setAside(room.aside, room.entries.slice(end));
      const entries = lines.reduce<readonly Entry[]>(placeLine, room.entries.slice(0, end));
      const attached = (action.lines.at(-1)?.seq ?? room.head) >= room.head;
      const whole = attached ? { entries: mixIn(entries, aside), aside: [] } : { entries, aside };
      return { ...room, ...whole, entries: dropOldest(whole.entries), attached, complete: false };
    }
    case 'reloaded': {
      const mixed = mixIn(lines, setAside(room.aside, room.entries));
      const entries = dropOldest([...mixed, ...waitingEntries(action.pending, self)]);
      return { ...room, entries, aside: [], attached: true, complete: false, anchor: undefined, below: 0 };
    }
    case 'placed':
      return {
        ...room,
        entries: lines,
        aside: setAside(room.aside, room.entries),
        attached: false,
        complete: false,
      };
    case 'filled-in': {
      const entries = lines.reduce<readonly Entry[]>(fillIn, room.entries);
      return { ...room, entries: room.attached ? dropOldest(entries) : dropNewest(entries) };
    }
  }
}

/** Only this screen has it: no archive brings it back. */
function isLocal(entry: Entry): boolean {
  return entry.type !== 'line' || entry.status?.type === 'failed';
}

/** What no archive brings back of both, by its time. */
function setAside(some: readonly Entry[], others: readonly Entry[]): readonly Entry[] {
  return dropOldest([...some, ...others].filter(isLocal).toSorted((a, b) => a.at - b.at));
}

function sentEntries(lines: readonly RoomLine[], self: Oneself): readonly EntryOf<'line'>[] {
  return lines.map((line) => {
    const own = line.by.key === self.key && isSaid(line);
    return lineEntry(line, self, own ? { type: 'sent' } : undefined);
  });
}

function waitingEntries(lines: readonly RoomLine[], self: Oneself): readonly EntryOf<'line'>[] {
  return lines.map((line) => lineEntry(line, self, { type: 'waiting' }));
}
