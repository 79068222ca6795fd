import { afterEach, beforeEach, expect, test } from 'vitest';
import { patchSettings } from '../../src/domain/instances/index.ts';
import { makeJobDue } from '../../src/lanes/index.ts';
import { type Id, newId } from '../../src/lib/index.ts';
import type { InboundUpdate } from '../../src/network/index.ts';
import { pause, waitFor } from '../support/wait.ts';
import { startWorkerLab, type WorkerLab } from '../support/worker-lab.ts';

const ana = '4915111111111';
const ben = '4915122222222';
const cem = '4915133333333';

let lab: WorkerLab;
let shop: Id<'ins'>;
beforeEach(async () => {
  lab = await startWorkerLab();
  shop = await lab.link();
});
afterEach(() => lab.close());

const set = (patch: Parameters<typeof patchSettings>[3]) =>
  lab.db.tx((tx) => patchSettings(tx, lab.caller, shop, patch));
const sent = () => lab.network.last().sent.map(({ payload }) => JSON.parse(Buffer.from(payload).toString()).text);
/** Something comes in, and is on record. */
async function deliver(update: InboundUpdate): Promise<void> {
  const stanza = Buffer.from(JSON.stringify([update]));
  const capture = { dedupeKey: newId('job', Date.now()), kind: 'message', stanza, parts: [], complete: true } as const;
  await lab.network.last().host.store.commit({ inbound: capture });
  const row = lab.db.read.selectFrom('inbound').select('recorded_at').where('dedupe_key', '=', capture.dedupeKey);
  await waitFor('it is recorded', async () => Number((await row.executeTakeFirst())?.recorded_at) > 0);
}
const longAfter = () => pause(500);
const waitForStatus = (id: Id<'msg'>, status: string) => waitFor(status, async () => (await lab.status(id)) === status);

test("a minute's worth leaves at once, and the rest waits in order until the pace lets it go", async () => {
  await set({ messages_per_minute: 2 });
  for (const text of ['one', 'two', 'three']) await lab.accept(shop, ana, text);
  await waitFor('two sends', () => sent().length === 2);
  await longAfter();
  expect(sent()).toEqual(['one', 'two']);
  await set({ messages_per_minute: 6_000 });
  await lab.accept(shop, ben, 'four');
  await waitFor('all sends', () => sent().length === 4);
  expect(sent()).toEqual(['one', 'two', 'three', 'four']);
});

test('a pace that lets one go every few milliseconds lets all of them go', async () => {
  await set({ messages_per_minute: 3_000 });
  const ids = await Promise.all(Array.from({ length: 5 }, (_, index) => lab.accept(shop, ana, `${index}`)));
  for (const id of ids) await waitForStatus(id, 'sent');
});

test('strangers beyond the limit wait, and everybody else gets what is theirs', async () => {
  await set({ new_chats_per_day: 1 });
  const first = await lab.accept(shop, ana, 'to ana');
  await waitForStatus(first, 'sent');
  const held = await lab.accept(shop, ben, 'to ben');
  const behind = await lab.accept(shop, ben, 'to ben, too');
  const next = await lab.accept(shop, ana, 'to ana again');
  await waitForStatus(next, 'sent');
  await longAfter();
  expect([await lab.status(held), await lab.status(behind)]).toEqual(['queued', 'queued']);
  // Its turn comes again and again.
  await lab.db.tx((tx) => makeJobDue(tx, { family: 'send', scopeId: shop }, held));
  const job = lab.db.read.selectFrom('jobs').select('attempts').where('ref', '=', held).where('not_before', '>', 0);
  await waitFor('another turn', async () => Number((await job.executeTakeFirst())?.attempts) > 1);
  const steps = await lab.db.read.selectFrom('message_steps').select('step').where('message_id', '=', held).execute();
  expect(steps).toEqual([{ step: 'held_by_new_chat_limit' }]);
});

test('a chat that was begun counts as one, and is begun, when it turns out who else the person is', async () => {
  await set({ new_chats_per_day: 1 });
  const byLid = { kind: 'person', contact: { lid: '777' } } as const;
  const when = { atMs: Date.now(), initial: false };
  await deliver({ kind: 'chat_change', chat: byLid, change: { what: 'timer', seconds: 60 }, ...when });
  await waitForStatus(await lab.accept(shop, ana, 'to ana'), 'sent');
  await deliver({ kind: 'contact_named', contact: { phone: ana, lid: '777' }, savedName: 'Ana', initial: false });
  const held = await lab.accept(shop, ben, 'to ben');
  await waitForStatus(await lab.accept(shop, ana, 'to ana again'), 'sent');
  await longAfter();
  expect([sent(), await lab.status(held)]).toEqual([['to ana', 'to ana again'], 'queued']);
});

test('somebody who wrote first is no stranger', async () => {
  await set({ new_chats_per_day: 1 });
  await waitForStatus(await lab.accept(shop, ana, 'to ana'), 'sent');
  await deliver({
    kind: 'message',
    networkId: 'M1',
    chat: { kind: 'person', contact: { phone: cem } },
    author: { phone: cem },
    fromMe: false,
    content: { type: 'text', text: 'hi' },
    atMs: Date.now(),
  });
  await waitForStatus(await lab.accept(shop, cem, 'an answer'), 'sent');
});

test('a number that is set to type is seen typing before its message, and only then', async () => {
  await waitForStatus(await lab.accept(shop, ana, 'unseen'), 'sent');
  expect(lab.network.last().asked).toEqual([]);
  await set({ typing: 'on' });
  await waitForStatus(await lab.accept(shop, ana, 'seen'), 'sent');
  expect(lab.network.last().asked).toEqual([
    { kind: 'set_presence', input: { presence: 'typing', destination: `to-${ana}` } },
  ]);
});

test('a number that cannot be seen typing sends all the same', async () => {
  await set({ typing: 'on' });
  lab.network.answerAsks(() => ({ kind: 'refused', code: 'rejected', detail: 'no' }));
  await waitForStatus(await lab.accept(shop, ana, 'sent anyway'), 'sent');
});
