import { describe, expect, it } from 'vitest';
import { stretchByWasm, stretchPassword, withProgress } from '../../../src/client/account/stretch.ts';
import { fromHex, toHex, utf8 } from '../../../src/shared/bytes.ts';
import { ManualClock } from '../../link/manual-clock.ts';

/** As small as Argon2 allows for one lane: the numbers are a relay's, the algorithm is the same. */
const quick = { salt: fromHex('000102030405060708090a0b0c0d0e0f'), kib: 64, passes: 2, lanes: 1 };

describe('a password', () => {
  it('is stretched to the same bytes by Node and by the worker for older Nodes', async () => {
    const byNode = await stretchPassword(utf8('correct horse'), quick);
    expect(byNode).toHaveLength(32);
    expect(toHex(await stretchByWasm(utf8('correct horse'), quick))).toBe(toHex(byNode));
    expect(toHex(await stretchPassword(utf8('correct horsf'), quick))).not.toBe(toHex(byNode));
  });

  it('fails aloud in the worker', async () => {
    await expect(stretchByWasm(utf8('x'), { ...quick, kib: 1 })).rejects.toThrow(/memory size/i);
  });
});

describe('the bar', () => {
  it('only ever grows while the work goes on, and is full once, at the end', async () => {
    const clock = new ManualClock();
    const seen: number[] = [];
    let finish: (value: string) => void = () => undefined;
    const work = new Promise<string>((resolve) => (finish = resolve));
    const result = withProgress(work, { kib: 65_536, passes: 3 }, clock, (part) => seen.push(part));
    clock.advance(2_000);
    expect(seen.length).toBeGreaterThan(20);
    finish('done');
    expect(await result).toBe('done');
    expect(seen.toSorted((a, b) => a - b)).toEqual(seen);
    expect(seen.filter((part) => part === 1)).toEqual([1]);
    clock.advance(2_000);
    expect(seen.at(-1)).toBe(1);
  });

  it('is full when the work fails, too', async () => {
    const clock = new ManualClock();
    const seen: number[] = [];
    const work = Promise.reject(new Error('no'));
    const bar = withProgress(work, { kib: 65_536, passes: 3 }, clock, (part) => seen.push(part));
    await expect(bar).rejects.toThrow('no');
    expect(seen.at(-1)).toBe(1);
  });
});
