import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../../src/shared/bytes.ts';
import {
  formatWords,
  generateWordsSecret,
  INVITE_WORDS,
  meetingPlace,
  parseWords,
} from '../../../src/shared/crypto/invite-words.ts';
import { wordList } from '../../../src/shared/crypto/word-list.ts';

const secrets = fc.uint8Array({ minLength: 9, maxLength: 9 });
const secretOf = (text: string) => {
  const read = parseWords(text);
  return read?.ok ? toHex(read.secret) : undefined;
};

describe('the list of words', () => {
  it('has 1 024 of 4 to 8 plain letters, in order', () => {
    expect(wordList).toHaveLength(1_024);
    expect(wordList.filter((word) => !/^[a-z]{4,8}$/.test(word))).toEqual([]);
    expect([...wordList].sort()).toEqual(wordList);
  });

  it('has no two that begin with the same four letters', () => {
    expect(new Set(wordList.map((word) => word.slice(0, 4))).size).toBe(wordList.length);
  });

  it('has no two that are less than three letters apart', () => {
    const near = wordList.flatMap((word, at) =>
      wordList
        .slice(at + 1)
        .filter((other) => isNear(word, other))
        .map((other) => `${word} ${other}`),
    );
    expect(near).toEqual([]);
  });

  it('has no two whose consonants sound alike', () => {
    const bySound = new Map<string, string[]>();
    for (const word of wordList) bySound.set(sound(word), [...(bySound.get(sound(word)) ?? []), word]);
    expect([...bySound.values()].filter(({ length }) => length > 1)).toEqual([]);
  });
});

describe('words for an invite', () => {
  it('are eight, and are read back as they were said', () => {
    fc.assert(
      fc.property(secrets, (secret) => {
        const words = formatWords(secret);
        expect(words.split(' ')).toHaveLength(INVITE_WORDS);
        expect(secretOf(words)).toBe(toHex(secret));
      }),
    );
  });

  it('are read in capitals, with commas or dashes, on several rows, and by their first four letters', () => {
    const secret = generateWordsSecret();
    const words = formatWords(secret);
    const short = words.split(' ').map((word) => word.slice(0, 4));
    for (const spelling of [words.toUpperCase(), words.replaceAll(' ', ', '), words.replaceAll(' ', '-')])
      expect(secretOf(spelling)).toBe(toHex(secret));
    expect(secretOf(` ${words.replaceAll(' ', '\n')}.`)).toBe(toHex(secret));
    expect(secretOf(short.join(' '))).toBe(toHex(secret));
  });

  it('that do not belong together are refused', () => {
    // 8 bits of check: of all slips of one word about one in 256 passes.
    const words = formatWords(new Uint8Array(9).fill(7)).split(' ');
    const slips = words.flatMap((_, at) =>
      wordList.slice(0, 128).map((word) => words.with(at, word).join(' ')),
    );
    const passed = slips.filter((slip) => slip !== words.join(' ') && parseWords(slip)?.ok === true);
    expect(passed.length / slips.length).toBeLessThan(0.02);
    expect(passed).not.toContain(words.join(' '));
  });

  it('tell which word is on no list, and how many there were', () => {
    const words = formatWords(new Uint8Array(9).fill(7)).split(' ');
    expect(parseWords(words.with(2, 'xyzzy').join(' '))).toEqual({ ok: false, count: 8, unknown: ['xyzzy'] });
    expect(parseWords(words.slice(1).join(' '))).toEqual({ ok: false, count: 7, unknown: [] });
    expect(parseWords([...words, 'acorn'].join(' '))).toMatchObject({ ok: false, count: 9 });
  });

  it.each([
    '',
    'tea',
    'green tea',
    'the room at the end of the corridor with a door',
    'acorn acorn acorn acorn acorn',
  ])('are not a room called %j', (title) => {
    expect(parseWords(title)).toBeUndefined();
  });

  it('make a place that only they lead to', () => {
    const place = meetingPlace(new Uint8Array(9).fill(1));
    const other = meetingPlace(new Uint8Array(9).fill(2));
    expect(place.room).toEqual(meetingPlace(new Uint8Array(9).fill(1)).room);
    expect(place.room).not.toEqual(other.room);
    expect(place.code).not.toEqual(other.code);
  });
});

/** Fewer than three letters changed, added or left out. */
function isNear(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 2) return false;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const changes = Math.min(
        (row[j] ?? 0) + 1,
        (next[j - 1] ?? 0) + 1,
        (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
      );
      least = Math.min(least, changes);
      next.push(changes);
    }
    // It only gets more.
    if (least > 2) return false;
    row = next;
  }
  return (row[b.length] ?? 0) < 3;
}

/** Letters that are spoken alike become one, rows of vowels become one. */
function sound(word: string): string {
  return word
    .replaceAll('ph', 'f')
    .replaceAll('ck', 'k')
    .replaceAll('qu', 'kw')
    .replaceAll('wh', 'w')
    .replaceAll('igh', 'i')
    .replace(/^kn/, 'n')
    .replace(/^wr/, 'r')
    .replace(/c(?=[eiy])/g, 's')
    .replaceAll('ch', '%')
    .replaceAll('c', 'k')
    .replaceAll('x', 'ks')
    .replaceAll('z', 's')
    .replace(/[aeiouy]+/g, 'a')
    .replace(/(.)\1+/g, '$1')
    .replace(/a$/, '');
}
