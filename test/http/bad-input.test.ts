import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { newId } from '../../src/lib/index.ts';
import { type FrontDoor, openFrontDoor } from './harness.ts';

let door: FrontDoor;
let key = '';
let instanceId = '';
let before: Record<string, number> = {};

beforeAll(async () => {
  door = await openFrontDoor({
    deps: {
      checkUrl: async (url) =>
        url.includes('internal') ? { ok: false, why: 'It is a private address.' } : { ok: true, url: new URL(url) },
    },
  });
  ({ key } = await door.addParty('Clumsy'));
  instanceId = (await door.ask('POST', '/v1/instances', { key, body: { name: 'Shop' } })).json.id;
});
afterAll(() => door.close());
beforeEach(async () => {
  before = await door.countRows();
});

const send = (body: unknown, headers: Record<string, string> = {}) =>
  door.ask('POST', `/v1/instances/${instanceId}/messages`, { key, body, headers });

const text = { to: '+49 170 1234567', type: 'text', text: 'hello' };

test.each([
  ['no body', undefined, 422, 'invalid_request'],
  ['an empty object', {}, 422, 'invalid_request'],
  ['a type that is none', { ...text, type: 'telegram' }, 422, 'invalid_request'],
  ['a text that is a number', { ...text, text: 7 }, 422, 'invalid_request'],
  ['an empty text', { ...text, text: '' }, 422, 'invalid_request'],
  ['a text over the limit', { ...text, text: 'x'.repeat(65_537) }, 422, 'text_too_long'],
  ['letters for a number', { ...text, to: 'mum' }, 422, 'recipient_invalid'],
  ['a number without country code', { ...text, to: '0170 1234567' }, 422, 'recipient_invalid'],
  ['a number that is too short', { ...text, to: '+49 1' }, 422, 'recipient_invalid'],
  ['a group of somebody', { ...text, to: '123456@g.us' }, 422, 'recipient_invalid'],
  ['a contact that is not there', { ...text, to: 'con_01ARZ3NDEKTSV4RRFFQ69G5FAV' }, 422, 'recipient_invalid'],
  ['an end in the past', { ...text, expires_at: '2020-01-01T00:00:00Z' }, 422, 'invalid_request'],
  ['an end that is no time', { ...text, expires_at: 'tomorrow' }, 422, 'invalid_request'],
  ['a connection that is demanded', { ...text, require_connected: true }, 409, 'not_connected'],
])('a message with %s is refused, with a reason, and nothing is written', async (_what, body, status, code) => {
  const answer = await send(body);
  expect([answer.status, answer.json.error.code]).toEqual([status, code]);
  expect(answer.json.request_id).toMatch(/^req_/);
  if (code === 'invalid_request') expect(answer.json.error.details.fields[0].problem).toBeTruthy();
  if (code === 'recipient_invalid') expect(answer.json.error.details.problem).toMatch(/\.$/);
  expect(await door.countRows()).toEqual(before);
});

test('every wrong field is named, not only the first', async () => {
  const { json } = await send({ to: 1, type: 'text', text: 2, extra: 3 });
  const fields = json.error.details.fields.map((one: { field: string }) => one.field);
  expect(fields.sort()).toEqual(['extra', 'text', 'to']);
});

test('the longest text that WhatsApp takes is accepted, in any script', async () => {
  expect((await send({ ...text, text: '漢'.repeat(65_536) })).status).toBe(202);
});

test.each([
  ['an address that is forbidden', { url: 'http://internal.example/' }, 'endpoint_url_forbidden'],
  ['an event that is none', { url: 'https://hooks.example.com/', events: ['message.eaten'] }, 'event_unknown'],
  ['no event at all', { url: 'https://hooks.example.com/', events: [] }, 'invalid_request'],
  ['an instance that is no id', { url: 'https://hooks.example.com/', instance_ids: ['x'] }, 'invalid_request'],
  ['a chat that is not there', { url: 'https://hooks.example.com/', chat_ids: [newId('cht', 1)] }, 'chat_not_found'],
  ['a type of chat that is none', { url: 'https://hooks.example.com/', chat_type_filter: 'cats' }, 'invalid_request'],
  ['an endless schedule', { url: 'https://hooks.example.com/', retry_schedule: [1e9] }, 'invalid_request'],
])('an endpoint with %s is refused and nothing is written', async (_what, body, code) => {
  const answer = await door.ask('POST', '/v1/endpoints', { key, body });
  expect([answer.status, answer.json.error.code]).toEqual([code.endsWith('not_found') ? 404 : 422, code]);
  expect(await door.countRows()).toEqual(before);
});

