import { utf8 } from '../shared/bytes.ts';
import { MAX_TEXT_BYTES, MAX_TEXT_LINES } from '../shared/limits.ts';
import { countLines, sanitize } from '../shared/text.ts';
import type { ClientRefusal } from './api.ts';
import type { PendingPost } from './archive.ts';
import type { Person, RoomLine } from './session-events.ts';

/** Why a text cannot be said; the limits are a room's, where they are known. */
export function flawOf(
  text: string,
  limits: { readonly textBytes: number; readonly textLines: number } = {
    textBytes: MAX_TEXT_BYTES,
    textLines: MAX_TEXT_LINES,
  },
): ClientRefusal | undefined {
  if (sanitize(text).trim() === '') return 'empty';
  if (utf8(text).length > Math.min(MAX_TEXT_BYTES, limits.textBytes)) return 'too-long';
  return countLines(text) > Math.min(MAX_TEXT_LINES, limits.textLines) ? 'too-many-lines' : undefined;
}

/** How a post is shown until the host has it; undefined for those that are no line before. */
export function echoOf({ id, kind, text, time }: PendingPost, by: Person): RoomLine | undefined {
  if (kind !== 'text' && kind !== 'me') return undefined;
  const { key, tag, nick } = by;
  return { id, at: time, sentAt: time, by: { key, tag, nick }, kind, text: sanitize(text) };
}
