/** `rate` tokens a second come back, up to `burst`. */
export interface BucketPolicy {
  readonly rate: number;
  readonly burst: number;
}

/** A bucket as it was at `at`, monotonic ms. */
export interface Bucket {
  readonly tokens: number;
  readonly at: number;
}

export function fullBucket({ burst }: BucketPolicy, now: number): Bucket {
  return { tokens: burst, at: now };
}

/** Ms until `cost` tokens are there; 0: now. */
export function waitFor(bucket: Bucket, policy: BucketPolicy, now: number, cost = 1): number {
  const { tokens } = refilled(bucket, policy, now);
  // Rounded first: a hair above a whole millisecond is the floating point's, not the bucket's.
  return tokens >= cost ? 0 : Math.ceil(Math.round(((cost - tokens) / policy.rate) * 1e6) / 1e3);
}

/** Never goes into debt: whoever must wait asks `waitFor` first. */
export function takeTokens(bucket: Bucket, policy: BucketPolicy, now: number, cost = 1): Bucket {
  const { tokens, at } = refilled(bucket, policy, now);
  return { tokens: Math.max(0, tokens - cost), at };
}

function refilled({ tokens, at }: Bucket, { rate, burst }: BucketPolicy, now: number): Bucket {
  const gained = (Math.max(0, now - at) * rate) / 1_000;
  return { tokens: Math.min(burst, tokens + gained), at: Math.max(at, now) };
}
