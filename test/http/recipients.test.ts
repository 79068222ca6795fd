import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { lookUpCall } from '../../src/domain/contacts/index.ts';
import { isId } from '../../src/lib/index.ts';
import type { LookUp } from '../../src/network/index.ts';
import { type FrontDoor, openFrontDoor } from './harness.ts';

let door: FrontDoor;
let key = '';
let instanceId = '';
let asked: unknown[] = [];

/** A WhatsApp that knows a Brazilian by the old spelling, as one may, and everybody whose number ends in 1. */
function answer(phone: string): LookUp {
  if (phone === '5511987654321') {
    return { phone, exists: true, identity: { phone: '551187654321', lid: '77' }, destination: 'there' };
  }
  if (phone.endsWith('1')) return { phone, exists: true, identity: { phone }, destination: 'there' };
  return { phone, exists: false };
}

beforeAll(async () => {
  door = await openFrontDoor();
  ({ key } = await door.addParty('Shop'));
  instanceId = (await door.ask('POST', '/v1/instances', { key, body: { name: 'Shop' } })).json.id;
  if (!isId('ins', instanceId)) throw new Error('no instance');
  door.bus.serve(lookUpCall(instanceId), async (input) => {
    asked.push(input);
    return (input as string[]).map(answer);
  });
});
afterAll(() => door.close());
beforeEach(() => {
  asked = [];
});

const check = (numbers: unknown, instance = instanceId) =>
  door.ask('POST', `/v1/instances/${instance}/recipients`, { key, body: { numbers } });

test('each number has its result, in the order given, all asked in one question', async () => {
  const answered = await check(['+55 11 98765-4321', '0170 1234567', '+49 170 1234562', '+49 170 1234561']);
  expect(answered.status).toBe(200);
  expect(answered.json.data).toEqual([
    { input: '+55 11 98765-4321', status: 'on_whatsapp', wa_id: '551187654321', lid: '77', problem: null },
    { input: '0170 1234567', status: 'invalid', wa_id: null, lid: null, problem: expect.stringContaining('country') },
    { input: '+49 170 1234562', status: 'not_on_whatsapp', wa_id: null, lid: null, problem: null },
    { input: '+49 170 1234561', status: 'on_whatsapp', wa_id: '491701234561', lid: null, problem: null },
  ]);
  expect(asked).toEqual([['5511987654321', '491701234562', '491701234561']]);
});

test('what was asked lately is not asked again, and a number that is twice in the list is asked once', async () => {
  await check(['+49 170 1234561', '+49 170 1230001', '+491701230001']);
  expect(asked).toEqual([['491701230001']]);
});

test('a message to a number that WhatsApp knows by another spelling is for the contact of that spelling', async () => {
  const body = { to: '+55 11 98765-4321', type: 'text', text: 'oi' };
  const sent = await door.ask('POST', `/v1/instances/${instanceId}/messages`, { key, body });
  expect(sent.json).toMatchObject({ to: '+55 11 98765-4321', contact: { phone_number: '551187654321', lid: '77' } });
});

test.each([
  ['none', []],
  ['more than a hundred', Array.from({ length: 101 }, (_, index) => `+49170${1_000_000 + index}`)],
])('%s at once is refused and nobody is asked', async (_, numbers) => {
  expect((await check(numbers)).json.error.code).toBe('invalid_request');
  expect(asked).toEqual([]);
});

test('without a connection nothing is claimed', async () => {
  const other = (await door.ask('POST', '/v1/instances', { key, body: { name: 'Other' } })).json.id;
  expect((await check(['+49 170 9999999'], other)).json.error.code).toBe('not_connected');
});
