import { decodeSignedEvent } from '../../shared/room/events.ts';
import type { WireHead } from '../../shared/room/head.ts';
import { utf8 } from '../../shared/bytes.ts';
import { identityKey } from '../../shared/ids.ts';
import { MAX_PAGE_BYTES, MAX_PAGE_EVENTS } from '../../shared/limits.ts';
import type { FormerMember, HostMessageOf } from '../../shared/room/messages.ts';
import type { History } from '../history/history.ts';
import type { Place } from './sequencer.ts';

/** Rows read at a time, so that a long answer never lies in memory whole. */
const READ_ROWS = 100;
/** A page's own fields: head, hash and names. */
const PAGE_OVERHEAD = 512;
const EVENT_OVERHEAD = 16;
const NAME_OVERHEAD = 48;

export interface PageRequest {
  /** 0 for a resume. */
  readonly rid: number;
  readonly from: number;
  readonly to: number;
}

type Page = HostMessageOf<'page'>;

/**
 * Events `from`..`to` as pages that each fit one message; the last one, which may be empty, carries the head after its
 * last event. `signHead` is asked only then. Events trimmed meanwhile are left out at the front.
 */
export function* pagesOf(
  history: History,
  { rid, from, to }: PageRequest,
  signHead: (place: Place) => WireHead,
): Generator<Page, void, undefined> {
  let next = from;
  const named = new Set<string>();
  for (;;) {
    next = Math.max(next, history.first());
    const prev = history.hashAt(next - 1);
    const page = takePage(history, next, to, named);
    const former = page.former.length > 0 ? { former: page.former } : {};
    if (!prev || page.events.length === 0 || page.last) {
      const place = page.place ?? endOf(history, next);
      const head = place ? { head: signHead(place) } : {};
      const events = prev ? page.events : [];
      yield {
        t: 'page',
        rid,
        from: next,
        prev: prev ?? new Uint8Array(32),
        events,
        ...head,
        ...former,
        last: true,
      };
      return;
    }
    yield { t: 'page', rid, from: next, prev, events: page.events, ...former, last: false };
    next += page.events.length;
  }
}

interface Taken {
  readonly events: Page['events'];
  readonly place: Place | undefined;
  readonly former: FormerMember[];
  readonly last: boolean;
}

/** `named` are authors that need no name in it, or have one in an earlier page. */
function takePage(history: History, from: number, to: number, named: Set<string>): Taken {
  const events: Page['events'] = [];
  const former: FormerMember[] = [];
  let place: Place | undefined;
  let bytes = PAGE_OVERHEAD;
  let next = from;
  while (next <= to && events.length < MAX_PAGE_EVENTS) {
    const rows = history.read(next, to, Math.min(READ_ROWS, MAX_PAGE_EVENTS - events.length));
    for (const row of rows) {
      bytes += row.signed.length + EVENT_OVERHEAD;
      const gone = formerMember(history, row.author, named);
      if (gone) bytes += NAME_OVERHEAD + utf8(gone.nick).length;
      if (bytes > MAX_PAGE_BYTES) return { events, place, former, last: false };
      named.add(identityKey(row.author));
      if (gone) former.push(gone);
      const { author, event, sig } = decodeSignedEvent(row.signed);
      events.push([author, event, sig]);
      place = { seq: row.seq, hash: row.hash };
      next = row.seq + 1;
    }
    if (rows.length === 0) break;
  }
  return { events, place, former, last: next > to };
}

/** The author as one who has gone, unless it is here, unknown or named already. */
function formerMember(history: History, key: Uint8Array, named: Set<string>): FormerMember | undefined {
  if (named.has(identityKey(key))) return undefined;
  const member = history.member(key);
  return member && !member.onRoster ? { key, nick: member.nick } : undefined;
}

/** Where an empty page ends: just before `next`. */
function endOf(history: History, next: number): Place | undefined {
  const hash = history.hashAt(next - 1);
  return hash && { seq: next - 1, hash };
}
