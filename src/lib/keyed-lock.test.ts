import { setImmediate as tick } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createKeyedLock } from './keyed-lock.ts';

test('one at a time per key, in the order of asking, whatever the scheduling', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 20 }),
      async (scheduler, keys) => {
        const lock = createKeyedLock();
        const inside = new Map<string, number>();
        const finished: [string, number][] = [];
        const runs = keys.map((key, index) =>
          lock.run(key, async () => {
            expect(inside.get(key)).toBeUndefined();
            inside.set(key, index);
            await scheduler.schedule(Promise.resolve());
            inside.delete(key);
            finished.push([key, index]);
          }),
        );
        await scheduler.waitFor(Promise.all(runs));
        for (const key of ['a', 'b', 'c']) {
          const order = finished.filter(([of]) => of === key).map(([, index]) => index);
          expect(order).toEqual(order.toSorted((x, y) => x - y));
        }
        expect(lock.heldCount()).toBe(0);
      },
    ),
  );
});

test('a key does not wait for another', async () => {
  const lock = createKeyedLock();
  const release = await lock.acquire('a');
  await expect(lock.run('b', () => 'done')).resolves.toBe('done');
  release();
});

test('the next in line waits until the key is released', async () => {
  const lock = createKeyedLock();
  const release = await lock.acquire('a');
  let entered = false;
  const next = lock.run('a', () => {
    entered = true;
  });
  await tick();
  expect(entered).toBe(false);
  release();
  await next;
  expect(entered).toBe(true);
});

test('who comes while the second holds the key waits for it, too', async () => {
  const lock = createKeyedLock();
  const releaseFirst = await lock.acquire('a');
  const second = lock.acquire('a');
  releaseFirst();
  const releaseSecond = await second;
  let entered = false;
  const third = lock.run('a', () => {
    entered = true;
  });
  await tick();
  expect(entered).toBe(false);
  releaseSecond();
  await third;
});

test('a failure releases the key and reaches the caller', async () => {
  const lock = createKeyedLock();
  await expect(lock.run('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await expect(lock.run('a', () => Promise.resolve(1))).resolves.toBe(1);
});

test('releasing twice does not let two in', async () => {
  const lock = createKeyedLock();
  const first = await lock.acquire('a');
  const second = lock.acquire('a');
  const third = lock.acquire('a');
  first();
  first();
  const releaseSecond = await second;
  first();
  let thirdEntered = false;
  void third.then(() => {
    thirdEntered = true;
  });
  await tick();
  expect(thirdEntered).toBe(false);
  releaseSecond();
  (await third)();
  expect(lock.heldCount()).toBe(0);
});

test('keys are forgotten once nobody wants them', async () => {
  const lock = createKeyedLock();
  await Promise.all(Array.from({ length: 1_000 }, (_, index) => lock.run(`key ${index}`, () => tick())));
  expect(lock.heldCount()).toBe(0);
});
