import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type Db, openDatabase, type Tx } from '../../db/index.ts';
import { type Id, newId } from '../../lib/index.ts';
import { createVault } from '../../platform/index.ts';
import type { Caller } from '../customers/index.ts';
import { deleteEndpoint, disableEndpoint, enableEndpoint } from './change-endpoint.ts';
import { createDeliveries } from './create-deliveries.ts';
import type { Endpoint } from './endpoint.ts';
import type { EndpointPatch } from './endpoint-columns.ts';
import { createEndpoints } from './endpoints.ts';
import { listDeliveries, requireDelivery } from './list-deliveries.ts';
import { listEndpoints, requireEndpoint } from './read-endpoints.ts';
import { replaceChat } from './replace-chat.ts';

const opened: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

const [sales, support] = [newId('ins', 1), newId('ins', 1)];
const chat = newId('cht', 1);
const url = 'https://example.com/hook';

async function open() {
  const folder = await mkdtemp(join(tmpdir(), 'endpoints-'));
  opened.push(() => rm(folder, { recursive: true }));
  const onBroken = (error: unknown) => {
    throw error;
  };
  const outcome = await openDatabase({ path: join(folder, 'sluice.db'), onBroken });
  if (outcome.kind !== 'open') throw new Error(outcome.kind);
  const { db } = outcome;
  opened.push(() => db.close());
  const caller = await createCustomer(db);
  const endpoints = createEndpoints({
    vault: createVault({ key: 'k'.repeat(32) }),
    known: {
      isInstance: async (_tx, { customerId, instanceId }, id) =>
        customerId === caller.customerId && [sales, support].includes(id) && (instanceId ?? id) === id,
      isChat: async (_tx, { customerId }, id) => customerId === caller.customerId && id === chat,
    },
  });
  const create = (input: Omit<EndpointPatch, 'url'> & { url?: string } = {}, as: Caller = caller) =>
    db.tx((tx) => endpoints.create(tx, as, { url, ...input }));
  const page = { before: null, limit: 100 };
  return { db, caller, endpoints, create, page };
}

async function createCustomer(db: Db): Promise<Caller> {
  const id = newId('cus', Date.now());
  await db.tx((tx) =>
    tx
      .insertInto('customers')
      .values({ id, name: 'Acme', rate_limit_burst: null, rate_limit_per_second: null, created_at: tx.now })
      .execute(),
  );
  return { customerId: id, actor: 'key:key_test', instanceId: null, correlationId: 'req-1' };
}

const recordEventOf = (tx: Tx, caller: Caller, instanceId: Id<'ins'> | null) =>
  createDeliveries(tx, {
    id: newId('evt', tx.now),
    customer_id: caller.customerId,
    instance_id: instanceId,
    type: 'message.received',
    chat_id: null,
    chat_type: null,
  });

const code = (name: string) => expect.objectContaining({ code: name });

test('a new endpoint gets everything of all instances, and its secret is told once and kept sealed', async () => {
  const { db, caller, create, page } = await open();
  const { endpoint, secret } = await create({ url: 'HTTPS://Example.com:443/hook' });
  expect(endpoint).toMatchObject({
    url,
    events: ['*'],
    instanceIds: null,
    ordering: 'none',
    retryWaitsMs: null,
    redrive: true,
    enabled: true,
    disabledReason: null,
    previousSecretUntil: null,
  });
  expect(secret).toMatch(/^whsec_/);
  expect(await listEndpoints(db.read, caller, page)).toEqual([endpoint]);
  const stored = JSON.stringify(await db.read.selectFrom('endpoints').selectAll().execute());
  const audit = await db.read.selectFrom('audit_events').selectAll().execute();
  expect(stored + JSON.stringify(audit)).not.toContain(secret.slice(6));
  expect(audit).toMatchObject([
    { action: 'endpoint.created', target: endpoint.id, actor: caller.actor, correlation_id: 'req-1' },
  ]);
});

test('what is wrong with a new endpoint is refused, and nothing is written', async () => {
  const { db, caller, create, page } = await open();
  await expect(create({ events: ['message.*', 'nonsense'] })).rejects.toEqual(code('event_unknown'));
  await expect(create({ instanceIds: [sales, newId('ins', 2)] })).rejects.toEqual(code('instance_not_found'));
  await expect(create({ chatIds: [chat, newId('cht', 2)] })).rejects.toEqual(code('chat_not_found'));
  expect(await listEndpoints(db.read, caller, page)).toEqual([]);
  expect(await db.read.selectFrom('audit_events').selectAll().execute()).toEqual([]);
});

