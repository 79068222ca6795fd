import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FrontDoor, openFrontDoor } from './harness.ts';

let door: FrontDoor;
let key = '';
let instanceId = '';

beforeAll(async () => {
  door = await openFrontDoor({
    deps: {
      // Slow, so that requests that come together are all past their first look.
      checkUrl: async (url) => {
        await new Promise((resolve) => setTimeout(resolve, 30));
        return { ok: true, url: new URL(url) };
      },
    },
  });
  ({ key } = await door.addParty('Patient'));
  instanceId = (await door.ask('POST', '/v1/instances', { key, body: { name: 'Shop' } })).json.id;
});
afterAll(() => door.close());

const text = { to: '+49 170 1234567', type: 'text', text: 'hello' };
const send = (body: unknown, idempotencyKey: string) =>
  door.ask('POST', `/v1/instances/${instanceId}/messages`, {
    key,
    body,
    headers: { 'idempotency-key': idempotencyKey },
  });

test('the same key and body answer the same again and make one message', async () => {
  const first = await send(text, 'again');
  expect([first.status, first.headers.get('idempotency-replayed')]).toEqual([202, null]);
  const rows = await door.countRows();
  // The order of the fields is not the request.
  const again = await send({ text: 'hello', type: 'text', to: '+49 170 1234567' }, 'again');
  expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([202, 'true']);
  expect(again.json).toEqual(first.json);
  expect(await door.countRows()).toEqual(rows);
});

test('the same key with another body, or on another route, is a conflict and writes nothing', async () => {
  await send(text, 'taken');
  const rows = await door.countRows();
  const other = await send({ ...text, text: 'goodbye' }, 'taken');
  expect([other.status, other.json.error.code]).toEqual([409, 'idempotency_conflict']);
  const headers = { 'idempotency-key': 'taken' };
  const elsewhere = await door.ask('POST', '/v1/instances', { key, body: { name: 'x' }, headers });
  expect([elsewhere.status, elsewhere.json.error.code]).toEqual([409, 'idempotency_conflict']);
  expect(await door.countRows()).toEqual(rows);
});

test('twenty requests at once with one key make one message', async () => {
  const before = await door.countRows();
  const answers = await Promise.all(Array.from({ length: 20 }, () => send(text, 'crowd')));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1);
  expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1);
  const after = await door.countRows();
  expect(after.messages).toBe((before.messages ?? 0) + 1);
  expect(after.jobs).toBe((before.jobs ?? 0) + 1);
});

test('requests that look for an answer before there is one still make one thing', async () => {
  const before = await door.countRows();
  const asked = { key, body: { url: 'https://hooks.example.com/' }, headers: { 'idempotency-key': 'together' } };
  const answers = await Promise.all(Array.from({ length: 10 }, () => door.ask('POST', '/v1/endpoints', asked)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
  expect(new Set(answers.map(({ json }) => json.secret)).size).toBe(1);
  expect((await door.countRows()).endpoints).toBe((before.endpoints ?? 0) + 1);
});

test('an answer past its time makes room', async () => {
  const first = await send(text, 'old');
  const longAgo = Date.now() - 8 * 86_400_000;
  await door.db.tx((tx) =>
    tx.updateTable('idempotency_keys').set({ created_at: longAgo }).where('key', '=', 'old').execute(),
  );
  const second = await send({ ...text, text: 'another week' }, 'old');
  expect([second.status, second.headers.get('idempotency-replayed')]).toEqual([202, null]);
  expect(second.json.id).not.toBe(first.json.id);
  expect((await send({ ...text, text: 'another week' }, 'old')).json.id).toBe(second.json.id);
});

test('an answer that was an error is not remembered: the key is free for the corrected request', async () => {
  expect((await send({ ...text, to: 'mum' }, 'typo')).status).toBe(422);
  expect((await send(text, 'typo')).status).toBe(202);
});

test('two customers may use the same key', async () => {
  const other = await door.addParty('Other');
  const headers = { 'idempotency-key': 'shared' };
  const body = { name: 'Shop' };
  const one = await door.ask('POST', '/v1/instances', { key, body, headers });
  const two = await door.ask('POST', '/v1/instances', { key: other.key, body, headers });
  expect([one.status, two.status]).toEqual([201, 201]);
  expect(one.json.id).not.toBe(two.json.id);
});

test('a key that is no key is refused', async () => {
  for (const wrong of ['x'.repeat(256), 'ü']) {
    const answer = await send(text, wrong);
    expect([answer.status, answer.json.error.code]).toEqual([422, 'idempotency_key_invalid']);
  }
});

test('an answer with a secret comes again whole, and lies sealed in the database', async () => {
  const asked = {
    key,
    body: { url: 'https://hooks.example.com/' },
    headers: { 'idempotency-key': 'endpoint' },
  };
  const first = await door.ask('POST', '/v1/endpoints', asked);
  const again = await door.ask('POST', '/v1/endpoints', asked);
  expect(first.json.secret).toMatch(/^whsec_/);
  expect(again.json).toEqual(first.json);
  const stored = await door.db.read.selectFrom('idempotency_keys').select('response').execute();
  expect(JSON.stringify(stored)).not.toContain(first.json.secret);
  expect(JSON.stringify(stored)).not.toContain('hello');
});

test('a key for an API key has no effect, because keeping the answer would keep the secret', async () => {
  const asked = { key, body: { name: 'x' }, headers: { 'idempotency-key': 'api key' } };
  const first = await door.ask('POST', '/v1/api-keys', asked);
  const second = await door.ask('POST', '/v1/api-keys', asked);
  expect(second.json.id).not.toBe(first.json.id);
});
