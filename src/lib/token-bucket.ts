/** How many tokens there were at a moment. Times are milliseconds of any clock that is never set back. */
export type TokenBucket = { readonly tokens: number; readonly atMs: number };

/** `burst` fit in; `perSecond` flow back, evenly. */
export type BucketSize = { readonly burst: number; readonly perSecond: number };

/** What is in the bucket now. Nobody's bucket yet is a full one; one that was made smaller overflows. */
export function refillBucket(bucket: TokenBucket | undefined, size: BucketSize, nowMs: number): TokenBucket {
  if (!bucket) return { tokens: size.burst, atMs: nowMs };
  const flowed = (Math.max(0, nowMs - bucket.atMs) / 1_000) * size.perSecond;
  return { tokens: Math.min(size.burst, bucket.tokens + flowed), atMs: nowMs };
}

/** One token less; undefined when there is no whole one. */
export function takeToken(bucket: TokenBucket): TokenBucket | undefined {
  return bucket.tokens < 1 ? undefined : { tokens: bucket.tokens - 1, atMs: bucket.atMs };
}

/** How long until the bucket holds `tokens`, in milliseconds. */
export function waitForTokens(bucket: TokenBucket, size: BucketSize, tokens: number): number {
  return Math.max(0, ((tokens - bucket.tokens) / size.perSecond) * 1_000);
}