test('a customer has at most 50 endpoints, deleted ones not counted', async () => {
  const { db, caller, create } = await open();
  const made: { endpoint: Endpoint }[] = [];
  for (let n = 0; n < 50; n += 1) made.push(await create());
  await expect(create()).rejects.toEqual(code('limit_reached'));
  await db.tx((tx) => deleteEndpoint(tx, caller, made[0]?.endpoint.id ?? newId('end', 1)));
  await create();
});

test("another customer's endpoint is not there, whatever is asked of it", async () => {
  const { db, endpoints, create, page } = await open();
  const { endpoint } = await create();
  const stranger = await createCustomer(db);
  expect(await listEndpoints(db.read, stranger, page)).toEqual([]);
  for (const verb of [requireEndpoint, deleteEndpoint, disableEndpoint, enableEndpoint]) {
    await expect(db.tx(async (tx) => verb(tx, stranger, endpoint.id))).rejects.toEqual(code('endpoint_not_found'));
  }
  const patched = db.tx((tx) => endpoints.patch(tx, stranger, endpoint.id, { description: 'mine' }));
  await expect(patched).rejects.toEqual(code('endpoint_not_found'));
  const rotated = db.tx((tx) => endpoints.rotateSecret(tx, stranger, endpoint.id));
  await expect(rotated).rejects.toEqual(code('endpoint_not_found'));
});

test('a bound key sees and makes endpoints of exactly its instance', async () => {
  const { db, caller, endpoints, create, page } = await open();
  const bound: Caller = { ...caller, instanceId: sales };
  const { endpoint: all } = await create();
  const { endpoint: both } = await create({ instanceIds: [sales, support] });
  const { endpoint: own } = await create({}, bound);
  expect(own.instanceIds).toEqual([sales]);
  await expect(create({ instanceIds: [support] }, bound)).rejects.toEqual(code('instance_not_found'));
  expect(await listEndpoints(db.read, bound, page)).toEqual([own]);
  for (const { id } of [all, both]) {
    await expect(requireEndpoint(db.read, bound, id)).rejects.toEqual(code('endpoint_not_found'));
  }
  const widened = await db.tx((tx) => endpoints.patch(tx, bound, own.id, { instanceIds: null }));
  expect(widened.instanceIds).toEqual([sales]);

  await db.tx((tx) => recordEventOf(tx, caller, sales));
  const deliveries = await listDeliveries(db.read, caller, page);
  const seen = await listDeliveries(db.read, bound, page);
  expect(deliveries).toHaveLength(3);
  expect(seen.map(({ endpoint_id }) => endpoint_id)).toEqual([own.id]);
  const foreign = deliveries.find(({ endpoint_id }) => endpoint_id === all.id);
  await expect(requireDelivery(db.read, bound, foreign?.id ?? newId('dlv', 1))).rejects.toEqual(
    code('delivery_not_found'),
  );
});

test('a patch changes what it names, and leaves an audit row that says which', async () => {
  const { db, caller, endpoints, create } = await open();
  const { endpoint } = await create({ events: ['message.*'], description: 'old' });
  const patch = { events: ['qr.updated'], ordering: 'strict', retryWaitsMs: [0, 5_000], redrive: false } as const;
  const patched = await db.tx((tx) => endpoints.patch(tx, caller, endpoint.id, patch));
  expect(patched).toEqual({ ...endpoint, ...patch, updatedAt: patched.updatedAt });
  const off = await db.tx((tx) => endpoints.patch(tx, caller, endpoint.id, { enabled: false, retryWaitsMs: null }));
  expect(off).toMatchObject({ enabled: false, disabledReason: 'by_customer', retryWaitsMs: null });
  const on = await db.tx((tx) => endpoints.patch(tx, caller, endpoint.id, { enabled: true }));
  expect(on).toMatchObject({ enabled: true, disabledReason: null });
  await expect(
    db.tx((tx) => endpoints.patch(tx, caller, endpoint.id, { description: 'new', events: ['no.such'] })),
  ).rejects.toEqual(code('event_unknown'));
  expect((await requireEndpoint(db.read, caller, endpoint.id)).description).toBe('old');
  const audit = await db.read.selectFrom('audit_events').selectAll().orderBy('id').execute();
  expect(audit.map(({ action }) => action)).toEqual([
    'endpoint.created',
    'endpoint.changed',
    'endpoint.changed',
    'endpoint.disabled',
    'endpoint.enabled',
  ]);
  expect(JSON.parse(audit[1]?.detail ?? '')).toEqual({ fields: ['events', 'ordering', 'retryWaitsMs', 'redrive'] });
});

