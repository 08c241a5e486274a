import { utf8 } from '../../shared/bytes.ts';
import { emojiName } from '../../shared/emoji.ts';
import {
  MAX_MOTD_BYTES,
  MAX_MOTD_LINES,
  MAX_REASON_BYTES,
  MAX_SLOW_SECONDS,
  MAX_TEXT_BYTES,
  MAX_TEXT_LINES,
} from '../../shared/limits.ts';
import { countLines, sanitize } from '../../shared/text.ts';
import type { ClientRefusal, RoomAction } from '../api.ts';
import type { PendingPost } from '../archive/archive.ts';
import type { LineRef, Person, Quote, RoomLine } from '../session-events.ts';

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
  return countLines(sanitize(text)) > Math.min(MAX_TEXT_LINES, limits.textLines)
    ? 'too-many-lines'
    : undefined;
}

/** Why an action cannot be as it is, whoever does it. */
export function flawOfAction(
  action: RoomAction,
  limits?: { readonly textBytes: number; readonly textLines: number },
): ClientRefusal | undefined {
  switch (action.type) {
    case 'kick':
    case 'ban':
      return utf8(action.reason ?? '').length > MAX_REASON_BYTES ? 'too-long' : undefined;
    case 'motd':
      if (utf8(action.motd).length > MAX_MOTD_BYTES) return 'too-long';
      return countLines(action.motd) > MAX_MOTD_LINES ? 'too-many-lines' : undefined;
    case 'slow':
      return action.seconds > MAX_SLOW_SECONDS ? 'too-long' : undefined;
    case 'edit':
      return flawOf(action.text, limits);
    case 'react':
      return emojiName(action.emoji) === action.emoji ? undefined : 'bad-event';
    default:
      return undefined;
  }
}

/** How a post is shown until the host has it; undefined for those that are no line before. */
export function echoOf(
  { id, kind, text, time, re }: PendingPost,
  by: Person,
  quote: (ref: LineRef) => Quote,
): RoomLine | undefined {
  if (kind !== 'text' && kind !== 'me') return undefined;
  const { key, tag, nick } = by;
  return {
    id,
    at: time,
    sentAt: time,
    by: { key, tag, nick },
    kind,
    text: sanitize(text),
    ...(re ? { re, quoted: quote(re) } : {}),
  };
}
