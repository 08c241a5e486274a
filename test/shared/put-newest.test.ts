import { expect, it } from 'vitest';
import { putNewest } from '../../src/shared/put-newest.ts';

it('of more than so many the one that was set longest ago is forgotten', () => {
  const seen = new Map<string, number>();
  for (const [at, name] of ['ada', 'bob', 'ada', 'cleo'].entries()) putNewest(seen, name, at, 2);
  expect([...seen]).toEqual([
    ['ada', 2],
    ['cleo', 3],
  ]);
});
