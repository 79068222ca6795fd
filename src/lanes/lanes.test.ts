import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Db, openDatabase } from '../db/index.ts';
import { type Id, newId } from '../lib/index.ts';
import {
  adoptLanes,
  endPausesOver,
  enqueueJob,
  finishJob,
  type Lane,
  LaneLost,
  laneKey,
  listReadyLanes,
  mergeOrderKeys,
  parkLane,
  readPlace,
  registerWorker,
  retireOthers,
  retryJob,
  type TakenJob,
  takeJobs,
  unparkLane,
  withdrawJob,
} from './index.ts';

let folder: string;
let db: Db;
const announced: string[] = [];
const worker = newId('wrk', 1);
const customerId = newId('cus', 1);
const lane: Lane = { family: 'send', customerId, scopeId: newId('ins', 1) };
const key = laneKey(lane);

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-lanes-'));
  const outcome = await openDatabase({ path: join(folder, 'sluice.db'), onBroken: () => {} });
  if (outcome.kind !== 'open') throw new Error('newer schema');
  db = outcome.db;
  announced.length = 0;
  db.onAnnounce((topic) => announced.push(topic));
  await register(worker, 60_000);
});

afterEach(async () => {
  await db.close();
  rmSync(folder, { recursive: true, force: true });
});

const register = (id: Id<'wrk'>, leaseMs: number) =>
  db.tx((tx) =>
    registerWorker(tx, {
      id,
      lease_until: tx.now + leaseMs,
      build: 'test',
      config_fingerprint: '',
      schema_min: 1,
      schema_max: 1,
      capacity: 1,
      control_version: 0,
      started_at: tx.now,
    }),
  );

/** No route makes a pause yet; what holds lanes is its row. */
async function pause(row: { family: string; scope: string; scopeId: string; until?: number }): Promise<Id<'pau'>> {
  const id = newId('pau', Date.now());
  const { family, scope, scopeId: scope_id, until = null } = row;
  const values = { id, family, scope, scope_id, mode: 'hold', reason: 'maintenance', notice_id: null, until };
  await db.tx((tx) =>
    tx
      .insertInto('pauses')
      .values({ ...values, created_at: tx.now })
      .execute(),
  );
  return id;
}

async function endPause(id: Id<'pau'>): Promise<void> {
  await db.tx((tx) => tx.updateTable('pauses').set({ until: 1 }).where('id', '=', id).execute());
  while (await db.tx(endPausesOver));
}

const enqueue = (ref: string, orderKey = 'chat', notBefore?: number, into: Lane = lane) =>
  db.tx((tx) => enqueueJob(tx, into, { kind: 'test', ref, orderKey, ...(notBefore !== undefined && { notBefore }) }));

const take = (inFlightMax = 1, by = worker, from = key) =>
  db.tx((tx) => takeJobs(tx, { lane: from, worker: by, inFlightMax }));

async function takeRefs(inFlightMax = 1): Promise<{ refs: string[]; jobs: readonly TakenJob[] }> {
  const taking = await take(inFlightMax);
  const jobs = taking.kind === 'taken' ? taking.jobs : [];
  return { refs: jobs.map(({ ref }) => ref), jobs };
}

async function takeOne(): Promise<TakenJob> {
  const { jobs } = await takeRefs();
  const [job] = jobs;
  if (!job) throw new Error('nothing to take');
  return job;
}

test('a lane is taken from the head, one at a time, in the order of acceptance', async () => {
  for (const ref of ['a', 'b', 'c']) await enqueue(ref);
  const done: string[] = [];
  for (let round = 0; round < 3; round += 1) {
    const job = await takeOne();
    expect((await take()).kind).toBe('idle');
    await db.tx((tx) => finishJob(tx, job));
    done.push(job.ref);
  }
  expect(done).toEqual(['a', 'b', 'c']);
  expect((await take()).kind).toBe('idle');
});

test('a job that is tried again keeps its place in its chat and lets other chats go on', async () => {
  await enqueue('a1', 'a');
  await enqueue('b1', 'b');
  await enqueue('a2', 'a');
  const a1 = await takeOne();
  await db.tx((tx) => retryJob(tx, a1, tx.now + 60_000));
  const b1 = await takeOne();
  expect(b1.ref).toBe('b1');
  await db.tx((tx) => finishJob(tx, b1));
  expect((await take()).kind).toBe('idle');
});

