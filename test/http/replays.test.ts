import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '../../src/lib/index.ts';
import { type FrontDoor, openFrontDoor } from './harness.ts';

let door: FrontDoor;
let key = '';
let endpointId = '';

beforeAll(async () => {
  door = await openFrontDoor();
  ({ key } = await door.addParty('Replayer'));
  endpointId = (await door.ask('POST', '/v1/endpoints', { key, body: { url: 'https://hooks.example.com/' } })).json.id;
  for (let n = 0; n < 3; n += 1) await door.ask('POST', `/v1/endpoints/${endpointId}/test`, { key });
  await door.db.tx((tx) => tx.updateTable('deliveries').set({ status: 'failed' }).execute());
});
afterAll(() => door.close());

const past = '2026-01-01T00:00:00Z';
const long = '2020-01-01T00:00:00Z';

test('a dry run counts and writes nothing', async () => {
  const before = await door.countRows();
  for (const [path, body, count] of [
    ['/v1/deliveries/replay', {}, 3],
    ['/v1/deliveries/replay', { endpoint_id: endpointId, events: ['endpoint.*'] }, 3],
    ['/v1/deliveries/replay', { events: ['message.*'] }, 0],
    ['/v1/deliveries/replay', { status: 'delivered' }, 0],
    ['/v1/deliveries/replay', { from: long, to: past }, 0],
    [`/v1/endpoints/${endpointId}/replay`, { from: past }, 3],
  ] as const) {
    const answer = await door.ask('POST', path, { key, body: { ...body, dry_run: true } });
    expect([body, answer.status, answer.json]).toEqual([body, 200, { dry_run: true, count, more: false }]);
  }
  expect(await door.countRows()).toEqual(before);
});

test('a replay is told with what was asked for, listed, and cancelled', async () => {
  const body = { endpoint_id: endpointId, events: ['endpoint.*'], from: past };
  const made = await door.ask('POST', '/v1/deliveries/replay', { key, body });
  expect(made.status).toBe(202);
  expect(made.json).toMatchObject({
    source: 'deliveries',
    endpoint_id: endpointId,
    filter: { status: 'failed', events: ['endpoint.*'], instance_id: null, from: '2026-01-01T00:00:00.000Z' },
    status: 'running',
    replayed: 0,
  });
  const path = `/v1/deliveries/replays/${made.json.id}`;
  expect((await door.ask('GET', path, { key })).json).toEqual(made.json);
  expect((await door.ask('GET', '/v1/deliveries/replays', { key })).json.data).toEqual([made.json]);
  const cancelled = await door.ask('POST', `${path}/cancel`, { key });
  expect([cancelled.status, cancelled.json.status]).toEqual([200, 'cancelled']);
  const since = await door.ask('POST', `/v1/endpoints/${endpointId}/replay`, { key, body: { from: past } });
  expect([since.status, since.json.source, since.json.filter.undelivered_only]).toEqual([202, 'events', false]);
  await door.ask('POST', `/v1/deliveries/replays/${since.json.id}/cancel`, { key });
});

test('the same request with the same Idempotency-Key begins one replay', async () => {
  const asked = { key, body: { endpoint_id: endpointId }, headers: { 'idempotency-key': 'again' } };
  const first = await door.ask('POST', '/v1/deliveries/replay', asked);
  const second = await door.ask('POST', '/v1/deliveries/replay', asked);
  expect([second.status, second.json.id]).toEqual([202, first.json.id]);
  await door.ask('POST', `/v1/deliveries/replays/${first.json.id}/cancel`, { key });
});

test.each([
  ['a status that has not ended', '/v1/deliveries/replay', { status: 'pending' }, 422, 'invalid_request'],
  ['an event that is none', '/v1/deliveries/replay', { events: ['message.eaten'] }, 422, 'event_unknown'],
  ['a time that is none', '/v1/deliveries/replay', { from: 'yesterday' }, 422, 'invalid_request'],
  ['an end before its beginning', '/v1/deliveries/replay', { from: past, to: long }, 422, 'invalid_request'],
  ['a beginning in the future', '/v1/deliveries/replay', { from: '2999-01-01T00:00:00Z' }, 422, 'invalid_request'],
  [
    'an endpoint that is not there',
    '/v1/deliveries/replay',
    { endpoint_id: newId('end', 1) },
    404,
    'endpoint_not_found',
  ],
  ['no beginning', '/v1/endpoints/:id/replay', {}, 422, 'invalid_request'],
])('a replay with %s is refused and nothing is written', async (_what, path, body, status, code) => {
  const before = await door.countRows();
  for (const more of [{}, { dry_run: true }]) {
    const answer = await door.ask('POST', path.replace(':id', endpointId), { key, body: { ...body, ...more } });
    expect([answer.status, answer.json.error.code]).toEqual([status, code]);
  }
  expect(await door.countRows()).toEqual(before);
});

test('deliveries are found by several events, and by when they were made', async () => {
  for (const [query, count] of [
    ['', 3],
    ['?event=message.*,endpoint.test', 3],
    ['?event=message.*', 0],
    [`?from=${past}`, 3],
    [`?to=${past}`, 0],
    [`?from=${past}&to=2999-01-01T00:00:00Z&status=failed&endpoint_id=${endpointId}`, 3],
  ] as const) {
    const answer = await door.ask('GET', `/v1/deliveries${query}`, { key });
    expect([query, answer.json.data?.length]).toEqual([query, count]);
  }
  const refused = await door.ask('GET', '/v1/deliveries?event=message.eaten', { key });
  expect([refused.status, refused.json.error.code]).toEqual([422, 'event_unknown']);
});
