import { describe, expect, it } from 'vitest';
import { shellSentence } from '../../src/cli/shell-words.ts';
import { plainSentence } from '../../src/client/words/plain-words.ts';
import { clientRefusals, sentence } from '../../src/client/words/refusal-words.ts';

describe('a refusal in a shell', () => {
  it.each(clientRefusals())('%s asks for no slash command, here and in the library', (code) => {
    const details = [{}, ...(['person', 'room', 'relay', 'invite'] as const).map((about) => ({ about }))];
    for (const detail of details) {
      expect(shellSentence(code, detail)).not.toMatch(/(?:^| )\/[a-z]/);
      expect(plainSentence(code, detail)).not.toMatch(/(?:^| )\/[a-z]|--[a-z]/);
    }
  });

  it('tells the reason that somebody gave as everywhere else', () => {
    expect(plainSentence('kicked', { reason: 'spam' })).toMatch(/ The reason given: spam$/);
  });

  it('is said as everywhere else where nothing has to be typed', () => {
    expect(shellSentence('wrong-code')).toBe(sentence('wrong-code'));
    const invite = { about: 'invite', names: ['ws://a'] } as const;
    expect(shellSentence('no-such-room', invite)).toBe(sentence('no-such-room', invite));
  });
});
