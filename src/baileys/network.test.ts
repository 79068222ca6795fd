import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { createLog } from '../platform/index.ts';
import { createBaileysNetwork } from './index.ts';

const timings = { connectTimeoutMs: 1, sendTimeoutMs: 1, ackTimeoutMs: 1, queryTimeoutMs: 1 };
const create = (rootKey?: Buffer) =>
  createBaileysNetwork({ timings, log: createLog({ level: 'silent' }), ...(rootKey === undefined ? {} : { rootKey }) });

it('names the root that is in force, which is one for the whole process', () => {
  expect(create().root).toBe('whatsapp');
  const other = create(randomBytes(32));
  expect(other.root).toMatch(/^[0-9a-f]{16}$/);
  expect(create().root).toBe(other.root);
});

it('refuses a root key that is none', () => {
  expect(() => create(randomBytes(31))).toThrow('32 bytes');
});

it('builds payloads whose random part is drawn once, and ids in the shape of WhatsApp Web', () => {
  const network = create();
  const content = { type: 'text', text: 'hi' } as const;
  const hi = { content, destination: '1@s.whatsapp.net', self: { phone: '2' }, atMs: 0 };
  const payload = network.buildPayload(hi);
  expect(network.buildPayload(hi)).not.toEqual(payload);
  expect(network.newMessageId()).toMatch(/^3EB0[0-9A-F]{18}$/);
});
