import { expect, test } from 'vitest';
import { parseRetryAfter } from './retry-after.ts';

const nowMs = Date.UTC(2026, 10, 22, 12, 0, 0);

test('Retry-After is read as seconds or as a date of HTTP', () => {
  expect(parseRetryAfter('120', nowMs)).toBe(120_000);
  expect(parseRetryAfter(' 0 ', nowMs)).toBe(0);
  expect(parseRetryAfter('Sun, 22 Nov 2026 12:01:30 GMT', nowMs)).toBe(90_000);
});

test('a date that has passed is no wait', () => {
  expect(parseRetryAfter('Sun, 22 Nov 2026 11:00:00 GMT', nowMs)).toBe(0);
});

test.each([undefined, '', 'soon', '-5', '1.5', '1e3', '99999999999', '2026-11-22', 'Sun, 99 Nov 2026 12:00:00 GMT'])(
  '%j says nothing',
  (text) => {
    expect(parseRetryAfter(text, nowMs)).toBeUndefined();
  },
);
