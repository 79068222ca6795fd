import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeCursor, encodeCursor } from './cursor.ts';

test('a cursor gives back the parts it was made of', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.string({ unit: 'grapheme', maxLength: 20 }), (time, id) => {
      const parts = decodeCursor(encodeCursor([time, id]), ['number', 'string']);
      expect(parts).toEqual([time === 0 ? 0 : time, id]);
    }),
  );
});

test('a cursor is safe in a URL', () => {
  expect(encodeCursor(['msg_01HF7YAT00', 1_700_000_000_000])).toMatch(/^[A-Za-z0-9_-]+$/);
});

test('text that is no cursor is refused', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(decodeCursor(text, ['string', 'string', 'string'])).toBeUndefined();
    }),
  );
  const own = encodeCursor(['a']);
  for (const text of ['', `${own}=`, `${own}!`, ` ${own}`, Buffer.from('{}').toString('base64url')]) {
    expect(decodeCursor(text, ['string'])).toBeUndefined();
  }
});

test('a cursor of another list is refused', () => {
  expect(decodeCursor(encodeCursor(['a']), ['number'])).toBeUndefined();
  expect(decodeCursor(encodeCursor(['a', 1]), ['string'])).toBeUndefined();
  expect(decodeCursor(encodeCursor([]), ['string'])).toBeUndefined();
});

test('a cursor is bounded in length', () => {
  expect(decodeCursor(encodeCursor(['a'.repeat(3_000)]), ['string'])).toEqual(['a'.repeat(3_000)]);
  expect(decodeCursor(encodeCursor(['a'.repeat(4_000)]), ['string'])).toBeUndefined();
});
