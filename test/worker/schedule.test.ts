import { afterEach, beforeEach, expect, test } from 'vitest';
import { deleteInstance } from '../../src/domain/instances/index.ts';
import { cancelMessage, endSchedule, rescheduleMessage } from '../../src/domain/messages/index.ts';
import type { Id } from '../../src/lib/index.ts';
import { waitFor } from '../support/wait.ts';
import { startWorkerLab, type WorkerLab } from '../support/worker-lab.ts';

const ana = '4915111111111';
const hourMs = 3_600_000;

let lab: WorkerLab;
let shop: Id<'ins'>;
beforeEach(async () => {
  lab = await startWorkerLab();
  shop = await lab.link();
});
afterEach(() => lab.close());

const waitForStatus = (id: Id<'msg'>, status: string) => waitFor(status, async () => (await lab.status(id)) === status);
const sentTexts = () =>
  lab.network.sessions.flatMap(({ sent }) =>
    sent.map(({ payload }) => JSON.parse(Buffer.from(payload).toString()).text),
  );
const setDue = (id: Id<'msg'>, sendAtMs: number | null) =>
  lab.db.tx((tx) => rescheduleMessage(tx, lab.caller, id, { sendAtMs }));

test('what is put off waits outside of the lane, and those behind it go first', async () => {
  const later = await lab.accept(shop, ana, 'later', Date.now() + hourMs);
  const now = await lab.accept(shop, ana, 'now');
  await waitForStatus(now, 'sent');
  expect(await lab.status(later)).toBe('scheduled');
  await setDue(later, null);
  await waitForStatus(later, 'sent');
  expect(sentTexts()).toEqual(['now', 'later']);
  const told = (await lab.events()).filter((type) => type.startsWith('message.'));
  expect(told.filter((type) => type !== 'message.sent')).toEqual([
    'message.scheduled',
    'message.queued',
    'message.scheduled',
    'message.queued',
  ]);
});

test('several that are due go in the order of their times, whatever the order in which they were accepted', async () => {
  const ids: Id<'msg'>[] = [];
  for (const [text, minutes] of [
    ['third', 30],
    ['first', 10],
    ['second', 20],
  ] as const) {
    ids.push(await lab.accept(shop, ana, text, Date.now() + minutes * 60_000));
  }
  await lab.db.tx((tx) =>
    tx
      .updateTable('messages')
      .set((eb) => ({ send_at: eb('send_at', '-', hourMs) }))
      .where('id', 'in', ids)
      .execute(),
  );
  for (const id of ids) await waitForStatus(id, 'sent');
  expect(sentTexts()).toEqual(['first', 'second', 'third']);
});

test('one that became due while no worker ran is sent once by the next', async () => {
  const id = await lab.accept(shop, ana, 'due', Date.now() + hourMs);
  await lab.worker().stop();
  await setDue(id, Date.now() - 1000);
  await lab.replaceWorker();
  await waitFor('a session', () => lab.network.sessions.length > 2);
  lab.network.last().host.say({ state: 'connected', self: { phone: '4915100000001' } });
  await waitForStatus(id, 'sent');
  expect(sentTexts()).toEqual(['due']);
});

test('one that waits can be cancelled, and changed only while it waits', async () => {
  const id = await lab.accept(shop, ana, 'never', Date.now() + hourMs);
  const moved = await setDue(id, Date.now() + 2 * hourMs);
  expect(Date.parse(String(moved.send_at))).toBeGreaterThan(Date.now() + hourMs);
  await lab.db.tx((tx) => cancelMessage(tx, lab.caller, id));
  expect(await lab.status(id)).toBe('cancelled');
  await expect(setDue(id, null)).rejects.toMatchObject({ code: 'message_not_scheduled' });
});

test('it must not expire before its time', async () => {
  const id = await lab.accept(shop, ana, 'late', Date.now() + hourMs);
  await expect(
    lab.db.tx((tx) => rescheduleMessage(tx, lab.caller, id, { expiresAtMs: Date.now() + 1000 })),
  ).rejects.toMatchObject({ code: 'invalid_request' });
});

test('what waits on an instance that is deleted is cancelled', async () => {
  const id = await lab.accept(shop, ana, 'never', Date.now() + hourMs);
  await lab.db.tx(async (tx) => {
    await endSchedule(tx, lab.caller, shop);
    await deleteInstance(tx, lab.caller, shop);
  });
  await waitForStatus(id, 'cancelled');
  expect(sentTexts()).toEqual([]);
});
