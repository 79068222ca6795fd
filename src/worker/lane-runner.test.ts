import { expect, test } from 'vitest';
import { createLog, systemClock } from '../platform/index.ts';
import { createLaneRunner } from './lane-runner.ts';

test('a turn that ends after the stop leaves no timer behind', async () => {
  const started = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  let timers = 0;
  const startTimer = (waitMs: number, run: () => void) => {
    timers += 1;
    const cancel = systemClock.startTimer(waitMs, run);
    return () => {
      timers -= 1;
      cancel();
    };
  };
  const runner = createLaneRunner({
    name: 'test',
    step: async () => {
      started.resolve();
      await go.promise;
      return { againInMs: 60_000 };
    },
    listReady: async () => [],
    lanesAtOnceMax: 1,
    sweepIntervalMs: 10,
    clock: { ...systemClock, startTimer },
    log: createLog({ level: 'error', destination: { write: () => {} } }),
  });
  runner.start();
  runner.wake('lane');
  await started.promise;
  const stopped = runner.stop();
  go.resolve();
  await stopped;
  expect(timers).toBe(0);
});
