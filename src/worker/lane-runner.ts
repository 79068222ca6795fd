import type { Clock, Log } from '../platform/index.ts';

/** Does the next work of a lane. Answers whether there was any: if so it is asked again. */
export type LaneStep = (lane: string) => Promise<boolean>;

export type LaneRunner = {
  /** A lane may have work. Waking one that runs makes it look once more. */
  wake(lane: string): void;
  /** Wakes whatever `listReady` finds, now and after every interval, until `stop`. */
  start(): void;
  /** Takes no further turn and resolves when the turns under way are over. */
  stop(): Promise<void>;
};

/**
 * Gives lanes their turns: each lane one at a time, many lanes at once, the longest waiting first. A step that throws is
 * logged, and its lane waits for the next sweep, which is the pause between tries.
 */
export function createLaneRunner(deps: {
  name: string;
  step: LaneStep;
  listReady: () => Promise<readonly string[]>;
  lanesAtOnceMax: number;
  sweepIntervalMs: number;
  clock: Clock;
  log: Log;
}): LaneRunner {
  const { step, clock, log } = deps;
  const waiting = new Set<string>();
  const running = new Map<string, { again: boolean; turn: Promise<void> }>();
  const stopping = new AbortController();
  let sweeping: Promise<void> = Promise.resolve();

  const wake = (lane: string): void => {
    if (stopping.signal.aborted) return;
    const current = running.get(lane);
    if (current) current.again = true;
    else waiting.add(lane);
    startTurns();
  };

  const startTurns = (): void => {
    for (const lane of waiting) {
      if (running.size >= deps.lanesAtOnceMax || stopping.signal.aborted) return;
      waiting.delete(lane);
      const entry = { again: false, turn: Promise.resolve() };
      running.set(lane, entry);
      entry.turn = takeTurn(lane, entry);
    }
  };

  const takeTurn = async (lane: string, entry: { again: boolean }): Promise<void> => {
    let more = false;
    try {
      more = await step(lane);
    } catch (error) {
      entry.again = false;
      log.warn({ loop: deps.name, lane, err: error }, 'a turn failed; the lane is tried again at the next sweep');
    }
    running.delete(lane);
    // Back to the end of the queue: a lane with a long backlog must not keep the others waiting.
    if ((more || entry.again) && !stopping.signal.aborted) waiting.add(lane);
    startTurns();
  };

  const sweep = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        for (const lane of await deps.listReady()) wake(lane);
      } catch (error) {
        log.warn({ loop: deps.name, err: error }, 'looking for work failed');
      }
      await clock.sleep(deps.sweepIntervalMs, stopping.signal);
    }
  };

  return {
    wake,
    start: () => {
      sweeping = sweep();
    },
    stop: async () => {
      stopping.abort();
      waiting.clear();
      await sweeping;
      await Promise.all([...running.values()].map(({ turn }) => turn));
    },
  };
}
