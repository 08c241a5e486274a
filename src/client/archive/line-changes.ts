import { MAX_REACTIONS_PER_LINE } from '../../shared/limits.ts';
import type { LineChange, LineRef, Person, Reaction, RoomLineBody } from '../session-events.ts';

/** What was done to a line since it was said. The numbers make the outcome the same in whatever order it is learnt. */
export interface LineMarks {
  readonly re?: LineRef;
  /** Of the last rewriting. */
  readonly edited?: number;
  readonly deleted?: Person;
  readonly reactions?: readonly MarkedReaction[];
}

interface MarkedReaction {
  readonly emoji: string;
  readonly by: Person;
  readonly seq: number;
  readonly on: boolean;
}

export interface MarkedText {
  readonly text: string;
  readonly marks: LineMarks;
}

/** A change with the number of the event that made it. */
export type SequencedChange = LineChange & { readonly seq: number };

/** Undefined when the change changes nothing. */
export function withChange({ text, marks }: MarkedText, change: SequencedChange): MarkedText | undefined {
  switch (change.kind) {
    case 'edit':
      if (marks.deleted || (marks.edited ?? 0) >= change.seq) return undefined;
      return { text: change.text, marks: { ...marks, edited: change.seq } };
    case 'delete':
      if (marks.deleted) return undefined;
      return { text: '', marks: { ...marks, deleted: change.by } };
    case 'react': {
      const { by, emoji, seq, on } = change;
      const reactions = marks.reactions ?? [];
      const same = reactions.find((each) => each.emoji === emoji && each.by.key === by.key);
      if (same && same.seq >= seq) return undefined;
      // More than a room takes: a host that numbers them all the same only makes each of them dearer.
      if (!same && reactions.length >= MAX_REACTIONS_PER_LINE) return undefined;
      const changed = { emoji, by, seq, on };
      const next = same ? reactions.map((each) => (each === same ? changed : each)) : [...reactions, changed];
      return { text, marks: { ...marks, reactions: next } };
    }
  }
}

/** A line's body as it is shown. */
export function shownBody(
  kind: 'text' | 'me',
  { text, marks }: MarkedText,
): Extract<RoomLineBody, { kind: 'text' | 'me' }> {
  const reactions = marks.deleted ? [] : groups(marks.reactions ?? []);
  return {
    kind,
    text,
    ...(marks.re ? { re: marks.re } : {}),
    ...(marks.edited !== undefined && !marks.deleted ? { edited: true } : {}),
    ...(marks.deleted ? { deleted: marks.deleted } : {}),
    ...(reactions.length === 0 ? {} : { reactions }),
  };
}

/** By emoji, in the order in which each came first. */
function groups(reactions: readonly MarkedReaction[]): Reaction[] {
  const found = new Map<string, Person[]>();
  for (const { emoji, by, on } of reactions) if (on) found.set(emoji, [...(found.get(emoji) ?? []), by]);
  return [...found].map(([emoji, who]) => ({ emoji, who }));
}
