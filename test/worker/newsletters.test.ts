import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Id } from '../../src/lib/index.ts';
import type { InboundUpdate, NewsletterChange } from '../../src/network/index.ts';
import { newsletterInfo } from '../support/newsletter-info.ts';
import { waitFor } from '../support/wait.ts';
import { startWorkerLab, type WorkerLab } from '../support/worker-lab.ts';

let lab: WorkerLab;
let shop: Id<'ins'>;

beforeEach(async () => {
  lab = await startWorkerLab();
  shop = await lab.link();
});
afterEach(() => lab.close());

const chat = { kind: 'newsletter', address: newsletterInfo().address } as const;
const notice = (change: NewsletterChange): InboundUpdate => ({ kind: 'newsletter', chat, change, atMs: Date.now() });
const post = (networkId: string): InboundUpdate => ({
  kind: 'message',
  networkId,
  chat,
  author: {},
  fromMe: false,
  content: { type: 'text', text: 'news' },
  atMs: Date.now(),
});

/** Answers when all of them were recorded. */
async function deliver(...updates: InboundUpdate[]): Promise<void> {
  const dedupeKey = randomBytes(8).toString('hex');
  const stanza = Buffer.from(JSON.stringify(updates));
  await lab.network.last().host.store.commit({
    inbound: { dedupeKey, kind: 'notification', stanza, parts: [], complete: true },
  });
  await waitFor('the stanza to be recorded', async () => {
    const rows = await lab.db.read.selectFrom('inbound').select(['recorded_at', 'set_aside']).execute();
    return rows.every((row) => row.recorded_at !== null && row.set_aside === null);
  });
}

const told = async () => {
  const rows = await lab.db.read
    .selectFrom('events')
    .select(['type', 'data', 'chat_type'])
    .where('type', 'like', 'newsletter.%')
    .orderBy('id')
    .execute();
  return rows.map((row) => ({ ...row, data: JSON.parse(row.data) }));
};
const onRecord = () => lab.db.read.selectFrom('newsletters').selectAll().where('instance_id', '=', shop).execute();

test('what another device of the number does is told once, however often WhatsApp says it', async () => {
  const followed = notice({ what: 'followed', newsletter: newsletterInfo({ role: null }) });
  const renamed = notice({ what: 'updated', fields: { name: 'Renamed' } });
  const left = notice({ what: 'unfollowed' });
  await deliver(followed, followed, renamed, renamed, notice({ what: 'muted', muted: true }), left, left);
  expect(await told()).toMatchObject([
    { type: 'newsletter.followed', chat_type: 'newsletter', data: { newsletter: { role: 'subscriber' } } },
    { type: 'newsletter.updated', data: { newsletter: { muted: false }, changes: { name: 'Renamed' } } },
    { type: 'newsletter.unfollowed', data: { newsletter: { role: 'guest', muted: null } } },
  ]);
  expect(await onRecord()).toMatchObject([{ name: 'Renamed', role: 'guest' }]);
});

test('one that the number made on its phone is created, not followed', async () => {
  await deliver(notice({ what: 'followed', newsletter: newsletterInfo({ role: 'owner' }) }));
  expect((await told()).map(({ type }) => type)).toEqual(['newsletter.created']);
});

test('one that something comes from is on record, and what is learnt of it later is no news', async () => {
  await deliver(post('N1'), post('N2'));
  expect(await onRecord()).toMatchObject([{ name: null, role: null }]);
  await deliver(notice({ what: 'followed', newsletter: newsletterInfo() }));
  expect(await onRecord()).toMatchObject([{ name: 'News', role: 'subscriber' }]);
  expect(await told()).toEqual([]);
});

test('what ends with one that is not on record, as after it was deleted, puts it on no list', async () => {
  await deliver(notice({ what: 'unfollowed' }), notice({ what: 'muted', muted: true }));
  expect(await onRecord()).toEqual([]);
  expect(await told()).toEqual([]);
});
