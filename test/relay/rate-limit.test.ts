import { describe, expect, it } from 'vitest';
import { KeyedBuckets, rateOf, Tally, TokenBucket } from '../../src/relay/rate-limit.ts';

describe('a token bucket', () => {
  it('lets the burst through and then says when the debt is paid', () => {
    const bucket = new TokenBucket({ perSecond: 2, burst: 4 }, 0);
    for (let i = 0; i < 4; i++) expect(bucket.spend(1, 0)).toBe(0);
    expect(bucket.spend(1, 0)).toBe(500);
    expect(bucket.spend(1, 0)).toBe(1_000);
    expect(bucket.spend(0, 750)).toBe(250);
    expect(bucket.spend(0, 1_000)).toBe(0);
  });

  it('never holds more than its burst', () => {
    const bucket = new TokenBucket({ perSecond: 1, burst: 2 }, 0);
    expect(bucket.isFull(1_000_000)).toBe(true);
    expect(bucket.tryTake(2, 1_000_000)).toBe(0);
    expect(bucket.tryTake(1, 1_000_000)).toBe(1_000);
  });

  it('takes nothing when it refuses', () => {
    const bucket = new TokenBucket(rateOf(1, 1_000), 0);
    expect(bucket.tryTake(1, 0)).toBe(0);
    expect(bucket.tryTake(1, 0)).toBe(1_000);
    expect(bucket.tryTake(1, 400)).toBe(600);
    expect(bucket.tryTake(1, 1_000)).toBe(0);
  });
});

describe('another rate', () => {
  it('holds from then on: what came until then came by the old one', () => {
    const bucket = new TokenBucket({ perSecond: 1, burst: 10 }, 0, 0);
    bucket.changeRate({ perSecond: 5, burst: 10 }, 2_000);
    expect(bucket.left(2_000)).toBe(2);
    expect(bucket.left(3_000)).toBe(7);
    bucket.changeRate({ perSecond: 1, burst: 3 }, 3_000);
    expect(bucket.left(3_000)).toBe(3);
  });

  it('holds for keys of which nothing is known, too', () => {
    const buckets = new KeyedBuckets(rateOf(1, 1_000), 10);
    buckets.changeRate(rateOf(2, 1_000), 0);
    expect([0, 0, 0].map(() => buckets.tryTake('a', 0))).toEqual([0, 0, 500]);
  });
});

describe('buckets by key', () => {
  it('keep one key from using up another', () => {
    const buckets = new KeyedBuckets(rateOf(1, 1_000), 10);
    expect(buckets.tryTake('a', 0)).toBe(0);
    expect(buckets.tryTake('a', 0)).toBe(1_000);
    expect(buckets.tryTake('b', 0)).toBe(0);
  });

  it('remember no more keys than told, the least recently used goes first', () => {
    const buckets = new KeyedBuckets(rateOf(1, 1_000), 2);
    for (const key of ['a', 'b', 'a', 'c']) buckets.tryTake(key, 0);
    expect(buckets.size).toBe(2);
    expect(buckets.tryTake('a', 0)).toBeGreaterThan(0);
    expect(buckets.tryTake('b', 0)).toBe(0);
  });

  it('give back what was taken, and no more than there was', () => {
    const buckets = new KeyedBuckets(rateOf(1, 1_000), 10);
    buckets.tryTake('a', 0);
    buckets.giveBack('a');
    buckets.giveBack('a');
    expect([buckets.tryTake('a', 0), buckets.tryTake('a', 0)]).toEqual([0, 1_000]);
  });

  it('forget what is full again', () => {
    const buckets = new KeyedBuckets(rateOf(1, 1_000), 10);
    buckets.tryTake('a', 0);
    buckets.prune(999);
    expect(buckets.size).toBe(1);
    buckets.prune(1_000);
    expect(buckets.size).toBe(0);
  });
});

describe('a tally', () => {
  it('counts up and down by key', () => {
    const tally = new Tally();
    tally.add('a');
    tally.add('a');
    tally.remove('a');
    expect([tally.of('a'), tally.of('b')]).toEqual([1, 0]);
    tally.remove('a');
    expect(tally.of('a')).toBe(0);
  });
});
