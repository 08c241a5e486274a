import { describe, expect, it } from 'vitest';
import { fullBucket, takeTokens, waitFor } from '../../../src/host/room/token-bucket.ts';

const policy = { rate: 2, burst: 3 };

describe('a token bucket', () => {
  it('gives its burst at once and then its rate', () => {
    let bucket = fullBucket(policy, 0);
    for (let i = 0; i < 3; i++) bucket = takeTokens(bucket, policy, 0);
    expect(waitFor(bucket, policy, 0)).toBe(500);
    expect(waitFor(bucket, policy, 499)).toBe(1);
    expect(waitFor(bucket, policy, 500)).toBe(0);
  });

  it('never holds more than its burst', () => {
    const bucket = takeTokens(fullBucket(policy, 0), policy, 1_000_000);
    expect(waitFor(bucket, policy, 1_000_000, 2)).toBe(0);
    expect(waitFor(bucket, policy, 1_000_000, 3)).toBe(500);
  });

  it('is not fooled by a clock that stands still', () => {
    const bucket = takeTokens(fullBucket(policy, 100), policy, 50, 3);
    expect(waitFor(bucket, policy, 100)).toBe(500);
  });
});
