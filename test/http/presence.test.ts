import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { askCall, createNetworkAccess } from '../../src/domain/instances/index.ts';
import { isId } from '../../src/lib/index.ts';
import type { RequestOutcome } from '../../src/network/index.ts';
import { type FrontDoor, openFrontDoor } from './harness.ts';

let door: FrontDoor;
let key = '';
let instanceId = '';
let asked: unknown[] = [];
let outcome: RequestOutcome<'set_presence'> = { kind: 'done', answer: undefined };

beforeAll(async () => {
  door = await openFrontDoor();
  ({ key } = await door.addParty('Shop'));
  instanceId = (await door.ask('POST', '/v1/instances', { key, body: { name: 'Shop' } })).json.id;
  if (!isId('ins', instanceId)) throw new Error('no instance');
  door.bus.serve(askCall(instanceId), async (input) => {
    asked.push(input);
    return outcome;
  });
});
afterAll(() => door.close());
beforeEach(() => {
  asked = [];
});

const show = (body: object) => door.ask('PUT', `/v1/instances/${instanceId}/presence`, { key, body });

test('a request reaches the session of its instance as it was asked', async () => {
  expect((await show({ presence: 'available' })).status).toBe(204);
  expect(asked).toEqual([{ kind: 'set_presence', input: { presence: 'available' } }]);
});

test('typing needs to know where, and says so before anybody is asked', async () => {
  const answer = await show({ presence: 'typing' });
  expect(answer.json.error).toMatchObject({ code: 'invalid_request', details: { fields: [{ field: 'to' }] } });
  expect(asked).toEqual([]);
});

test.each([
  ['forbidden', 422, 'refused_by_whatsapp'],
  ['rate_limited', 429, 'whatsapp_rate_limited'],
] as const)('a refusal (%s) is told with its reason', async (reason, status, code) => {
  outcome = { kind: 'refused', code: reason, detail: 'no' };
  const answer = await show({ presence: 'available' });
  expect(answer.status).toBe(status);
  expect(answer.json.error).toMatchObject({ code, details: { reason, detail: 'no' } });
});

test('silence is no refusal: it may have been done', async () => {
  outcome = { kind: 'unanswered', reason: 'late' };
  expect((await show({ presence: 'available' })).json.error).toMatchObject({ code: 'whatsapp_timeout' });
});

test('an instance without a session is not connected', async () => {
  const other = (await door.ask('POST', '/v1/instances', { key, body: { name: 'Other' } })).json.id;
  const answer = await door.ask('PUT', `/v1/instances/${other}/presence`, { key, body: { presence: 'available' } });
  expect(answer.json.error.code).toBe('not_connected');
});

test('what the network of an instance lacks is told with its name, and nothing is written', async () => {
  const poor = await openFrontDoor({
    change: (deps) => ({
      ...deps,
      networkAccess: createNetworkAccess({
        bus: deps.bus,
        networks: [{ name: 'whatsapp_web', capabilities: new Set() }],
        askTimeoutMs: 100,
      }),
    }),
  });
  const party = await poor.addParty('Poor');
  const { id } = (await poor.ask('POST', '/v1/instances', { key: party.key, body: { name: 'Shop' } })).json;
  const before = await poor.countRows();
  const body = { to: '+49 170 1234567', type: 'text', text: 'hello' };
  const refused = await poor.ask('POST', `/v1/instances/${id}/messages`, { key: party.key, body });
  expect(refused.status).toBe(501);
  expect(refused.json.error).toMatchObject({ code: 'not_supported', details: { capability: 'send_text' } });
  const shown = await poor.ask('PUT', `/v1/instances/${id}/presence`, {
    key: party.key,
    body: { presence: 'available' },
  });
  expect(shown.json.error.details).toMatchObject({ capability: 'set_presence' });
  expect(await poor.countRows()).toEqual(before);
  await poor.close();
});
