import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type Db, openDatabase } from '../../db/index.ts';
import { newId } from '../../lib/index.ts';
import type { Caller } from '../customers/index.ts';
import type { EventFilter } from '../webhooks/index.ts';
import { listEventsOfMessage, requireEvent, requireResumable } from './list-events.ts';
import { type NewEvent, recordEvent } from './record-event.ts';
import { pullEvents, readLogEnd, scanEvents } from './scan-events.ts';

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

const all: EventFilter = { events: ['*'], instanceIds: null, chatTypes: 'all', chatIds: null };

const pull = async (
  db: Db,
  caller: Caller,
  filter: Partial<EventFilter> = {},
  page: Partial<Parameters<typeof pullEvents>[3]> = {},
) => (await pullEvents(db.read, caller, { ...all, ...filter }, { after: null, limit: 9, ...page })).ids;

const idsOf = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);

test("events are pulled oldest first, page by page, and no other customer's", async () => {
  const db = await openDb();
  const caller = callerOf();
  const ids = [];
  for (let n = 0; n < 5; n += 1) ids.push((await recordFor(db, caller)).id);
  await recordFor(db, callerOf());
  const [first, , third, , last] = ids;
  const page = (after: typeof first, limit: number) =>
    pullEvents(db.read, caller, all, { after: after ?? null, limit });
  expect(await page(undefined, 3)).toEqual({ ids: ids.slice(0, 3), upTo: third, more: true });
  expect(await page(first, 9)).toEqual({ ids: ids.slice(1), upTo: last, more: false });
  expect(await page(last, 9)).toEqual({ ids: [], upTo: last, more: false });
  expect(await readLogEnd(db.read, caller.customerId)).toBe(last);
  expect(await readLogEnd(db.read, newId('cus', 1))).toBeNull();
});

test('what is rare is found in bounded steps, each of which says how far it has looked', async () => {
  const db = await openDb();
  const caller = callerOf();
  const ids = await db.tx(async (tx) => {
    const made = [];
    for (let n = 0; n < 1_201; n += 1) {
      const type = n === 1_100 ? 'qr.updated' : 'message.sent';
      made.push((await recordEvent(tx, { customerId: caller.customerId, type, data: {} })).id);
    }
    return made;
  });
  const rare = { ...all, events: ['qr.*'] };
  const first = await scanEvents(db.read, caller, [rare], { after: null, limit: 9 });
  expect(first).toEqual({ ids: [], upTo: ids[499], more: true });
  const second = await scanEvents(db.read, caller, [rare], { after: first.upTo, limit: 9 });
  expect(second).toEqual({ ids: [], upTo: ids[999], more: true });
  const third = await scanEvents(db.read, caller, [rare], { after: second.upTo, limit: 9 });
  expect(third).toEqual({ ids: [ids[1_100]], upTo: ids[1_200], more: false });
  const pulled = await pullEvents(db.read, caller, rare, { after: null, limit: 9 });
  expect(pulled).toEqual({ ids: [ids[1_100]], upTo: ids[1_200], more: false });
});

test('a log can be gone on with behind an event of the same customer, and of nobody else', async () => {
  const db = await openDb();
  const caller = callerOf();
  const { id } = await recordFor(db, caller, { instanceId: newId('ins', 1) });
  await requireResumable(db.read, caller, id);
  await requireResumable(db.read, { ...caller, instanceId: newId('ins', 1) }, id);
  for (const [who, what] of [
    [callerOf(), id],
    [caller, newId('evt', 1)],
  ] as const) {
    await expect(requireResumable(db.read, who, what)).rejects.toMatchObject({ code: 'last_event_unknown' });
  }
});

test('a bound key sees the events of its instance alone', async () => {
  const db = await openDb();
  const [mine, other] = [newId('ins', 1), newId('ins', 1)];
  const caller = callerOf();
  const bound: Caller = { ...caller, instanceId: mine };
  const event = await recordFor(db, caller, { instanceId: mine });
  const hidden = [await recordFor(db, caller, { instanceId: other }), await recordFor(db, caller)];
  expect(await pull(db, bound)).toEqual([event.id]);
  expect(await pull(db, bound, { instanceIds: [other] })).toEqual([]);
  expect((await requireEvent(db.read, bound, event.id)).id).toBe(event.id);
  for (const { id } of hidden) {
    await expect(requireEvent(db.read, bound, id)).rejects.toMatchObject({ code: 'event_not_found' });
  }
  await expect(requireEvent(db.read, callerOf(), event.id)).rejects.toMatchObject({ code: 'event_not_found' });
});

test('events are found by type, by instance, by chat and by message', async () => {
  const db = await openDb();
  const caller = callerOf();
  const [instanceId, messageId] = [newId('ins', 1), newId('msg', 1)];
  const queued = await recordFor(db, caller, { type: 'message.queued', instanceId, messageId });
  const sent = await recordFor(db, caller, { instanceId, messageId });
  await recordFor(db, caller);
  const chat = { id: newId('cht', 1), type: 'group' } as const;
  const inGroup = await recordFor(db, caller, { chat });
  expect(await pull(db, caller, { events: ['message.queued'] })).toEqual([queued.id]);
  expect(await pull(db, caller, { instanceIds: [instanceId] })).toEqual([queued.id, sent.id]);
  expect(await pull(db, caller, { chatIds: [chat.id] })).toEqual([inGroup.id]);
  expect(await pull(db, caller, { chatTypes: 'groups_only' })).toEqual([inGroup.id]);
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
  expect(await pull(db, caller)).toEqual([]);
  expect(topics).toEqual([]);
  await recordFor(db, caller);
  expect(topics).toEqual([`events/${caller.customerId}`]);
});
