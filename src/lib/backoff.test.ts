import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exponential, jittered, retryDelay } from './backoff.ts';

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('jitter stays within its ratio and reaches both ends', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10_000_000 }), chance, (ms, drawn) => {
      const moved = jittered(ms, 0.2, () => drawn);
      expect(moved).toBeGreaterThanOrEqual(Math.round(ms * 0.8));
      expect(moved).toBeLessThanOrEqual(Math.round(ms * 1.2));
    }),
  );
  expect(jittered(1_000, 0.2, () => 0)).toBe(800);
  expect(jittered(1_000, 0.2, () => 0.5)).toBe(1_000);
  expect(jittered(1_000, 0.2, () => 0.999999)).toBe(1_200);
});

test('an exponential wait doubles, never passes its cap and never drops below half of it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 5_000 }), chance, (attempt, drawn) => {
      const waitMs = exponential({ baseMs: 500, maxMs: 60_000, attempt, random: () => drawn });
      expect(waitMs).toBeGreaterThanOrEqual(250);
      expect(waitMs).toBeLessThanOrEqual(60_000);
      if (attempt >= 7) expect(waitMs).toBeGreaterThanOrEqual(30_000);
    }),
  );
  const waits = [0, 1, 2, 3].map((attempt) => exponential({ baseMs: 500, maxMs: 60_000, attempt, random: () => 0 }));
  expect(waits).toEqual([250, 500, 1_000, 2_000]);
});

test('a retry waits as its table says, then there is none', () => {
  const schedule = [0, 10_000, 60_000];
  expect([0, 1, 2, 3].map((attempt) => retryDelay(schedule, attempt, () => 0.5))).toEqual([
    0,
    10_000,
    60_000,
    undefined,
  ]);
  expect(retryDelay(schedule, 1, () => 0)).toBe(8_000);
  expect(retryDelay([], 0, () => 0)).toBeUndefined();
});
