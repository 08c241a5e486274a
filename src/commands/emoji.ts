import { emoji } from '../shared/emoji.ts';

/** Emoji whose name begins with `typed`, the shortest names first; each once. */
export function emojiBeginning(typed: string): string[] {
  const wanted = typed.toLowerCase();
  const names = [...emoji.keys()].filter((name) => name.startsWith(wanted));
  const found = names.toSorted((a, b) => a.length - b.length).map((name) => emoji.get(name) ?? '');
  return [...new Set(found)];
}
