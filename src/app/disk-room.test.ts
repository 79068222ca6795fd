import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { createDiskRoom } from './disk-room.ts';

test('the disk is asked once a second, however many messages are accepted', () => {
  let nowMs = 0;
  let freeBytes = 100;
  let asked = 0;
  const hasRoom = createDiskRoom({
    path: '/somewhere',
    reserveBytes: 50,
    clock: { elapsed: () => nowMs },
    readFreeBytes: () => {
      asked += 1;
      return freeBytes;
    },
  });
  expect(Array.from({ length: 1000 }, hasRoom)).not.toContain(false);
  expect(asked).toBe(1);

  freeBytes = 49;
  nowMs = 999;
  expect(hasRoom()).toBe(true);
  nowMs = 1000;
  expect(hasRoom()).toBe(false);
  freeBytes = 50;
  nowMs = 2000;
  expect(hasRoom()).toBe(true);
});

test('a real disk is asked', () => {
  const clock = { elapsed: () => 0 };
  expect(createDiskRoom({ path: tmpdir(), reserveBytes: 1, clock })()).toBe(true);
  expect(createDiskRoom({ path: tmpdir(), reserveBytes: Number.MAX_VALUE, clock })()).toBe(false);
});
