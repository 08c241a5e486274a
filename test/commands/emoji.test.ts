import { describe, expect, it } from 'vitest';
import { complete } from '../../src/commands/complete.ts';
import { emoji, emojiName, emojiShown } from '../../src/shared/emoji.ts';
import { displayText, sanitize, textWidth } from '../../src/shared/text.ts';

const source = { table: [], nicks: ['smith'], rooms: [], relays: [], topic: '', windows: [] };

describe('emoji', () => {
  it('have names that can be typed, and stay as they are on every screen', () => {
    expect(emoji.size).toBeGreaterThan(200);
    for (const [name, picture] of emoji) {
      expect.soft(name).toMatch(/^[a-z0-9_+-]+$/);
      expect.soft(displayText(sanitize(picture)), name).toBe(picture);
      expect.soft(textWidth(picture), name).toBeLessThanOrEqual(2);
    }
  });

  it('are found by name, between colons or not, and by picture', () => {
    expect(['+1', ':+1:', ' :TADA: ', '👍', '🎉'].map(emojiName)).toEqual(['+1', '+1', 'tada', '+1', 'tada']);
    expect([':nosuch:', '', '::', 'toString'].map(emojiName)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(emojiShown('tada')).toBe('🎉');
    expect(emojiShown('of\u001btomorrow')).toBe(':of?tomorrow:');
  });

  it('are completed by their names between colons', () => {
    expect(complete('good :thumbsu', 13, source)).toEqual({ from: 5, to: 13, candidates: ['👍'] });
    expect(complete(':smil', 5, source).candidates).toEqual(['😄', '😃']);
    expect(complete(':+1:', 4, source).candidates).toEqual(['👍']);
    expect(complete('at 12:3', 7, source).candidates).toEqual([]);
  });
});
