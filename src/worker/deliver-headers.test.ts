import { expect, test } from 'vitest';
import { newWebhookSecret } from '../lib/index.ts';
import { buildHeaders } from './deliver-headers.ts';

const input = {
  prefix: 'X-Acme',
  secrets: [newWebhookSecret()],
  event: { id: 'evt_1', type: 'message.sent', correlation_id: 'order-7' },
  endpointId: 'end_1',
  own: {},
  body: Buffer.from('{}'),
  nowMs: 1_800_000_000_999,
};

test('our own headers carry the prefix of the installation, and the time is in whole seconds', () => {
  const headers = buildHeaders(input);
  expect(headers).toMatchObject({
    'webhook-id': 'evt_1',
    'webhook-timestamp': '1800000000',
    'X-Acme-Event': 'message.sent',
    'X-Acme-Event-Id': 'evt_1',
    'X-Acme-Endpoint-Id': 'end_1',
    'X-Acme-Correlation-Id': 'order-7',
  });
  expect(headers['X-Acme-Signature']).toMatch(/^t=1800000000,v1=[0-9a-f]{64}$/);
});

test('headers of the owner come beside ours, which nobody replaces in whatever case', () => {
  const own = {
    Authorization: 'Bearer x',
    'x-acme-event': 'forged',
    'WEBHOOK-ID': 'forged',
    'content-type': 'text/plain',
  };
  const headers = buildHeaders({ ...input, own });
  expect(headers).toEqual({ ...buildHeaders(input), Authorization: 'Bearer x' });
});

test.each([null, '', 'a\r\nb: c', 'ü', 'x'.repeat(256)])(
  'a correlation id that is no header text is left out: %j',
  (id) => {
    const headers = buildHeaders({ ...input, event: { ...input.event, correlation_id: id } });
    expect(headers).not.toHaveProperty('X-Acme-Correlation-Id');
  },
);
