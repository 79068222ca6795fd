import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FrontDoor, openFrontDoor } from './harness.ts';

let door: FrontDoor;
beforeAll(async () => {
  door = await openFrontDoor({ env: { RATE_LIMIT_BURST: '3', RATE_LIMIT_PER_SECOND: '0.5' } });
});
afterAll(() => door.close());

const list = (key: string) => door.ask('GET', '/v1/instances', { key });

test('a customer has its burst, then 429 with the time to wait, and all its keys draw on one bucket', async () => {
  const { key } = await door.addParty('Greedy');
  const other = await door.ask('POST', '/v1/api-keys', { key, body: { name: 'second' } });
  expect(other.headers.get('x-ratelimit-limit')).toBe('3');
  expect(other.headers.get('x-ratelimit-remaining')).toBe('2');
  await list(key);
  const last = await list(other.json.secret);
  expect(last.headers.get('x-ratelimit-remaining')).toBe('0');
  const refused = await list(other.json.secret);
  expect([refused.status, refused.json.error.code]).toEqual([429, 'rate_limited']);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(2);
  const resetAt = Number(refused.headers.get('x-ratelimit-reset'));
  expect(resetAt - Date.now() / 1_000).toBeGreaterThan(3);
  expect(resetAt - Date.now() / 1_000).toBeLessThan(8);
});

test('a greedy customer takes nothing from another', async () => {
  const greedy = await door.addParty('Greedy');
  const modest = await door.addParty('Modest');
  for (let asked = 0; asked < 10; asked += 1) await list(greedy.key);
  expect((await list(greedy.key)).status).toBe(429);
  expect((await list(modest.key)).status).toBe(200);
});

test('asking for the limits costs nothing, also when nothing is left', async () => {
  const { key } = await door.addParty('Watcher');
  for (let asked = 0; asked < 4; asked += 1) await list(key);
  for (let asked = 0; asked < 5; asked += 1) {
    const limits = await door.ask('GET', '/v1/limits', { key });
    expect(limits.status).toBe(200);
    expect(limits.json.per_customer).toMatchObject({ limit: 3, per_second: 0.5, remaining: 0 });
  }
});

test('a limit that the operator raises holds from the next request on', async () => {
  const { key, customerId } = await door.addParty('Raised');
  for (let asked = 0; asked < 3; asked += 1) await list(key);
  expect((await list(key)).status).toBe(429);
  const body = { rate_limit: { burst: 100, per_second: 100 } };
  await door.ask('PATCH', `/admin/customers/${customerId}`, { key: door.admin, body });
  await new Promise((resolve) => setTimeout(resolve, 50));
  const after = await list(key);
  expect([after.status, after.headers.get('x-ratelimit-limit')]).toEqual([200, '100']);
});

test('whoever shows no key uses up nobody’s bucket', async () => {
  const { key } = await door.addParty('Bystander');
  for (let asked = 0; asked < 10; asked += 1) await door.ask('GET', '/v1/instances');
  expect((await list(key)).headers.get('x-ratelimit-remaining')).toBe('2');
});
