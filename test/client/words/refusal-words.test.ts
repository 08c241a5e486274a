import { describe, expect, it } from 'vitest';
import type { ClientRefusal } from '../../../src/client/api.ts';
import { exitCode, sentence } from '../../../src/client/words/refusal-words.ts';
import { refusalCodes } from '../../../src/shared/errors.ts';
import { SECOND } from '../../../src/shared/limits.ts';

type Own = Exclude<ClientRefusal, (typeof refusalCodes)[number]>;
const own: Record<Own, true> = {
  unreachable: true,
  timeout: true,
  'ambiguous-room': true,
  'changed-key': true,
  'bad-invite': true,
  'bad-words': true,
  'cut-invite': true,
  'foreign-invite': true,
  'other-invite': true,
  'unknown-words': true,
  'bad-nick': true,
  'bad-address': true,
  'no-such-person': true,
  'ambiguous-person': true,
  'ignore-limit': true,
  empty: true,
  'outbox-full': true,
  'left-out': true,
  'no-relay': true,
  'code-needed': true,
  'bad-backup': true,
  'guest-only': true,
  'name-too-short': true,
  'not-registered': true,
  'password-needed': true,
  'password-too-long': true,
  'password-too-short': true,
  'passwords-differ': true,
  'unsafe-stretch': true,
  'disk-full': true,
  'unusable-file': true,
};
const isOwn = (code: string): code is Own => Object.hasOwn(own, code);
const all: readonly ClientRefusal[] = [...refusalCodes, ...Object.keys(own).filter(isOwn)];

describe('the words of a refusal', () => {
  it.each(all)('are a whole sentence of one line for %s, never the code itself', (code) => {
    const text = sentence(code);
    expect(text).toMatch(/^[A-Z0-9][^\n]+\.$/);
    expect(text).not.toMatch(/undefined|NaN/);
    expect(text.toLowerCase()).not.toMatch(code.includes('-') ? code : /^$/);
  });

  it('say who, which and how long where that is known', () => {
    expect(sentence('too-many-connections', { retryMs: 90 * SECOND })).toBe(
      'Too many connections from your network; retry in 2 min.',
    );
    expect(sentence('slow-down', { retryMs: 800 })).toBe('Slow down: send it again in 1 s.');
    expect(sentence('too-many-lines', { limit: 12 })).toContain('at most 12 in one message');
    expect(sentence('no-such-room', { name: 'tea' })).toContain('No room called tea');
    expect(sentence('ambiguous-room', { name: 'tea', names: ['tea~aaaa', 'tea~bbbb'] })).toContain(
      'say which of tea~aaaa, tea~bbbb',
    );
  });
});

describe('exit codes', () => {
  it('follow sysexits for every code', () => {
    expect(all.filter((code) => ![64, 69, 75, 77, 78].includes(exitCode(code)))).toEqual([]);
    expect(exitCode('unreachable')).toBe(69);
    expect(exitCode('host-away')).toBe(69);
    expect(exitCode('room-full')).toBe(75);
    expect(exitCode('slow-down')).toBe(75);
    expect(exitCode('wrong-code')).toBe(77);
    expect(exitCode('banned')).toBe(77);
    expect(exitCode('changed-key')).toBe(77);
    expect(exitCode('bad-address')).toBe(64);
  });
});
