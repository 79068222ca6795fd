import { describe, expect, it } from 'vitest';
import { errorTable, GatewayError } from './errors.ts';

describe('the table of errors', () => {
  it.each(Object.entries(errorTable))(
    '%s has a status of its kind and tells in sentences what to do',
    (code, entry) => {
      expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
      expect(entry.status).toBeGreaterThanOrEqual(400);
      expect(entry.status).toBeLessThan(600);
      expect(entry.message).toMatch(/^[A-Z].*\.$/);
      expect(entry.message.length).toBeLessThan(160);
    },
  );

  it('calls for a retry only where time alone can help', () => {
    const retried = Object.entries(errorTable).filter(([, entry]) => entry.retry);
    expect(retried.every(([, entry]) => [409, 429, 500, 503, 504].includes(entry.status))).toBe(true);
    const refused = Object.entries(errorTable).filter(([, entry]) => !entry.retry);
    expect(refused.some(([, entry]) => [429, 503].includes(entry.status))).toBe(false);
  });
});

it('an error carries its code, its details and its cause', () => {
  const cause = new Error('socket');
  const error = new GatewayError('lane_full', { depthMax: 2 }, { cause });
  expect(error).toMatchObject({ code: 'lane_full', details: { depthMax: 2 }, cause, name: 'GatewayError' });
  expect(error.message).toBe(errorTable.lane_full.message);
});