test('an endpoint that chose a chat follows it when it turns out to be another', async () => {
  const { db, caller, create } = await open();
  const { endpoint } = await create({ chatIds: [chat], chatTypes: 'direct_only' });
  expect(endpoint).toMatchObject({ chatIds: [chat], chatTypes: 'direct_only' });
  const { endpoint: all } = await create();
  const [other, survivor] = [newId('cht', 1), newId('cht', 1)];
  await db.tx((tx) => replaceChat(tx, caller.customerId, other, survivor));
  expect((await requireEndpoint(db.read, caller, endpoint.id)).chatIds).toEqual([chat]);
  await db.tx((tx) => replaceChat(tx, newId('cus', 1), chat, survivor));
  expect((await requireEndpoint(db.read, caller, endpoint.id)).chatIds).toEqual([chat]);
  await db.tx((tx) => replaceChat(tx, caller.customerId, chat, survivor));
  expect((await requireEndpoint(db.read, caller, endpoint.id)).chatIds).toEqual([survivor]);
  expect((await requireEndpoint(db.read, caller, all.id)).chatIds).toBeNull();
});

test('the previous secret signs for the overlap, of which 7 days is the most and 0 none', async () => {
  const { db, caller, endpoints, create } = await open();
  const { endpoint, secret } = await create();
  const rotate = (overlapMs?: number) =>
    db.tx((tx) =>
      endpoints.rotateSecret(tx, caller, endpoint.id, overlapMs).then((made) => ({ ...made, atMs: tx.now })),
    );
  const first = await rotate();
  expect(first.secret).not.toBe(secret);
  expect(first.endpoint.previousSecretUntil).toBe(first.atMs + 86_400_000);
  const longest = await rotate(Number.MAX_SAFE_INTEGER);
  expect(longest.endpoint.previousSecretUntil).toBe(longest.atMs + 7 * 86_400_000);
  expect((await rotate(0)).endpoint.previousSecretUntil).toBeNull();
});

test('lists go newest first, page by page, and filter', async () => {
  const { db, caller, create, page } = await open();
  const ids = [];
  for (let n = 0; n < 5; n += 1) ids.unshift((await create()).endpoint.id);
  const first = await listEndpoints(db.read, caller, { before: null, limit: 3 });
  const rest = await listEndpoints(db.read, caller, { before: first.at(-1)?.id ?? null, limit: 3 });
  expect([...first, ...rest].map(({ id }) => id)).toEqual(ids);

  await db.tx((tx) => recordEventOf(tx, caller, sales));
  await db.tx((tx) => recordEventOf(tx, caller, null));
  const [endpointId] = ids;
  expect(await listDeliveries(db.read, caller, { ...page, instanceId: sales })).toHaveLength(5);
  expect(await listDeliveries(db.read, caller, { ...page, endpointId })).toHaveLength(2);
  expect(await listDeliveries(db.read, caller, { ...page, statuses: ['failed', 'delivered'] })).toEqual([]);
  expect(await listDeliveries(db.read, caller, { ...page, statuses: ['pending', 'failed'] })).toHaveLength(10);
  expect(await listDeliveries(db.read, caller, { ...page, events: ['qr.*', 'contact.updated'] })).toEqual([]);
  expect(await listDeliveries(db.read, caller, { ...page, events: ['message.*'] })).toHaveLength(10);
  const atMs = db.now();
  expect(await listDeliveries(db.read, caller, { ...page, fromMs: atMs + 1 })).toEqual([]);
  expect(await listDeliveries(db.read, caller, { ...page, fromMs: 0, toMs: atMs + 1 })).toHaveLength(10);
  expect(await listDeliveries(db.read, caller, { ...page, toMs: 1 })).toEqual([]);
  const newest = await listDeliveries(db.read, caller, { before: null, limit: 4 });
  const older = await listDeliveries(db.read, caller, { before: newest.at(-1)?.id ?? null, limit: 100 });
  const all = [...newest, ...older].map(({ id }) => id);
  expect(all).toHaveLength(10);
  expect(all).toEqual([...all].sort().reverse());
});
