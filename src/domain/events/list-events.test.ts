import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type Db, openDatabase } from '../../db/index.ts';
import { newId } from '../../lib/index.ts';
import type { Caller } from '../customers/index.ts';
import { listEventsAfter, listEventsOfMessage, requireEvent } from './list-events.ts';
import { type NewEvent, recordEvent } from './record-event.ts';

const opened: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function openDb(): Promise<Db> {
  const folder = await mkdtemp(join(tmpdir(), 'events-'));
  opened.push(() => rm(folder, { recursive: true }));
  const onBroken = (error: unknown) => {
    throw error;
  };
  const outcome = await openDatabase({ path: join(folder, 'sluice.db'), onBroken });
  if (outcome.kind !== 'open') throw new Error(outcome.kind);
  opened.push(() => outcome.db.close());
  return outcome.db;
}

const callerOf = (instanceId: Caller['instanceId'] = null): Caller => ({
  customerId: newId('cus', 1),
  actor: 'key:key_test',
  instanceId,
  correlationId: null,
});

const recordFor = (db: Db, caller: Caller, event: Partial<NewEvent> = {}) =>
  db.tx((tx) => recordEvent(tx, { customerId: caller.customerId, type: 'message.sent', data: {}, ...event }));

const idsOf = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);

test("events are pulled oldest first, page by page, and no other customer's", async () => {
  const db = await openDb();
  const caller = callerOf();
  const ids = [];
  for (let n = 0; n < 5; n += 1) ids.push((await recordFor(db, caller)).id);
  await recordFor(db, callerOf());
  const [first, , , , last] = ids;
  expect(idsOf(await listEventsAfter(db.read, caller, { after: null, limit: 3 }))).toEqual(ids.slice(0, 3));
  expect(idsOf(await listEventsAfter(db.read, caller, { after: first ?? null, limit: 9 }))).toEqual(ids.slice(1));
  expect(await listEventsAfter(db.read, caller, { after: last ?? null, limit: 9 })).toEqual([]);
});

test('a bound key sees the events of its instance alone', async () => {
  const db = await openDb();
  const [mine, other] = [newId('ins', 1), newId('ins', 1)];
  const caller = callerOf();
  const bound: Caller = { ...caller, instanceId: mine };
  const event = await recordFor(db, caller, { instanceId: mine });
  const hidden = [await recordFor(db, caller, { instanceId: other }), await recordFor(db, caller)];
  expect(idsOf(await listEventsAfter(db.read, bound, { after: null, limit: 9 }))).toEqual([event.id]);
  expect(await listEventsAfter(db.read, bound, { after: null, limit: 9, instanceId: other })).toEqual([]);
  expect((await requireEvent(db.read, bound, event.id)).id).toBe(event.id);
  for (const { id } of hidden) {
    await expect(requireEvent(db.read, bound, id)).rejects.toMatchObject({ code: 'event_not_found' });
  }
  await expect(requireEvent(db.read, callerOf(), event.id)).rejects.toMatchObject({ code: 'event_not_found' });
});

test('events are found by type, by instance and by message', async () => {
  const db = await openDb();
  const caller = callerOf();
  const [instanceId, messageId] = [newId('ins', 1), newId('msg', 1)];
  const queued = await recordFor(db, caller, { type: 'message.queued', instanceId, messageId });
  const sent = await recordFor(db, caller, { instanceId, messageId });
  await recordFor(db, caller);
  const page = { after: null, limit: 9 };
  expect(idsOf(await listEventsAfter(db.read, caller, { ...page, type: 'message.queued' }))).toEqual([queued.id]);
  expect(idsOf(await listEventsAfter(db.read, caller, { ...page, instanceId }))).toEqual([queued.id, sent.id]);
  expect(idsOf(await listEventsOfMessage(db.read, caller, messageId, 9))).toEqual([queued.id, sent.id]);
  expect(await listEventsOfMessage(db.read, callerOf(), messageId, 9)).toEqual([]);
});

test('a fact that is rolled back leaves no event and rings no bell', async () => {
  const db = await openDb();
  const caller = callerOf();
  const topics: string[] = [];
  db.onAnnounce((topic) => topics.push(topic));
  const failed = db.tx(async (tx) => {
    await recordEvent(tx, { customerId: caller.customerId, type: 'message.sent', data: {} });
    throw new Error('no');
  });
  await expect(failed).rejects.toThrow('no');
  expect(await listEventsAfter(db.read, caller, { after: null, limit: 9 })).toEqual([]);
  expect(topics).toEqual([]);
  await recordFor(db, caller);
  expect(topics).toEqual([`events/${caller.customerId}`]);
});
