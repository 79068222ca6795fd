import { type BucketSize, type Id, refillBucket, type TokenBucket, takeToken, waitForTokens } from '../lib/index.ts';
import type { Clock } from '../platform/index.ts';

export type RateState = {
  readonly limit: number;
  readonly perSecond: number;
  readonly remaining: number;
  /** When the bucket is full again, milliseconds since the epoch. */
  readonly resetAt: number;
  /** Seconds until a request goes through; 0 when the next one does. */
  readonly retryAfterSeconds: number;
};

export type RateLimits = {
  /** Takes a token of the customer. `taken` is false when there was none. */
  take(customerId: Id<'cus'>, size: BucketSize): RateState & { readonly taken: boolean };
  /** Looks without taking. */
  peek(customerId: Id<'cus'>, size: BucketSize): RateState;
};

/** Above this, buckets that are full again are forgotten: a bucket that nobody has is a full one. */
const bucketsMax = 10_000;

/** One token bucket a customer, whatever the number of its keys, in the memory of this process. */
export function createRateLimits(deps: { clock: Pick<Clock, 'now' | 'elapsed'> }): RateLimits {
  const { clock } = deps;
  const buckets = new Map<Id<'cus'>, { bucket: TokenBucket; size: BucketSize }>();

  const describe = (bucket: TokenBucket, size: BucketSize): RateState => ({
    limit: size.burst,
    perSecond: size.perSecond,
    remaining: Math.floor(bucket.tokens),
    resetAt: clock.now() + waitForTokens(bucket, size, size.burst),
    retryAfterSeconds: Math.ceil(waitForTokens(bucket, size, 1) / 1_000),
  });

  const refill = (customerId: Id<'cus'>, size: BucketSize) =>
    refillBucket(buckets.get(customerId)?.bucket, size, clock.elapsed());

  const forgetFull = (): void => {
    for (const [customerId, { bucket, size }] of buckets) {
      if (refillBucket(bucket, size, clock.elapsed()).tokens >= size.burst) buckets.delete(customerId);
    }
  };

  return {
    take: (customerId, size) => {
      const full = refill(customerId, size);
      const rest = takeToken(full);
      if (!buckets.has(customerId) && buckets.size >= bucketsMax) forgetFull();
      buckets.set(customerId, { bucket: rest ?? full, size });
      return { ...describe(rest ?? full, size), taken: rest !== undefined };
    },
    peek: (customerId, size) => describe(refill(customerId, size), size),
  };
}
