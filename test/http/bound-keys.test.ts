import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FrontDoor, openFrontDoor } from './harness.ts';

let door: FrontDoor;
let key = '';
let bound = '';
let own = '';
let other = '';

beforeAll(async () => {
  door = await openFrontDoor();
  ({ key } = await door.addParty('Chain'));
  own = (await door.ask('POST', '/v1/instances', { key, body: { name: 'Own' } })).json.id;
  other = (await door.ask('POST', '/v1/instances', { key, body: { name: 'Other' } })).json.id;
  bound = (await door.ask('POST', '/v1/api-keys', { key, body: { name: 'shop', instance_id: own } })).json.secret;
});
afterAll(() => door.close());

const text = { to: '+49 170 1234567', type: 'text', text: 'hello' };

test('a bound key sees its own instance and no other', async () => {
  expect((await door.ask('GET', `/v1/instances/${own}`, { key: bound })).status).toBe(200);
  expect((await door.ask('GET', `/v1/instances/${other}`, { key: bound })).status).toBe(404);
  const { json } = await door.ask('GET', '/v1/instances', { key: bound });
  expect(json.data.map((row: { id: string }) => row.id)).toEqual([own]);
});

test('a bound key sends from its own instance and reads no message of another', async () => {
  expect((await door.ask('POST', `/v1/instances/${own}/messages`, { key: bound, body: text })).status).toBe(202);
  const before = await door.countRows();
  expect((await door.ask('POST', `/v1/instances/${other}/messages`, { key: bound, body: text })).status).toBe(404);
  expect(await door.countRows()).toEqual(before);
  const theirs = await door.ask('POST', `/v1/instances/${other}/messages`, { key, body: text });
  expect((await door.ask('GET', `/v1/messages/${theirs.json.id}`, { key: bound })).status).toBe(404);
  expect((await door.ask('POST', `/v1/messages/${theirs.json.id}/cancel`, { key: bound })).status).toBe(404);
});

test('a bound key makes keys for its own instance only, and sees no wider ones', async () => {
  const made = await door.ask('POST', '/v1/api-keys', { key: bound, body: { name: 'narrow' } });
  expect([made.status, made.json.instance_id]).toEqual([201, own]);
  const before = await door.countRows();
  const wider = await door.ask('POST', '/v1/api-keys', { key: bound, body: { name: 'wide', instance_id: other } });
  expect([wider.status, wider.json.error.code]).toEqual([404, 'instance_not_found']);
  expect(await door.countRows()).toEqual(before);
  const { json } = await door.ask('GET', '/v1/api-keys', { key: bound });
  expect(json.data.every((row: { instance_id: string }) => row.instance_id === own)).toBe(true);
  const all = await door.ask('GET', '/v1/api-keys', { key });
  const first = all.json.data.find((row: { name: string }) => row.name === 'first');
  expect((await door.ask('DELETE', `/v1/api-keys/${first.id}`, { key: bound })).status).toBe(404);
  expect((await door.ask('GET', '/v1/limits', { key })).status).toBe(200);
});

test('a bound key makes no instance', async () => {
  const before = await door.countRows();
  const answer = await door.ask('POST', '/v1/instances', { key: bound, body: { name: 'x' } });
  expect([answer.status, answer.json.error.code]).toEqual([403, 'key_scope']);
  expect(await door.countRows()).toEqual(before);
});

test('a bound key sees the audit rows, events and deliveries of its own instance only', async () => {
  for (const path of ['/v1/audit-events', '/v1/events', '/v1/deliveries', '/v1/endpoints']) {
    const answer = await door.ask('GET', path, { key: bound });
    expect([path, answer.status]).toEqual([path, 200]);
    expect(answer.text).not.toContain(other);
  }
  const audit = await door.ask('GET', '/v1/audit-events', { key: bound });
  expect(audit.json.data.length).toBeGreaterThan(0);
  expect(audit.json.data.every((row: { instance_id: string }) => row.instance_id === own)).toBe(true);
  const asked = await door.ask('GET', `/v1/audit-events?instance_id=${other}`, { key: bound });
  expect(asked.json.data).toEqual([]);
});

test('a bound key does not get the answer that a wider key was given', async () => {
  const asked = { body: { url: 'https://hooks.example.com/' }, headers: { 'idempotency-key': 'wide' } };
  const wide = await door.ask('POST', '/v1/endpoints', { key, ...asked });
  const narrow = await door.ask('POST', '/v1/endpoints', { key: bound, ...asked });
  expect([narrow.status, narrow.json.error.code]).toEqual([409, 'idempotency_conflict']);
  expect(narrow.text).not.toContain(wide.json.secret);
});
