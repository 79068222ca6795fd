import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FrontDoor, openFrontDoor } from './harness.ts';

let door: FrontDoor;
beforeAll(async () => {
  door = await openFrontDoor();
});
afterAll(() => door.close());

test('an operator makes a customer and a key, and the key lets that customer in', async () => {
  const made = await door.ask('POST', '/admin/customers', { key: door.admin, body: { name: 'Bakery' } });
  expect(made.status).toBe(201);
  expect(made.json).toMatchObject({ name: 'Bakery', rate_limit: { burst: null, per_second: null } });
  const path = `/admin/customers/${made.json.id}/api-keys`;
  const key = await door.ask('POST', path, { key: door.admin, body: { name: 'crm' } });
  expect(key.status).toBe(201);
  expect(key.json.secret).toMatch(/^slc_live_[\w-]{43}$/);
  expect(key.json.prefix).toBe(key.json.secret.slice(0, 12));
  const limits = await door.ask('GET', '/v1/limits', { key: key.json.secret });
  expect(limits.status).toBe(200);
  expect(limits.json.per_customer).toMatchObject({ limit: 100_000, per_second: 1, remaining: 100_000 });
  const seen = await door.ask('GET', '/v1/api-keys', { headers: { 'x-api-key': key.json.secret } });
  expect(seen.json.data).toHaveLength(1);
  expect(seen.text).not.toContain(key.json.secret);
});

test('the operator changes limits of a customer, and null goes back to those of the installation', async () => {
  const { customerId, key } = await door.addParty('Limited');
  const path = `/admin/customers/${customerId}`;
  const limited = await door.ask('PATCH', path, { key: door.admin, body: { rate_limit: { burst: 5, per_second: 2 } } });
  expect(limited.json.rate_limit).toEqual({ burst: 5, per_second: 2 });
  expect((await door.ask('GET', '/v1/limits', { key })).json.per_customer).toMatchObject({ limit: 5, per_second: 2 });
  await door.ask('PATCH', path, { key: door.admin, body: { rate_limit: { burst: null } } });
  const after = await door.ask('GET', path, { key: door.admin });
  expect(after.json.rate_limit).toEqual({ burst: null, per_second: 2 });
});

test('a revoked key is refused from the next request on, and an expired one says so', async () => {
  const { key } = await door.addParty('Revoker');
  const expiresAt = new Date(Date.now() + 300).toISOString();
  const short = await door.ask('POST', '/v1/api-keys', { key, body: { name: 'short', expires_at: expiresAt } });
  expect((await door.ask('GET', '/v1/limits', { key: short.json.secret })).status).toBe(200);
  await new Promise((resolve) => setTimeout(resolve, 350));
  const expired = await door.ask('GET', '/v1/limits', { key: short.json.secret });
  expect([expired.status, expired.json.error.code]).toEqual([401, 'auth_expired']);

  const other = await door.ask('POST', '/v1/api-keys', { key, body: { name: 'other' } });
  expect((await door.ask('DELETE', `/v1/api-keys/${other.json.id}`, { key })).status).toBe(204);
  expect((await door.ask('DELETE', `/v1/api-keys/${other.json.id}`, { key })).status).toBe(204);
  const revoked = await door.ask('GET', '/v1/limits', { key: other.json.secret });
  expect([revoked.status, revoked.json.error.code]).toEqual([401, 'auth_invalid']);
  const listed = await door.ask('GET', '/v1/api-keys', { key });
  expect(listed.json.data.map((row: { name: string }) => row.name)).toEqual(['other', 'short', 'first']);
  expect(listed.json.data[0].revoked_at).not.toBeNull();

  const revocations = await door.ask('GET', '/v1/audit-events?action=api_key.revoked', { key });
  expect(revocations.json.data).toHaveLength(1);
});

test('a key makes no key that outlives itself', async () => {
  const { key } = await door.addParty('Mortal');
  const soon = new Date(Date.now() + 60_000).toISOString();
  const later = new Date(Date.now() + 120_000).toISOString();
  const mortal = await door.ask('POST', '/v1/api-keys', { key, body: { name: 'mortal', expires_at: soon } });
  const before = await door.countRows();
  const refused = await door.ask('POST', '/v1/api-keys', {
    key: mortal.json.secret,
    body: { name: 'immortal', expires_at: later },
  });
  expect([refused.status, refused.json.error.code]).toEqual([403, 'key_scope']);
  expect(await door.countRows()).toEqual(before);
  const child = await door.ask('POST', '/v1/api-keys', { key: mortal.json.secret, body: { name: 'child' } });
  expect(child.json.expires_at).toBe(soon);
});

test('when a key was last used is written down beside the request, once a minute at most', async () => {
  const { key } = await door.addParty('User');
  const before = await door.ask('GET', '/v1/api-keys', { key });
  expect(before.status).toBe(200);
  const first = await waitForUse(key);
  await door.ask('GET', '/v1/limits', { key });
  await new Promise((resolve) => setTimeout(resolve, 50));
  const second = await door.ask('GET', '/v1/api-keys', { key });
  expect(second.json.data[0].last_used_at).toBe(first);
});

async function waitForUse(key: string): Promise<string> {
  for (let tries = 0; tries < 100; tries += 1) {
    const { json } = await door.ask('GET', '/v1/api-keys', { key });
    if (json.data[0].last_used_at !== null) return json.data[0].last_used_at;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('the use of the key was never written down');
}

test('the admin key opens what is the operator’s and nothing of a customer’s, and the other way round', async () => {
  const { key } = await door.addParty('Curious');
  const customer = await door.ask('GET', '/admin/customers', { key });
  expect([customer.status, customer.json.error.code]).toEqual([403, 'key_scope']);
  const operator = await door.ask('GET', '/v1/instances', { key: door.admin });
  expect([operator.status, operator.json.error.code]).toEqual([403, 'key_scope']);
  const guessed = await door.ask('GET', '/admin/customers', { key: `slc_admin_${'a'.repeat(43)}` });
  expect([guessed.status, guessed.json.error.code]).toEqual([401, 'auth_invalid']);
});

test('the audit log pages newest first, shows the operator’s hand, and nothing of anybody else', async () => {
  const one = await door.addParty('One');
  const two = await door.addParty('Two');
  await door.ask('PATCH', `/admin/customers/${one.customerId}`, { key: door.admin, body: { name: 'Uno' } });
  const page = await door.ask('GET', '/v1/audit-events?limit=2', { key: one.key });
  expect(page.json.data.map((row: { action: string }) => row.action)).toEqual(['customer.changed', 'api_key.created']);
  expect(page.json.data[0].actor).toBe('admin');
  const rest = await door.ask('GET', `/v1/audit-events?limit=2&cursor=${page.json.next_cursor}`, { key: one.key });
  expect(rest.json.data.map((row: { action: string }) => row.action)).toEqual(['customer.created']);
  expect(rest.json.next_cursor).toBeNull();
  const others = await door.ask('GET', '/v1/audit-events', { key: two.key });
  expect(others.text).not.toContain(one.customerId);
});

test('no secret is ever in the log', async () => {
  const { key } = await door.addParty('Secretive');
  const made = await door.ask('POST', '/v1/api-keys', { key, body: { name: 'x' } });
  await door.ask('GET', '/v1/limits', { key: `${key}x` });
  await door.ask('GET', `/v1/limits?api_key=${key}`, { key });
  const log = door.lines.join('');
  expect(log).toContain('request answered');
  for (const secret of [key, made.json.secret, door.admin]) expect(log).not.toContain(secret);
});
