import { expect, test } from 'vitest';
import {
  cancelReplay,
  countReplayable,
  listOpenReplays,
  listReplays,
  type ReplayWish,
  requireReplay,
  startReplay,
  workReplay,
} from '../../src/domain/events/index.ts';
import { disableEndpoint, type Endpoint } from '../../src/domain/webhooks/index.ts';
import { type Id, newId } from '../../src/lib/index.ts';
import { answerWith, type Gateway, openGateway, startReceiver, until } from './harness.ts';

const failed = { source: 'deliveries', status: 'failed', events: ['*'], instanceId: null, fromMs: 0 } as const;
const allEvents = { source: 'events', undeliveredOnly: false, events: ['*'], instanceId: null, fromMs: 0 } as const;

type Wish = { [K in ReplayWish['source']]: Omit<Extract<ReplayWish, { source: K }>, 'toMs'> & { toMs?: number } };

/** What is asked for now, up to now. */
const ask = (gateway: Gateway, wish: Wish[keyof Wish], endpoint?: Endpoint, caller = gateway.caller) => {
  const whole: ReplayWish = { toMs: gateway.db.now() + 1, ...wish };
  return gateway.db.tx((tx) => startReplay(tx, caller, endpoint?.id ?? null, whole));
};

/** One sweep, as the worker makes it. Answers the transactions that it took. */
async function sweep({ db }: Gateway): Promise<number> {
  let turns = 0;
  for (const part of await listOpenReplays(db.read)) {
    do turns += 1;
    while (await db.tx((tx) => workReplay(tx, part)));
  }
  return turns;
}

const read = (gateway: Gateway, id: Id<'rpl'>) => requireReplay(gateway.db.read, gateway.caller, id);

/** As if every attempt had been made. */
const fail = ({ db }: Gateway, status = 'failed') =>
  db.tx(async (tx) => {
    await tx.updateTable('deliveries').set({ status, attempts: 6 }).execute();
    await tx.deleteFrom('jobs').execute();
  });

const waiting = async ({ db }: Gateway, endpoint: Endpoint) =>
  (await db.read.selectFrom('jobs').select('ref').where('lane', '=', `deliver/${endpoint.id}`).orderBy('id').execute())
    .length;

test('what failed is delivered again under its event id, and nothing that was not asked for', async () => {
  const gateway = await openGateway();
  const receiver = await startReceiver();
  const { endpoint } = await gateway.createEndpoint(receiver.url);
  const { endpoint: other } = await gateway.createEndpoint(receiver.url);
  const instanceId = newId('ins', 1);
  await gateway.record({ instanceId });
  const fromMs = gateway.db.now() + 1;
  await until(() => gateway.db.now() > fromMs);
  const wanted = await gateway.record({ instanceId });
  await gateway.record({ instanceId, type: 'qr.updated' });
  await gateway.record();
  await fail(gateway);
  const wish = { ...failed, events: ['message.*'], instanceId, fromMs };
  const counted = await countReplayable(
    gateway.db.read,
    gateway.caller,
    endpoint.id,
    { ...wish, toMs: gateway.db.now() + 1 },
    async () => {},
  );
  expect(counted).toEqual({ count: 1, more: false });
  const replay = await ask(gateway, wish, endpoint);
  expect(replay).toMatchObject({ status: 'running', replayed: 0, finishedAt: null });
  await sweep(gateway);
  expect(await read(gateway, replay.id)).toMatchObject({ status: 'done', replayed: 1, skipped: 0 });
  await gateway.startWorker();
  await until(() => receiver.hits.length === 1);
  expect(receiver.hits[0]?.body.event_id).toBe(wanted.id);
  await until(async () => (await gateway.deliveries(endpoint)).some(({ status }) => status === 'delivered'));
  expect((await gateway.deliveries(endpoint)).filter(({ status }) => status === 'failed')).toHaveLength(3);
  expect((await gateway.deliveries(other)).every(({ status }) => status === 'failed')).toBe(true);
});

