import { describe, expect, it } from 'vitest';
import { shellSentence } from '../../src/cli/shell-words.ts';
import { sentence } from '../../src/client/words/refusal-words.ts';

describe('a refusal in a shell', () => {
  it.each([
    'already-hosting',
    'has-name',
    'no-relay',
    'no-such-name',
    'no-such-room',
    'not-registered',
    'relay-banned',
    'relay-private',
    'room-limit',
  ] as const)('%s asks for no slash command', (code) => {
    expect(sentence(code)).toMatch(/ \/[a-z]/);
    expect(shellSentence(code)).not.toMatch(/ \/[a-z]/);
  });

  it('is said as everywhere else where nothing has to be typed', () => {
    expect(shellSentence('wrong-code')).toBe(sentence('wrong-code'));
    const invite = { about: 'invite', names: ['ws://a'] } as const;
    expect(shellSentence('no-such-room', invite)).toBe(sentence('no-such-room', invite));
  });
});
