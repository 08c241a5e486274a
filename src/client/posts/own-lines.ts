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
import { refused, type Refusal, type RoomAction } from '../api.ts';
import type { PendingPost } from '../archive/archive.ts';
import type { LineRef, Person, Quote, RoomLine } from '../session-events.ts';

interface TextLimits {
  readonly textBytes: number;
  readonly textLines: number;
}

/** Why a text cannot be said; the limits are a room's, where they are known. */
export function flawOf(text: string, limits?: TextLimits): Refusal | undefined {
  if (sanitize(text).trim() === '') return refused('empty');
  const { textBytes = MAX_TEXT_BYTES, textLines = MAX_TEXT_LINES } = limits ?? {};
  return (
    longer(text, Math.min(MAX_TEXT_BYTES, textBytes)) ??
    higher(sanitize(text), Math.min(MAX_TEXT_LINES, textLines))
  );
}

/** Why an action cannot be as it is, whoever does it. */
export function flawOfAction(action: RoomAction, limits?: TextLimits): Refusal | undefined {
  switch (action.type) {
    case 'kick':
    case 'ban':
      return longer(action.reason ?? '', MAX_REASON_BYTES);
    case 'motd':
      return longer(action.motd, MAX_MOTD_BYTES) ?? higher(action.motd, MAX_MOTD_LINES);
    case 'slow':
      return action.seconds > MAX_SLOW_SECONDS ? refused('too-long') : undefined;
    case 'edit':
      return flawOf(action.text, limits);
    case 'react':
      return emojiName(action.emoji) === action.emoji ? undefined : refused('bad-event');
    default:
      return undefined;
  }
}

/** Why a text does not fit so many bytes. */
export function longer(text: string, bytes: number): Refusal | undefined {
  return utf8(text).length > bytes ? refused('too-long', bytes) : undefined;
}

function higher(text: string, lines: number): Refusal | undefined {
  return countLines(text) > lines ? refused('too-many-lines', lines) : undefined;
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
