import { type Id, refillBucket, type TokenBucket, takeToken, waitForTokens } from '../lib/index.ts';
import type { Clock } from '../platform/index.ts';

/** How fast instances may send: a minute's worth at once, then as it flows back. Forgotten at a restart. */
export type Pace = {
  /** How long an instance has to wait before it may send; 0 for now. The wait is uneven, as people are. */
  readWaitMs(id: Id<'ins'>, perMinute: number): number;
  /** Something leaves now. */
  take(id: Id<'ins'>, perMinute: number): void;
};

/** A wait is up to this much longer than it has to be. */
const unevenness = 0.6;
const minuteMs = 60_000;

export function createPace({ clock, random }: { clock: Clock; random: () => number }): Pace {
  const buckets = new Map<Id<'ins'>, TokenBucket>();
  const sizeOf = (perMinute: number) => ({ burst: perMinute, perSecond: perMinute / 60 });
  const read = (id: Id<'ins'>, perMinute: number) => refillBucket(buckets.get(id), sizeOf(perMinute), clock.elapsed());

  /** In the order of their last use; one that was not used for as long as it takes to fill is full, as it is when forgotten. */
  const forgetFull = (nowMs: number): void => {
    for (const [id, { atMs }] of buckets) {
      if (nowMs - atMs < minuteMs) return;
      buckets.delete(id);
    }
  };

  return {
    readWaitMs: (id, perMinute) => {
      if (perMinute === 0) return 0;
      const waitMs = waitForTokens(read(id, perMinute), sizeOf(perMinute), 1);
      return Math.ceil(waitMs * (1 + unevenness * random()));
    },
    take: (id, perMinute) => {
      const bucket = read(id, perMinute);
      buckets.delete(id);
      buckets.set(id, takeToken(bucket) ?? bucket);
      forgetFull(bucket.atMs);
    },
  };
}
