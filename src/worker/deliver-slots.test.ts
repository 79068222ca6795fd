import { expect, test } from 'vitest';
import { createOriginSlots } from './deliver-slots.ts';

type Slots = ReturnType<typeof createOriginSlots>;
type Slot = NonNullable<Awaited<ReturnType<Slots['take']>>>;

const open = new AbortController().signal;

async function take(slots: Slots, origin: string, holder: string): Promise<Slot> {
  const slot = await slots.take(origin, holder, open);
  if (!slot) throw new Error('no slot');
  return slot;
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

test('an origin has so many slots, and origins do not share them', async () => {
  const slots = createOriginSlots(2);
  const first = await take(slots, 'a', 'x');
  await take(slots, 'a', 'x');
  expect((await take(slots, 'b', 'x')).waited).toBe(false);
  let third: Slot | undefined;
  void take(slots, 'a', 'x').then((slot) => {
    third = slot;
  });
  await settle();
  expect(third).toBeUndefined();
  first.release();
  first.release();
  await settle();
  expect(third?.waited).toBe(true);
  let fourth: Slot | undefined;
  void take(slots, 'a', 'x').then((slot) => {
    fourth = slot;
  });
  await settle();
  expect(fourth, 'releasing twice gives one slot').toBeUndefined();
});

test('a slot that comes free goes to the holder with the fewest, then to the longest waiting', async () => {
  const slots = createOriginSlots(3);
  const held = [await take(slots, 'a', 'greedy'), await take(slots, 'a', 'greedy'), await take(slots, 'a', 'greedy')];
  const served: string[] = [];
  for (const holder of ['greedy', 'greedy', 'new', 'newer']) {
    void take(slots, 'a', holder).then(() => served.push(holder));
  }
  for (const slot of held) {
    slot.release();
    await settle();
  }
  expect(served).toEqual(['new', 'newer', 'greedy']);
});

test('who stops waiting gets none and takes none', async () => {
  const slots = createOriginSlots(1);
  const held = await take(slots, 'a', 'x');
  const stopping = new AbortController();
  const left = slots.take('a', 'y', stopping.signal);
  const next = slots.take('a', 'z', open);
  stopping.abort();
  expect(await left).toBeUndefined();
  held.release();
  expect((await next)?.waited).toBe(true);
  expect(await slots.take('b', 'y', stopping.signal)).toBeUndefined();
});
