import { setTimeout as pause } from 'node:timers/promises';

/** Asks until the answer is neither undefined nor false, or says after `withinMs` what it waited for. */
export async function waitFor<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  withinMs = 15_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  let lastError: unknown;
  while (Date.now() < deadline) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    await pause(25);
  }
  throw new Error(`waited ${withinMs} ms for ${what}`, { cause: lastError });
}

export { pause };
