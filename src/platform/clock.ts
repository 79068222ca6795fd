// setTimeout takes at most 2^31-1 ms and fires at once when given more.
const timerMsMax = 2_147_483_647;

export interface Clock {
  /** Milliseconds since 1970, wall clock. */
  now(): number;
  /** Milliseconds since some moment, never set back: for measuring how long something took. */
  elapsed(): number;
  /** Resolves after `waitMs`, or at once when the signal is aborted; never rejects. */
  sleep(waitMs: number, signal?: AbortSignal): Promise<void>;
  /** Runs `run` once after `waitMs`; the answer cancels it. The timer keeps the process alive. */
  startTimer(waitMs: number, run: () => void): () => void;
}

export const now = (): number => Date.now();

export const elapsed = (): number => performance.now();

export function startTimer(waitMs: number, run: () => void): () => void {
  let timer: NodeJS.Timeout;
  const arm = (leftMs: number): void => {
    const stepMs = Math.min(leftMs, timerMsMax);
    timer = setTimeout(() => (leftMs > stepMs ? arm(leftMs - stepMs) : run()), stepMs);
  };
  arm(Math.max(0, waitMs));
  return () => clearTimeout(timer);
}

export function sleep(waitMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const wake = (): void => {
      cancel();
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    const cancel = startTimer(waitMs, wake);
    signal?.addEventListener('abort', wake, { once: true });
  });
}

/** The real clock, as a value to hand to a factory whose tests turn the clock themselves. */
export const systemClock: Clock = Object.freeze({ now, elapsed, sleep, startTimer });
