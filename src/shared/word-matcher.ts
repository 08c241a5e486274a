/**
 * Tells whether a text has, for each of `words`, a word that begins like it. Both are in small letters without marks, as
 * SQLite's index of words sees them.
 */
export function wordMatcher(words: readonly string[]): (text: string) => boolean {
  const begins = words.map((word) => new RegExp(`(?<![\\p{L}\\p{N}])${folded(word)}`, 'u'));
  return (text) => {
    const plain = folded(text);
    return begins.every((begin) => begin.test(plain));
  };
}

function folded(text: string): string {
  const small = text.toLowerCase();
  return /^[\x20-\x7e]*$/.test(small) ? small : small.normalize('NFD').replace(/\p{M}+/gu, '');
}
