import { expect, it } from 'vitest';
import { CodeUse } from '../../../src/client/calls/code-use.ts';

const code = new Uint8Array(16);

it('a code is shown until it has let us in', () => {
  const use = new CodeUse(code, true);
  expect(use.shown).toBe(code);
  use.entered();
  expect(use.shown).toBeUndefined();
});

it.each([true, false])('the other way is tried once until we are in: shown first, %s', (shows) => {
  const use = new CodeUse(code, shows);
  expect(use.turn()).toBe(true);
  expect(use.shown).toBe(shows ? undefined : code);
  expect(use.turn()).toBe(false);
  use.entered();
  expect(use.turn()).toBe(true);
  expect(use.shown).toBe(code);
});

it('without a code there is no other way', () => {
  expect(new CodeUse(undefined, false).turn()).toBe(false);
});
