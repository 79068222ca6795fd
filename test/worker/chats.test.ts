import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { patchSettings } from '../../src/domain/instances/index.ts';
import type { Id } from '../../src/lib/index.ts';
import type { Identity, InboundUpdate } from '../../src/network/index.ts';
import { waitFor } from '../support/wait.ts';
import { startWorkerLab, type WorkerLab } from '../support/worker-lab.ts';

let lab: WorkerLab;
let shop: Id<'ins'>;

beforeEach(async () => {
  lab = await startWorkerLab();
  shop = await lab.link();
});
afterEach(() => lab.close());

const deliver = (...updates: readonly InboundUpdate[]) =>
  lab.network.last().host.store.commit({
    inbound: {
      dedupeKey: randomBytes(8).toString('hex'),
      kind: 'message',
      stanza: Buffer.from(JSON.stringify(updates)),
      parts: [],
      complete: true,
    },
  });

const text = (words: string, contact: Identity): InboundUpdate => ({
  kind: 'message',
  networkId: words,
  chat: { kind: 'person', contact },
  author: contact,
  fromMe: false,
  content: { type: 'text', text: words },
  atMs: Date.now(),
});

const chats = () =>
  lab.db.read
    .selectFrom('chats')
    .leftJoin('messages', 'messages.id', 'chats.last_message_id')
    .select(['chats.id', 'chats.unread_count', 'chats.archived', 'messages.network_id'])
    .orderBy('chats.id')
    .execute();

const settled = (count: number) =>
  waitFor('all to be recorded', async () => {
    const rows = await lab.db.read.selectFrom('inbound').select('id').where('recorded_at', 'is not', null).execute();
    return rows.length === count;
  });

const byPhone = { phone: '4915111111111' };
const byLid = { lid: '77' };

test('two chats that turn out to be one count their messages together', async () => {
  await deliver(text('one', byPhone), text('two', byLid), text('three', byPhone));
  await settled(1);
  expect(await chats()).toMatchObject([
    { unread_count: 2, network_id: 'three' },
    { unread_count: 1, network_id: 'two' },
  ]);
  await deliver(text('four', { ...byPhone, ...byLid }));
  await settled(2);
  expect(await chats()).toMatchObject([{ unread_count: 4, network_id: 'four' }]);
});

test('what was so before the number was linked is taken over in silence, and what is said twice is told once', async () => {
  const archive = (initial: boolean, on: boolean): InboundUpdate => ({
    kind: 'chat_change',
    chat: { kind: 'person', contact: byLid },
    change: { what: 'archive', on },
    atMs: Date.now(),
    initial,
  });
  await deliver(archive(true, true));
  await settled(1);
  expect(await chats()).toMatchObject([{ archived: 1 }]);
  expect((await lab.events()).filter((type) => type.startsWith('chat.'))).toEqual([]);
  await deliver(archive(false, true), archive(false, false), archive(false, false));
  await settled(2);
  expect((await lab.events()).filter((type) => type.startsWith('chat.'))).toEqual(['chat.archived']);
});

test('reading on the phone up to a message leaves unread what came later', async () => {
  await deliver(text('one', byLid), text('two', byLid), text('three', byLid));
  await deliver({
    kind: 'chat_read',
    chat: { kind: 'person', contact: byLid },
    networkIds: ['one', 'two', 'never seen'],
    atMs: Date.now(),
  });
  await settled(2);
  expect(await chats()).toMatchObject([{ unread_count: 1 }]);
  expect(await lab.events()).not.toContain('chat.read');
});

test('receipts that WhatsApp refuses are not asked for over and over, and leave the chat unread', async () => {
  lab.network.answerAsks((kind) =>
    kind === 'read_messages'
      ? { kind: 'refused', code: 'rejected', detail: 'no' }
      : { kind: 'done', answer: undefined },
  );
  await lab.db.tx((tx) => patchSettings(tx, lab.caller, shop, { read_receipts: 'always' }));
  const asked = () => lab.network.last().asked.filter(({ kind }) => kind === 'read_messages');
  await deliver(text('one', byLid));
  await waitFor('the receipt', () => asked().length === 1);
  await deliver(text('two', byLid));
  await waitFor('the next', () => asked().length === 2);
  expect(await chats()).toMatchObject([{ unread_count: 2 }]);
});
