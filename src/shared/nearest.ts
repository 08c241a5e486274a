/** Longest unknown name worth comparing: nothing longer is a slip of the finger. */
const LONGEST_SLIP = 20;

/** The one of `names` fewest slips away from `typed`, undefined when none is near enough to be meant. */
export function nearest(typed: string, names: readonly string[]): string | undefined {
  if (typed === '' || typed.length > LONGEST_SLIP) return undefined;
  const allowed = typed.length <= 3 ? 1 : 2;
  let best: { readonly name: string; readonly slips: number } | undefined;
  for (const name of names) {
    // One-letter aliases are one slip from every short word and help nobody.
    if (name.length < 2) continue;
    const slips = name.startsWith(typed) ? 0.5 : distance(typed, name);
    if (slips <= allowed && (!best || slips < best.slips)) best = { name, slips };
  }
  return best?.name;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one word into the other. */
function distance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1];
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      if (swapped) least = Math.min(least, (beforeLast[j - 2] ?? 0) + 1);
      row.push(least);
    }
    beforeLast = last;
    last = row;
  }
  return last[to.length] ?? 0;
}