test('without an endpoint all that are enabled get their share', async () => {
  const gateway = await openGateway();
  const receiver = await startReceiver();
  const { endpoint: one } = await gateway.createEndpoint(receiver.url);
  const { endpoint: two } = await gateway.createEndpoint(receiver.url);
  const { endpoint: off } = await gateway.createEndpoint(receiver.url);
  await gateway.record();
  await gateway.record();
  await fail(gateway, 'delivered');
  await gateway.db.tx((tx) => disableEndpoint(tx, gateway.caller, off.id));
  expect(await sweep(gateway)).toBe(0);
  const none = await ask(gateway, failed);
  const all = await ask(gateway, { ...failed, status: 'delivered' });
  await sweep(gateway);
  expect(await read(gateway, none.id)).toMatchObject({ status: 'done', replayed: 0 });
  expect(await read(gateway, all.id)).toMatchObject({ status: 'done', replayed: 4 });
  expect([await waiting(gateway, one), await waiting(gateway, two), await waiting(gateway, off)]).toEqual([2, 2, 0]);
});

test('a long replay fills no lane, takes small steps, and goes on where it stopped whoever takes it up', async () => {
  const gateway = await openGateway();
  const receiver = await startReceiver();
  const { endpoint } = await gateway.createEndpoint(receiver.url);
  const { endpoint: second } = await gateway.createEndpoint(receiver.url);
  for (let n = 0; n < 12; n += 1) await Promise.all(Array.from({ length: 100 }, () => gateway.record()));
  await fail(gateway);
  const replay = await ask(gateway, failed, endpoint);
  const [part] = await listOpenReplays(gateway.db.read);
  if (!part) throw new Error('nothing to do');
  expect(await gateway.db.tx((tx) => workReplay(tx, part))).toBe(true);
  expect(await waiting(gateway, endpoint)).toBe(100);
  await sweep(gateway);
  await sweep(gateway);
  expect(await waiting(gateway, endpoint)).toBe(500);
  expect(await read(gateway, replay.id)).toMatchObject({ status: 'running', replayed: 500 });
  await gateway.startWorker();
  await until(async () => {
    await sweep(gateway);
    return (await read(gateway, replay.id)).status === 'done';
  });
  await until(() => receiver.hits.length === 1_200);
  expect(await read(gateway, replay.id)).toMatchObject({ status: 'done', replayed: 1_200 });
  const ids = new Set(receiver.hits.map(({ body }) => body.event_id));
  expect(ids.size).toBe(1_200);
  expect(await waiting(gateway, second)).toBe(0);
}, 60_000);

test('an endpoint gets what was recorded before it was made, once, and what its receiver lost, again', async () => {
  const gateway = await openGateway();
  const receiver = await startReceiver();
  const early = [await gateway.record(), await gateway.record()];
  await gateway.record({ type: 'qr.updated' });
  const { endpoint } = await gateway.createEndpoint(receiver.url, { events: ['message.*'] });
  const later = await gateway.record();
  await fail(gateway, 'delivered');
  const missing = await ask(gateway, { ...allEvents, undeliveredOnly: true }, endpoint);
  await sweep(gateway);
  expect(await read(gateway, missing.id)).toMatchObject({ status: 'done', replayed: 2, skipped: 1 });
  await gateway.startWorker();
  await until(() => receiver.hits.length === 2);
  await until(async () => (await gateway.deliveries(endpoint)).every(({ status }) => status === 'delivered'));
  expect(receiver.hits.map(({ body }) => body.event_id).sort()).toEqual(early.map(({ id }) => id));
  const all = await ask(gateway, allEvents, endpoint);
  await sweep(gateway);
  expect(await read(gateway, all.id)).toMatchObject({ status: 'done', replayed: 3, skipped: 0 });
  await until(() => receiver.hits.length === 5);
  expect(receiver.hits.slice(2).map(({ body }) => body.event_id)).toContain(later.id);
  expect(await gateway.deliveries(endpoint)).toHaveLength(3);
});

