import { equalBytes } from '../shared/bytes.ts';
import { labels, makeRoomId, verify } from '../shared/crypto/sign.ts';
import { ifWellFormed, type Rejection } from '../shared/errors.ts';
import { CLOCK_SKEW_MS, MAX_TITLE_GRAPHEMES, SECOND } from '../shared/limits.ts';
import { graphemes } from '../shared/text.ts';
import { decodeListing, type ListingBody } from '../shared/wire/listing.ts';

/** A directory entry as its host signed it. */
export interface SignedEntry {
  readonly body: Uint8Array;
  readonly sig: Uint8Array;
}

export interface EntryContext {
  /** The room and the identity that hold the lease. */
  readonly room: Uint8Array;
  readonly host: Uint8Array;
  readonly nowSec: number;
  /** Of the entry it replaces. */
  readonly lastRev: number | undefined;
}

/**
 * Signed by this host for this room, not expired by any clock that may be right, newer than the one before, with a title
 * that fits; else `bad-entry`.
 */
export function checkEntry(entry: SignedEntry, context: EntryContext): ListingBody | Rejection {
  const bad: Rejection = { code: 'bad-entry' };
  const body = ifWellFormed(() => decodeListing(entry.body));
  if (!body) return bad;
  if (!equalBytes(body.host, context.host) || !equalBytes(body.room, context.room)) return bad;
  if (!equalBytes(makeRoomId(body.host, body.nonce), body.room)) return bad;
  if (body.expires + CLOCK_SKEW_MS / SECOND <= context.nowSec) return bad;
  if (graphemes(body.title).length > MAX_TITLE_GRAPHEMES) return bad;
  if (context.lastRev !== undefined && body.rev <= context.lastRev) return bad;
  return verify(labels.list, context.host, entry.body, entry.sig) ? body : bad;
}
