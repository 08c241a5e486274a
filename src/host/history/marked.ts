import type { LineMarks, MarkedLine } from './history.ts';

/** The marks of a line after one more. */
export function marked(marks: LineMarks, mark: MarkedLine['mark']): LineMarks {
  return {
    edits: marks.edits + (mark === 'edited' ? 1 : 0),
    reactions: marks.reactions + (mark === 'reacted' ? 1 : 0),
    deleted: marks.deleted || mark === 'deleted',
  };
}
