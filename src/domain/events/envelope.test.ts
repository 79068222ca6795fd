import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newId } from '../../lib/index.ts';
import { buildEnvelope } from './envelope.ts';

const row = {
  id: newId('evt', 1_800_000_000_000),
  type: 'message.received',
  api_version: '2026-11',
  instance_id: newId('ins', 1_800_000_000_000),
  occurred_at: 1_800_000_000_123,
};

test('an envelope says what happened, in the order of its fields', () => {
  const text = buildEnvelope({ ...row, data: '{"b":1,"a":"ü"}' }).toString();
  expect(text).toBe(
    `{"event":"message.received","event_id":"${row.id}","api_version":"2026-11","instance_id":"${row.instance_id}",` +
      `"occurred_at":"2027-01-15T08:00:00.123Z","data":{"b":1,"a":"ü"}}`,
  );
});

test('any data comes out as it was written down', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const data = JSON.stringify(value);
      const envelope = buildEnvelope({ ...row, instance_id: null, data }).toString();
      expect(JSON.parse(envelope)).toMatchObject({ instance_id: null, data: JSON.parse(data) });
      expect(envelope.endsWith(`"data":${data}}`)).toBe(true);
    }),
  );
});
