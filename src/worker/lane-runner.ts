import type { Clock, Log } from '../platform/index.ts';

/** Whether there was work, so that the lane is asked again; or after how long it is to be asked. */
export type LaneTurn = boolean | { readonly againInMs: number };

/** Does the next work of a lane. */
export type LaneStep = (lane: string) => Promise<LaneTurn>;

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
  const timers = new Map<string, () => void>();
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
    let turn: LaneTurn = false;
    try {
      turn = await step(lane);
    } catch (error) {
      entry.again = false;
      log.warn({ loop: deps.name, lane, err: error }, 'a turn failed; the lane is tried again at the next sweep');
    }
    running.delete(lane);
    if (stopping.signal.aborted) return;
    // Back to the end of the queue: a lane with a long backlog must not keep the others waiting.
    if (turn === true || entry.again) waiting.add(lane);
    else if (typeof turn === 'object') wakeLater(lane, turn.againInMs);
    startTurns();
  };

  /** The sweeps look at it in between, and each time it says how long it still has to wait. */
  const wakeLater = (lane: string, waitMs: number): void => {
    timers.get(lane)?.();
    timers.set(
      lane,
      clock.startTimer(waitMs, () => {
        timers.delete(lane);
        wake(lane);
      }),
    );
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
      for (const cancel of timers.values()) cancel();
      timers.clear();
      await sweeping;
      await Promise.all([...running.values()].map(({ turn }) => turn));
    },
  };
}
