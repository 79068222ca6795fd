import type { Clock } from '../platform/index.ts';

/** Lets callers through one by one, `perSecond` of them, in the order in which they came. */
export function createConnectGate(deps: { perSecond: number; clock: Clock }): {
  pass(signal: AbortSignal): Promise<void>;
} {
  const gapMs = 1000 / deps.perSecond;
  let nextAtMs = Number.NEGATIVE_INFINITY;
  return {
    pass: async (signal) => {
      const nowMs = deps.clock.elapsed();
      const atMs = Math.max(nowMs, nextAtMs);
      nextAtMs = atMs + gapMs;
      if (atMs > nowMs) await deps.clock.sleep(atMs - nowMs, signal);
    },
  };
}