test('many can be in flight when their order keys differ, and never two of one', async () => {
  for (const [ref, order] of [
    ['a1', 'a'],
    ['a2', 'a'],
    ['b1', 'b'],
    ['c1', 'c'],
  ] as const)
    await enqueue(ref, order);
  const first = await takeRefs(8);
  expect(first.refs).toEqual(['a1', 'b1', 'c1']);
  for (const job of first.jobs) await db.tx((tx) => finishJob(tx, job));
  expect((await takeRefs(8)).refs).toEqual(['a2']);
});

test('the bound on jobs in flight is kept', async () => {
  for (let index = 0; index < 12; index += 1) await enqueue(`j${index}`, `key-${index}`);
  expect((await takeRefs(8)).refs).toHaveLength(8);
  expect((await takeRefs(8)).refs).toHaveLength(0);
});

test('a lane becomes ready when its next job comes due', async () => {
  const dueAt = Date.now() + 150;
  await enqueue('later', 'chat', dueAt);
  expect((await take()).kind).toBe('idle');
  const ready = (atMs: number) => listReadyLanes(db, { worker, family: 'send', atMs, limit: 10 });
  expect(await ready(dueAt - 1)).toEqual([]);
  expect(await ready(dueAt)).toEqual([key]);
});

test('a pause holds lanes that are born during it, and two pauses do not release each other', async () => {
  const everyone = await pause({ family: 'send', scope: 'all', scopeId: '' });
  const customer = await pause({ family: 'send', scope: 'customer', scopeId: customerId });
  await enqueue('held');
  expect((await take()).kind).toBe('parked');
  await endPause(everyone);
  expect((await take()).kind).toBe('parked');
  await endPause(customer);
  expect((await takeRefs()).refs).toEqual(['held']);
});

test('a pause of one customer holds no other, and one of deliveries holds no send', async () => {
  await pause({ family: 'send', scope: 'customer', scopeId: newId('cus', 2) });
  await pause({ family: 'deliver', scope: 'customer', scopeId: customerId });
  await enqueue('free');
  expect((await takeRefs()).refs).toEqual(['free']);
});

test('a pause whose time is over holds nothing and is taken away', async () => {
  await pause({ family: 'all', scope: 'all', scopeId: '', until: Date.now() - 1 });
  await enqueue('free');
  expect((await takeRefs()).refs).toEqual(['free']);
  expect(await db.tx(endPausesOver)).toBe(true);
  expect(await db.tx(endPausesOver)).toBe(false);
});

test('a parked lane stands still until it is unparked, and is announced then', async () => {
  await enqueue('a');
  await db.tx((tx) => parkLane(tx, key, 'connection'));
  await enqueue('b');
  expect((await take()).kind).toBe('parked');
  expect(await listReadyLanes(db, { worker, family: 'send', atMs: Date.now(), limit: 10 })).toEqual([]);
  announced.length = 0;
  await db.tx((tx) => unparkLane(tx, lane));
  expect(announced).toEqual([key]);
  expect((await takeRefs()).refs).toEqual(['a']);
});

test('a worker that was taken over can neither finish nor put back what it had taken', async () => {
  await enqueue('a');
  const job = await takeOne();
  await register(worker, -1);
  const successor = newId('wrk', 2);
  await register(successor, 60_000);
  await db.tx((tx) => adoptLanes(tx, successor));

  await expect(db.tx((tx) => finishJob(tx, job))).rejects.toThrow(LaneLost);
  await expect(db.tx((tx) => retryJob(tx, job, 0))).rejects.toThrow(LaneLost);
  expect((await take()).kind).toBe('not_ours');
  const again = await take(1, successor);
  expect(again).toMatchObject({ kind: 'taken', jobs: [{ ref: 'a', attempts: 2 }] });
});

test('lanes of a worker whose lease runs are left to it', async () => {
  await enqueue('a');
  await takeOne();
  const other = newId('wrk', 3);
  await register(other, 60_000);
  await db.tx((tx) => adoptLanes(tx, other));
  expect((await take(1, other)).kind).toBe('not_ours');
});