const many = Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`X-${index}`, 'a']));
test.each([
  ['a name with a space', { 'X Y': 'a' }, 'X Y'],
  ['no name', { '': 'a' }, ''],
  ['a line break', { 'X-Y': 'a\r\nHost: b' }, 'X-Y'],
  ['another script', { 'X-Y': 'ü' }, 'X-Y'],
  ['nothing', { 'X-Y': '' }, 'X-Y'],
  ['a space at the end', { 'X-Y': 'a ' }, 'X-Y'],
  ['a number', { 'X-Y': 7 }, 'X-Y'],
  ['a header of the connection', { 'Transfer-Encoding': 'chunked' }, 'Transfer-Encoding'],
  ['a host', { host: 'internal' }, 'host'],
  ['a header of Standard Webhooks', { 'Webhook-Id': 'evt_1' }, 'Webhook-Id'],
  ['a header of ours', { 'x-sluice-signature': 't=1' }, 'x-sluice-signature'],
  ['one header twice', { 'X-Y': 'a', 'x-y': 'b' }, 'X-Y'],
  ['what is shown in place of a value', { 'X-Y': '***' }, 'X-Y'],
  ['too many headers', many, undefined],
  ['too much in them', { 'X-Y': 'a'.repeat(4_000), 'X-Z': 'a'.repeat(4_000) }, undefined],
])('headers of an endpoint with %s are refused by name, and nothing is written', async (_what, headers, name) => {
  const body = { url: 'https://hooks.example.com/', headers };
  const answer = await door.ask('POST', '/v1/endpoints', { key, body });
  expect([answer.status, answer.json.error.code]).toEqual([422, 'invalid_request']);
  const [first] = answer.json.error.details.fields;
  expect(first.field).toBe(name === undefined ? 'headers' : `headers.${name}`);
  expect(await door.countRows()).toEqual(before);
});

test('headers of an endpoint are told by name only, whoever reads it', async () => {
  const headers = { Authorization: 'Bearer sesame' };
  const body = { url: 'https://hooks.example.com/', headers };
  const made = await door.ask('POST', '/v1/endpoints', { key, body });
  expect([made.status, made.json.headers]).toEqual([201, { Authorization: '***' }]);
  const path = `/v1/endpoints/${made.json.id}`;
  const again = { headers: { Authorization: '***' } };
  expect((await door.ask('PATCH', path, { key, body: again })).status).toBe(422);
  for (const answer of [made, await door.ask('GET', path, { key }), await door.ask('GET', '/v1/endpoints', { key })]) {
    expect(answer.text).not.toContain('sesame');
  }
  expect((await door.ask('PATCH', path, { key, body: { headers: null } })).json.headers).toEqual({});
  expect(door.lines.join('')).not.toContain('sesame');
});

test('metadata that is too deep or too large is refused, however deep it is', async () => {
  const deep = `{"name":"x","metadata":{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`;
  const large = { name: 'x', metadata: { a: 'x'.repeat(9_000) } };
  for (const body of [deep, large]) {
    const answer = await door.ask('POST', '/v1/instances', { key, body });
    expect([answer.status, answer.json.error.code]).toEqual([422, 'invalid_request']);
  }
  expect(await door.countRows()).toEqual(before);
});

test('an address that is not there, a method that is not there and a path that cannot be read are 404', async () => {
  for (const [method, path] of [
    ['GET', '/v1/nothing'],
    ['PUT', '/v1/instances'],
    ['GET', '/v1/instances/%zz'],
    ['GET', '/'],
    ['GET', `/v1/instances/${'x'.repeat(500)}`],
  ] as const) {
    const answer = await door.ask(method, path, { key });
    expect([path, answer.status]).toEqual([path, 404]);
    expect(answer.json.error.code).toMatch(/not_found$/);
    expect(answer.headers.get('x-correlation-id')).toBeTruthy();
  }
});

test('while the disk is short of room nothing new is accepted, and what is there can be read', async () => {
  const full = await openFrontDoor({ deps: { hasDiskRoom: () => false } });
  const party = await full.addParty('Unlucky');
  const rows = await full.countRows();
  const refused = await full.ask('POST', '/v1/instances', { key: party.key, body: { name: 'x' } });
  expect([refused.status, refused.json.error.code]).toEqual([503, 'storage_unavailable']);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await full.countRows()).toEqual(rows);
  expect((await full.ask('GET', '/v1/instances', { key: party.key })).status).toBe(200);
  expect((await full.ask('GET', '/readyz')).json).toMatchObject({ status: 'degraded', reasons: ['disk_low'] });
  await full.close();
});

test('what we do not know is 500, says nothing to the caller and is logged once', async () => {
  const broken = await openFrontDoor({
    deps: {
      checkUrl: async () => {
        throw new Error('the innards of the machine');
      },
    },
  });
  const party = await broken.addParty('Witness');
  const rows = await broken.countRows();
  const body = { url: 'https://hooks.example.com/' };
  const answer = await broken.ask('POST', '/v1/endpoints', { key: party.key, body });
  expect([answer.status, answer.json.error.code]).toEqual([500, 'internal']);
  expect(answer.text).not.toContain('innards');
  const lines = broken.lines.filter((line) => line.includes('the innards of the machine'));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(answer.json.request_id);
  expect(await broken.countRows()).toEqual(rows);
  await broken.close();
});
