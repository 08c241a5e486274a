import { emojiName } from '../../shared/emoji.ts';
import type { Rejection } from '../../shared/errors.ts';
import { MAX_EDITS_PER_LINE, MAX_REACTIONS_PER_LINE } from '../../shared/limits.ts';
import type { EventKind, EventOf, RoomEvent } from '../../shared/room/events.ts';

/** What refers to an earlier line. */
export type LineChange = EventOf<'edited' | 'deleted' | 'reacted'>;

/** The line that is referred to, as far as the log has it. */
export interface TargetLine {
  readonly kind: EventKind;
  readonly edits: number;
  readonly reactions: number;
  readonly deleted: boolean;
}

export function isLineChange(event: RoomEvent): event is LineChange {
  return event.kind === 'edited' || event.kind === 'deleted' || event.kind === 'reacted';
}

export function lineChangeFlaw(event: LineChange, target: TargetLine | undefined): Rejection | undefined {
  if (!target || target.deleted || (target.kind !== 'text' && target.kind !== 'me'))
    return { code: 'no-such-line' };
  if (event.kind === 'edited' && target.edits >= MAX_EDITS_PER_LINE)
    return { code: 'too-many-changes', limit: MAX_EDITS_PER_LINE };
  if (event.kind !== 'reacted') return undefined;
  if (emojiName(event.body.emoji) !== event.body.emoji) return { code: 'bad-event' };
  return target.reactions >= MAX_REACTIONS_PER_LINE
    ? { code: 'too-many-changes', limit: MAX_REACTIONS_PER_LINE }
    : undefined;
}
