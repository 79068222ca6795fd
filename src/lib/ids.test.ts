import fc from 'fast-check';
import { expect, test } from 'vitest';
import { firstIdAt, isId, newId, timeOfId } from './ids.ts';

const prefix = fc.constantFrom('cus', 'ins', 'msg', 'evt', 'req');
const timeMs = fc.integer({ min: 0, max: 2 ** 48 - 1 });

test('an id is its prefix and a ULID', () => {
  expect(newId('msg', 1_700_000_000_000)).toMatch(/^msg_01HF7YAT00[0-9A-HJKMNP-TV-Z]{16}$/);
});

test('every id that is made is recognised, by its own prefix only', () => {
  fc.assert(
    fc.property(prefix, prefix, timeMs, (own, other, nowMs) => {
      const id = newId(own, nowMs);
      expect(isId(own, id)).toBe(true);
      expect(isId(other, id)).toBe(other === own);
    }),
  );
});

test('an id tells when it was made', () => {
  fc.assert(fc.property(prefix, timeMs, (kind, ms) => timeOfId(newId(kind, ms)) === ms));
});

test('the first id of a time stands before all that are made from then on, and behind those before', () => {
  fc.assert(
    fc.property(timeMs, timeMs, (ms, other) => {
      const first = firstIdAt('evt', ms);
      expect(isId('evt', first)).toBe(true);
      expect(newId('evt', other) >= first).toBe(other >= ms);
    }),
  );
  expect([firstIdAt('evt', -1), firstIdAt('evt', 2 ** 60)]).toEqual([
    firstIdAt('evt', 0),
    firstIdAt('evt', 2 ** 48 - 1),
  ]);
});

test('ids of different milliseconds sort by time', () => {
  fc.assert(
    fc.property(timeMs, timeMs, (a, b) => {
      fc.pre(a < b);
      expect(newId('evt', a) < newId('evt', b)).toBe(true);
    }),
  );
});

test('ids of one millisecond sort in the order they were made', () => {
  const ids = Array.from({ length: 5_000 }, () => newId('job', 1_700_000_000_001));
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
});

test('callers with different times take turns without disturbing the order within a millisecond', () => {
  const early: string[] = [];
  const late: string[] = [];
  for (let round = 0; round < 200; round += 1) {
    early.push(newId('evt', 1_700_000_000_002));
    late.push(newId('evt', 1_700_000_000_003));
  }
  expect([...early].sort()).toEqual(early);
  expect([...late].sort()).toEqual(late);
});

test('ids stay distinct after many other milliseconds have passed', () => {
  const ids = new Set<string>();
  for (let round = 0; round < 3; round += 1) {
    for (let ms = 0; ms < 1_000; ms += 1) ids.add(newId('att', ms));
  }
  expect(ids.size).toBe(3_000);
});

test('what only looks like an id is refused', () => {
  const id = newId('cus', 1_700_000_000_000);
  const lookalikes = [id.toLowerCase(), `${id}0`, id.slice(0, -1), `${id} `, id.slice(4), `cus_8${id.slice(5)}`];
  for (const lookalike of [...lookalikes, `${id.slice(0, -1)}U`, '', 'cus_', undefined, null, 7, {}]) {
    expect(isId('cus', lookalike)).toBe(false);
  }
});

test('a time that is no whole millisecond is refused', () => {
  for (const nowMs of [-1, 0.5, Number.NaN, 2 ** 48]) expect(() => newId('msg', nowMs)).toThrow('whole milliseconds');
});
