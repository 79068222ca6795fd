import { expect, test } from 'vitest';
import { type BucketSize, refillBucket, type TokenBucket, takeToken, waitForTokens } from './token-bucket.ts';

const size: BucketSize = { burst: 3, perSecond: 2 };

test('a new bucket gives its burst and then one token for each that flows back', () => {
  let bucket: TokenBucket | undefined = refillBucket(undefined, size, 0);
  for (let taken = 0; taken < 3; taken += 1) {
    bucket = takeToken(bucket ?? refillBucket(undefined, size, 0));
    expect(bucket).toBeDefined();
  }
  expect(takeToken(refillBucket(bucket, size, 499))).toBeUndefined();
  expect(takeToken(refillBucket(bucket, size, 500))).toEqual({ tokens: 0, atMs: 500 });
});

test('a bucket is never fuller than its burst, however long nobody asked', () => {
  expect(refillBucket({ tokens: 1, atMs: 0 }, size, 3_600_000).tokens).toBe(3);
});

test('a bucket that was made smaller overflows', () => {
  expect(refillBucket({ tokens: 60, atMs: 0 }, size, 0).tokens).toBe(3);
});

test('a clock that is read twice in one moment gives nothing away', () => {
  expect(refillBucket({ tokens: 0, atMs: 10 }, size, 10).tokens).toBe(0);
  expect(refillBucket({ tokens: 0, atMs: 10 }, size, 5).tokens).toBe(0);
});

test('the wait for a number of tokens is told in milliseconds', () => {
  const empty = { tokens: 0, atMs: 0 };
  expect(waitForTokens(empty, size, 1)).toBe(500);
  expect(waitForTokens(empty, size, 3)).toBe(1_500);
  expect(waitForTokens({ tokens: 3, atMs: 0 }, size, 1)).toBe(0);
});
