/** Gives a number in [0, 1), as Math.random does. */
export type Random = () => number;

const retryJitterRatio = 0.2;

/** `ms` moved by up to ±`ratio` of itself, in whole milliseconds. */
export function jittered(ms: number, ratio: number, random: Random): number {
  return Math.round(ms * (1 - ratio + 2 * ratio * random()));
}

/**
 * The wait before try number `attempt` (0 for the first) in milliseconds: doubling from `baseMs`, never above `maxMs`,
 * and drawn from the upper half, so that those who failed together do not come back together.
 */
export function exponential(input: { baseMs: number; maxMs: number; attempt: number; random: Random }): number {
  const fullMs = Math.min(input.maxMs, input.baseMs * 2 ** Math.max(0, input.attempt));
  return Math.round(fullMs / 2 + (fullMs / 2) * input.random());
}

/**
 * The wait before try number `attempt` (0 for the first) by a table of milliseconds, ±20 %; undefined when the table has
 * no further try.
 */
export function retryDelay(waitsMs: readonly number[], attempt: number, random: Random): number | undefined {
  const waitMs = waitsMs[attempt];
  return waitMs === undefined ? undefined : jittered(waitMs, retryJitterRatio, random);
}
