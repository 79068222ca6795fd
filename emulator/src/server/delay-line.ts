import { nowMs, startTimer } from '../lib/clock.ts';

/** Runs pieces of work in the order they came, each no earlier than its own delay asks. */
export type DelayLine = { push: (delayMs: number, work: () => void) => void; end: () => void };

export const createDelayLine = (): DelayLine => {
  const queue: { dueAt: number; work: () => void }[] = [];
  let timer: { cancel: () => void } | undefined;

  const run = (): void => {
    timer = undefined;
    let head = queue[0];
    while (head && head.dueAt <= nowMs()) {
      queue.shift();
      head.work();
      head = queue[0];
    }
    if (head) timer = startTimer(Math.max(1, head.dueAt - nowMs()), run);
  };

  return {
    push: (delayMs, work) => {
      if (delayMs <= 0 && queue.length === 0) {
        work();
        return;
      }
      queue.push({ dueAt: nowMs() + delayMs, work });
      timer ??= startTimer(delayMs, run);
    },
    end: () => {
      queue.length = 0;
      timer?.cancel();
    },
  };
};