test('what is being tried is left alone', async () => {
  const gateway = await openGateway();
  const receiver = await startReceiver(answerWith(500));
  const { endpoint } = await gateway.createEndpoint(receiver.url, { retryWaitsMs: [0, 60_000] });
  await gateway.record();
  await gateway.startWorker();
  await until(() => receiver.hits.length === 1);
  await until(async () => (await gateway.deliveries(endpoint))[0]?.status === 'retrying');
  const replay = await ask(gateway, allEvents, endpoint);
  await sweep(gateway);
  expect(await read(gateway, replay.id)).toMatchObject({ status: 'done', replayed: 0, skipped: 1 });
  expect(await waiting(gateway, endpoint)).toBe(1);
});

test('a replay is refused for what is disabled, is not there or is too much, and writes nothing', async () => {
  const gateway = await openGateway();
  const { endpoint } = await gateway.createEndpoint('https://example.com/hook');
  const stranger = await gateway.createCustomer();
  const code = (name: string) => expect.objectContaining({ code: name });
  await expect(ask(gateway, failed, endpoint, stranger)).rejects.toEqual(code('endpoint_not_found'));
  await gateway.record();
  for (let n = 0; n < 5; n += 1) await ask(gateway, failed, endpoint);
  await expect(ask(gateway, failed, endpoint)).rejects.toEqual(code('limit_reached'));
  const replays = await listReplays(gateway.db.read, gateway.caller, { before: null, limit: 10 });
  expect(replays).toHaveLength(5);
  expect(await listReplays(gateway.db.read, stranger, { before: null, limit: 10 })).toEqual([]);
  const [first] = replays;
  if (!first) throw new Error('no replay');
  await expect(requireReplay(gateway.db.read, stranger, first.id)).rejects.toEqual(code('replay_not_found'));
  await sweep(gateway);
  await gateway.db.tx((tx) => disableEndpoint(tx, gateway.caller, endpoint.id));
  await expect(ask(gateway, failed, endpoint)).rejects.toEqual(code('endpoint_disabled'));
});

test('a replay ends when its endpoint is disabled, and when it is cancelled', async () => {
  const gateway = await openGateway();
  const { endpoint } = await gateway.createEndpoint('https://example.com/hook');
  await gateway.record();
  await fail(gateway);
  const cancelled = await ask(gateway, failed, endpoint);
  const cancel = () => gateway.db.tx((tx) => cancelReplay(tx, gateway.caller, cancelled.id));
  expect(await cancel()).toMatchObject({ status: 'cancelled', replayed: 0 });
  expect(await cancel()).toMatchObject({ status: 'cancelled' });
  const cut = await ask(gateway, failed, endpoint);
  await gateway.db.tx((tx) => disableEndpoint(tx, gateway.caller, endpoint.id));
  await sweep(gateway);
  expect(await read(gateway, cut.id)).toMatchObject({ status: 'done', replayed: 0 });
  expect(await waiting(gateway, endpoint)).toBe(0);
  const audit = await gateway.db.read.selectFrom('audit_events').select('action').orderBy('id').execute();
  expect(audit.map(({ action }) => action).filter((action) => action.startsWith('replay.'))).toEqual([
    'replay.started',
    'replay.cancelled',
    'replay.started',
  ]);
});

test('a bound key replays what it sees: to its own endpoints, of its own instance', async () => {
  const gateway = await openGateway();
  const [own, other] = [newId('ins', 1), newId('ins', 1)];
  const bound = { ...gateway.caller, instanceId: own };
  const { endpoint: all } = await gateway.createEndpoint('https://example.com/all');
  const { endpoint: mine } = await gateway.createEndpoint('https://example.com/mine', {}, bound);
  for (const instanceId of [own, other, null]) await gateway.record({ instanceId });
  await fail(gateway);
  await expect(ask(gateway, failed, all, bound)).rejects.toMatchObject({ code: 'endpoint_not_found' });
  const replay = await ask(gateway, failed, undefined, bound);
  await sweep(gateway);
  expect(await read(gateway, replay.id)).toMatchObject({ status: 'done', replayed: 1 });
  expect([await waiting(gateway, all), await waiting(gateway, mine)]).toEqual([0, 1]);
  const wide = await ask(gateway, failed);
  await expect(requireReplay(gateway.db.read, bound, wide.id)).rejects.toMatchObject({ code: 'replay_not_found' });
});