test('a process that is alone takes over at once what a dead one had, however long its lease runs', async () => {
  await enqueue('a');
  const job = await takeOne();
  const successor = newId('wrk', 4);
  await db.tx((tx) => retireOthers(tx, successor));
  await register(successor, 60_000);
  await db.tx((tx) => adoptLanes(tx, successor));
  expect(await take(1, successor)).toMatchObject({ kind: 'taken', jobs: [{ ref: 'a' }] });
  await expect(db.tx((tx) => finishJob(tx, job))).rejects.toThrow(LaneLost);
});

test('a job can be withdrawn until it is taken', async () => {
  await enqueue('a');
  await enqueue('b');
  expect(await db.tx((tx) => withdrawJob(tx, lane, 'b'))).toBe(true);
  await takeOne();
  expect(await db.tx((tx) => withdrawJob(tx, lane, 'a'))).toBe(false);
});

test('the place in a lane counts those before it', async () => {
  for (const ref of ['a', 'b', 'c']) await enqueue(ref);
  expect(await readPlace(db.read, lane, 'c', 100)).toBe(3);
  const job = await takeOne();
  await db.tx((tx) => finishJob(tx, job));
  expect(await readPlace(db.read, lane, 'c', 100)).toBe(2);
  expect(await readPlace(db.read, lane, 'a', 100)).toBeUndefined();
});

test('a pause that ends wakes what it held before it is gone, so a crash in between leaves no lane behind', async () => {
  const id = await pause({ family: 'send', scope: 'all', scopeId: '' });
  // One more than is woken at once.
  const lanes = Array.from({ length: 501 }, (_, index): Lane => ({ ...lane, scopeId: newId('ins', index + 10) }));
  await db.tx(async (tx) => {
    for (const each of lanes) await enqueueJob(tx, each, { kind: 'test', ref: 'held', orderKey: '' });
    for (const each of lanes) await parkLane(tx, laneKey(each), `pause:${id}`);
    await tx.updateTable('pauses').set({ until: 1 }).execute();
  });
  const held = async () =>
    (await db.read.selectFrom('lanes').select('key').where('parked_by', 'is not', null).execute()).length;
  const pauses = async () => (await db.read.selectFrom('pauses').select('id').execute()).length;
  expect(await db.tx(endPausesOver)).toBe(true);
  expect([await held(), await pauses()]).toEqual([1, 1]);
  while (await db.tx(endPausesOver));
  expect([await held(), await pauses()]).toEqual([0, 0]);
});

test('a job that was withdrawn or finished lets the next of its order key go on', async () => {
  for (const ref of ['a', 'b', 'c']) await enqueue(ref);
  await db.tx((tx) => withdrawJob(tx, lane, 'a'));
  const job = await takeOne();
  expect(job.ref).toBe('b');
  await db.tx((tx) => finishJob(tx, job));
  expect((await takeRefs()).refs).toEqual(['c']);
});

test('order keys that turn out to be one are done one after the other, also when one of them was in flight', async () => {
  for (const [ref, order] of [
    ['a1', 'a'],
    ['b1', 'b'],
    ['a2', 'a'],
    ['b2', 'b'],
  ] as const)
    await enqueue(ref, order);
  const a1 = await takeOne();
  await db.tx((tx) => mergeOrderKeys(tx, lane, 'a', 'b'));
  expect((await takeRefs(8)).refs).toEqual([]);
  await db.tx((tx) => retryJob(tx, a1, tx.now + 60_000));
  expect((await take()).kind).toBe('idle');
  await db.tx((tx) => tx.updateTable('jobs').set({ not_before: 0 }).execute());
  const done: string[] = [];
  for (let round = 0; round < 4; round += 1) {
    const job = await takeOne();
    done.push(job.ref);
    await db.tx((tx) => finishJob(tx, job));
  }
  expect(done).toEqual(['a1', 'b1', 'a2', 'b2']);
});

test('a job whose wait is over goes before those that came meanwhile, or a lane that never runs dry would keep it for ever', async () => {
  await enqueue('waits', 'chat of its own');
  const job = await takeOne();
  await db.tx((tx) => retryJob(tx, job, tx.now + 1000));
  for (const ref of ['b', 'c', 'd']) await enqueue(ref, ref);
  const next = await takeOne();
  expect(next.ref).toBe('b');
  await new Promise((resolve) => setTimeout(resolve, 1100));
  await db.tx((tx) => finishJob(tx, next));
  expect((await takeOne()).ref).toBe('waits');
});
