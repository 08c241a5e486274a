import type { Completion } from '../../commands/complete.ts';
import { edit, type EditorState } from './editor-state.ts';

/** Going through candidates with Tab; gone as soon as anything else is done. */
export interface CompletionCycle {
  /** The text before the first Tab. */
  readonly original: EditorState;
  readonly completion: Completion;
  /** Index of the candidate shown; `candidates.length` is what was typed. */
  readonly at: number;
}

/** The first candidate in place; undefined when there is none. A single one needs no cycle. */
export function startCycle(
  editor: EditorState,
  completion: Completion,
  direction: 'next' | 'previous',
): { readonly editor: EditorState; readonly cycle?: CompletionCycle } | undefined {
  const { candidates } = completion;
  if (candidates.length === 0) return undefined;
  const at = direction === 'next' ? 0 : candidates.length - 1;
  const shown = show({ original: editor, completion, at });
  return candidates.length === 1 ? { editor: shown.editor } : shown;
}

/** The following candidate; after the last comes what was typed, then the first again. */
export function stepCycle(
  cycle: CompletionCycle,
  direction: 'next' | 'previous',
): { readonly editor: EditorState; readonly cycle: CompletionCycle } {
  const stops = cycle.completion.candidates.length + 1;
  return show({ ...cycle, at: (cycle.at + (direction === 'next' ? 1 : stops - 1)) % stops });
}

function show(cycle: CompletionCycle): { readonly editor: EditorState; readonly cycle: CompletionCycle } {
  const { original, completion, at } = cycle;
  const text = completion.candidates[at];
  if (text === undefined) return { editor: original, cycle };
  const { from, to } = completion;
  return { editor: edit(original, { type: 'replace', from, to, text }), cycle };
}
