import { describe, expect, it } from 'vitest';
import { isProfileName } from '../../src/files/folders.ts';

describe('the name of a profile', () => {
  it.each(['default', 'Work', 'a_b-1', 'console', 'com10', 'x'.repeat(32)])('may be %s', (name) =>
    expect(isProfileName(name)).toBe(true),
  );

  it.each(['', '..', 'a/b', 'a b', 'x'.repeat(33), 'nul', 'CON', 'com1'])(
    'is not %j, which is no folder everywhere',
    (name) => expect(isProfileName(name)).toBe(false),
  );
});
