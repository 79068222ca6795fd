import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listMessages, readReceipts } from '../../src/domain/messages/index.ts';
import type { Id } from '../../src/lib/index.ts';
import type { InboundUpdate } from '../../src/network/index.ts';
import { waitFor } from '../support/wait.ts';
import { startWorkerLab, type WorkerLab } from '../support/worker-lab.ts';

let lab: WorkerLab;
let shop: Id<'ins'>;
const ana = { phone: '4915111111111', lid: '777' };
const ben = { phone: '4915122222222', lid: '888' };
const group = { kind: 'group', address: 'bakers@group' } as const;

beforeEach(async () => {
  lab = await startWorkerLab();
  shop = await lab.link();
});
afterEach(() => lab.close());

/** Of one message. */
const earlyChangesMax = 200;

type Message = Extract<InboundUpdate, { kind: 'message' }>;

/** Delivers updates as one stanza and waits until it is recorded. */
async function deliver(...updates: InboundUpdate[]): Promise<void> {
  const dedupeKey = randomBytes(8).toString('hex');
  const stanza = Buffer.from(JSON.stringify(updates));
  await lab.network.last().host.store.commit({
    inbound: { dedupeKey, kind: 'message', stanza, parts: [], complete: true },
  });
  await waitFor('the stanza to be recorded', async () => {
    const row = await lab.db.read
      .selectFrom('inbound')
      .select('recorded_at')
      .where('dedupe_key', '=', dedupeKey)
      .executeTakeFirst();
    return row?.recorded_at !== null && row !== undefined;
  });
}

type Change = Extract<InboundUpdate, { kind: 'message_change' }>;

const changed = (target: Change['target'], change: Change['change'], more: Partial<Change> = {}): Change => ({
  kind: 'message_change',
  networkId: randomBytes(4).toString('hex'),
  chat: { kind: 'person', contact: ana },
  author: ana,
  fromMe: false,
  target,
  change,
  raw: Buffer.from('{}'),
  atMs: Date.now(),
  ...more,
});

/** What happened since, the oldest first, without what else goes on. */
const changes = async () => {
  const rows = await lab.db.read.selectFrom('events').select(['type', 'data']).orderBy('id').execute();
  return rows
    .filter(({ type }) => /^message\.(reaction|edited|deleted|poll_vote|event_response|un|pin|kept)/.test(type))
    .map(({ type, data }) => ({ type, ...JSON.parse(data) }));
};

const said = (networkId: string, more: Partial<Message> = {}): Message => ({
  kind: 'message',
  networkId,
  chat: { kind: 'person', contact: ana },
  author: ana,
  fromMe: false,
  content: { type: 'text', text: networkId },
  atMs: Date.now(),
  ...more,
});

/** What the API shows, newest first. */
const list = () => listMessages(lab.db.read, lab.caller, { instanceId: shop, before: null, limit: 50 });

test('a message shows what it carries in fields of its type', async () => {
  const media = { mimeType: 'image/jpeg', bytes: 5, sha256: 'ab' };
  await deliver(said('M1', { content: { type: 'image', media, caption: 'Look' } }));
  await deliver(said('M2', { content: { type: 'live_location', latitude: 1, longitude: 2, accuracyMeters: 3 } }));
  await deliver(
    said('M3', { context: { forwarded: true, forwardingScore: 5, viewOnce: true, disappearingSeconds: 60 } }),
  );
  expect(await list()).toMatchObject([
    { type: 'text', forwarded: true, forwarding_score: 5, view_once: true, disappearing_seconds: 60, reply_to: null },
    { type: 'live_location', latitude: 1, longitude: 2, accuracy_meters: 3 },
    { type: 'image', caption: 'Look', media: { mime_type: 'image/jpeg', bytes: 5, sha256: 'ab' } },
  ]);
});

test('those who are mentioned are contacts, also after two of them turned out to be one', async () => {
  const mentions = [{ lid: '888' }, { phone: '4915122222222' }];
  await deliver(said('M1', { chat: group, context: { mentions } }));
  const [before] = await list();
  expect(before).toMatchObject({
    mentions: [
      { lid: '888', phone_number: null },
      { lid: null, phone_number: '4915122222222' },
    ],
  });
  await deliver(said('M2', { chat: group, author: { ...ben, name: 'Ben' } }));
  const [, after] = await list();
  const both = { lid: '888', phone_number: '4915122222222', name: 'Ben' };
  expect(after).toMatchObject({ mentions: [both, both] });
});

test('an answer leads to the message that it answers', async () => {
  await deliver(said('M1', { chat: group }), said('M1', { chat: group, author: ben }));
  const quoted = { type: 'text', text: 'as Ana wrote' };
  const answer = (networkId: string, author: typeof ana) =>
    said(networkId, {
      chat: group,
      author: ben,
      context: { replyTo: { networkId: 'M1', fromMe: false, author, quoted } },
    });
  await deliver(answer('M2', ana));
  const [newest, , anas] = await list();
  expect(newest).toMatchObject({
    reply_to: { message_id: anas?.id, network_message_id: 'M1', contact: { lid: '777' }, ...quoted },
  });
  const unknown = { networkId: 'gone', fromMe: false, author: { lid: '999' } };
  await deliver(said('M3', { context: { replyTo: unknown } }));
  expect((await list())[0]).toMatchObject({
    reply_to: { message_id: null, network_message_id: 'gone', contact: null, type: null, text: null },
  });
  const contacts = await lab.db.read.selectFrom('contact_identities').where('value', '=', '999').selectAll().execute();
  expect(contacts).toEqual([]);
});

test('an answer to us, and one in private to what was said in a group, lead there as well', async () => {
  const id = await lab.accept(shop, ana.phone, 'Fresh bread');
  const networkId = await waitFor('the send', () => lab.network.last().sent[0]?.networkId);
  await deliver(said('M1', { context: { replyTo: { networkId, fromMe: true } } }));
  expect((await list())[0]).toMatchObject({ reply_to: { message_id: id, contact: null } });
  // Somebody else's chat does not make it theirs.
  await deliver(
    said('M2', {
      chat: { kind: 'person', contact: ben },
      author: ben,
      context: { replyTo: { networkId, fromMe: true } },
    }),
  );
  expect((await list())[0]).toMatchObject({ reply_to: { message_id: null, network_message_id: networkId } });

  await deliver(said('G1', { chat: group }));
  const groupMessage = (await list())[0]?.id;
  const replyTo = { networkId: 'G1', fromMe: false, author: ana, chat: group };
  await deliver(said('M3', { chat: { kind: 'person', contact: ben }, author: ben, context: { replyTo } }));
  expect((await list())[0]).toMatchObject({ reply_to: { message_id: groupMessage, contact: { lid: '777' } } });
});

test('a person has one reaction on a message, and takes it back', async () => {
  await deliver(said('M1'));
  const target = { networkId: 'M1', fromMe: false, author: ana };
  await deliver(changed(target, { type: 'reaction', emoji: '👍' }));
  await deliver(changed(target, { type: 'reaction', emoji: '🍞' }));
  await deliver(changed(target, { type: 'reaction', emoji: '❤️' }, { fromMe: true, author: { phone: '1' } }));
  expect((await list())[0]).toMatchObject({ reactions: [{ emoji: '🍞' }, { emoji: '❤️', contact_id: null }] });
  await deliver(changed(target, { type: 'reaction', emoji: null }));
  expect((await list())[0]).toMatchObject({ reactions: [{ emoji: '❤️' }] });
  const told = await changes();
  expect(told.map(({ type, emoji }) => [type, emoji])).toEqual(
    ['👍', '🍞', '❤️', null].map((emoji) => ['message.reaction', emoji]),
  );
  expect(told[0]).toMatchObject({ contact: { lid: '777' }, message: { reactions: [{ emoji: '👍' }] } });
  expect(told[2]).toMatchObject({ contact: null });
});

test('who wrote a message edits it and takes it back, and nobody else does', async () => {
  await deliver(said('M1', { chat: group }), said('M2', { chat: group, author: ben }));
  const id = await lab.accept(shop, ana.phone, 'Fresh bread');
  const ours = await waitFor('the send', () => lab.network.last().sent[0]?.networkId);
  const edit = { type: 'edit', content: { type: 'text', text: 'forged' } } as const;
  const removal = { type: 'delete', byAdmin: false } as const;
  const anas = { networkId: 'M1', fromMe: false, author: ana };
  for (const forged of [edit, removal]) {
    await deliver(changed(anas, forged, { chat: group, author: ben }));
    await deliver(changed({ networkId: ours, fromMe: true }, forged));
    await deliver(changed(anas, forged, { chat: group, author: {}, fromMe: true }));
    // Known in another chat only.
    await deliver(changed(anas, forged));
  }
  expect((await changes()).map(({ message_id: messageId }) => messageId)).toEqual([null, null]);
  const refused = await lab.db.read
    .selectFrom('message_steps')
    .select(['message_id', 'detail'])
    .where('step', '=', 'change_refused')
    .execute();
  expect(refused).toHaveLength(6);
  expect(refused.filter((step) => step.message_id === id)).toHaveLength(2);
  for (const view of await list()) expect(view).toMatchObject({ edited_at: null, deleted_at: null });

  await deliver(changed(anas, { type: 'edit', content: { type: 'text', text: 'better' } }, { chat: group }));
  await deliver(changed(anas, removal, { chat: group }));
  await deliver(changed({ networkId: ours, fromMe: true }, removal, { fromMe: true }));
  const views = new Map((await list()).map((view) => [view.network_message_id, view]));
  expect(views.get('M1')).toMatchObject({
    text: 'better',
    edited_at: expect.any(String),
    deleted_at: expect.any(String),
  });
  expect(views.get('M2')).toMatchObject({ deleted_at: null });
  expect(views.get(ours)).toMatchObject({ deleted_at: expect.any(String) });
  expect((await changes()).slice(2).map(({ type, text }) => [type, text])).toEqual([
    ['message.edited', 'better'],
    ['message.deleted', undefined],
    ['message.deleted', undefined],
  ]);
});

test('whether somebody is an admin is for the group’s members to say, where they are on record', async () => {
  await deliver(said('M1', { chat: group }), said('M2', { chat: group, author: ben }));
  const [bens, anas] = await list();
  const member = (view: typeof anas, role: string) => ({
    chat_id: asId(view?.chat_id),
    contact_id: asId((view?.contact as { id: string } | undefined)?.id),
    role,
  });
  await lab.db.tx((tx) =>
    tx
      .insertInto('group_members')
      .values([member(anas, 'admin'), member(bens, 'member')])
      .execute(),
  );
  const removal = { type: 'delete', byAdmin: true } as const;
  const plain = { type: 'delete', byAdmin: false } as const;
  await deliver(changed({ networkId: 'M1', fromMe: false, author: ana }, removal, { chat: group, author: ben }));
  await deliver(changed({ networkId: 'M2', fromMe: false, author: ben }, plain, { chat: group, author: ana }));
  const [second, first] = await list();
  expect([typeof second?.deleted_at, first?.deleted_at]).toEqual(['string', null]);
});

/** Views have ids as plain text. */
const asId = (id: unknown) => id as never;

test('an admin of a group takes back what others wrote, and only there', async () => {
  await deliver(said('M1', { chat: group }), said('M2'));
  const removal = { type: 'delete', byAdmin: true } as const;
  await deliver(changed({ networkId: 'M1', fromMe: false, author: ana }, removal, { chat: group, author: ben }));
  await deliver(changed({ networkId: 'M2', fromMe: false, author: ana }, removal, { fromMe: true }));
  const [second, first] = await list();
  expect([typeof first?.deleted_at, second?.deleted_at]).toEqual(['string', null]);
});

test('a caption is edited as a text is', async () => {
  await deliver(said('M1', { content: { type: 'image', media: {}, caption: 'Loo' } }));
  const content = { type: 'image', media: {}, caption: 'Look' } as const;
  await deliver(changed({ networkId: 'M1', fromMe: false, author: ana }, { type: 'edit', content }));
  expect((await list())[0]).toMatchObject({ type: 'image', caption: 'Look' });
});

test('a vote is opened with what came with its poll, and counts once a person', async () => {
  const poll = { type: 'poll', question: 'Which?', options: ['Rye', 'Spelt'], selectable: 1 } as const;
  await deliver(said('P1', { content: poll, raw: Buffer.from('secret') }), said('T1', { raw: Buffer.from('secret') }));
  const sealed = { type: 'sealed', what: 'poll_vote' } as const;
  const vote = (options: readonly string[], secret = 'secret', networkId = 'P1') =>
    changed({ networkId, fromMe: false, author: ana }, sealed, {
      raw: Buffer.from(JSON.stringify({ secret, change: { type: 'poll_vote', options } })),
    });
  await deliver(vote(['Rye']));
  await deliver(vote(['Spelt']));
  await deliver(vote(['Rye'], 'wrong'));
  await deliver(vote(['Rye'], 'secret', 'T1'));
  expect((await list()).find(({ type }) => type === 'poll')).toMatchObject({ votes: [{ options: ['Spelt'] }] });
  await deliver(vote([]));
  expect((await list()).find(({ type }) => type === 'poll')).toMatchObject({ votes: [] });
  expect((await changes()).map(({ options }) => options)).toEqual([['Rye'], ['Spelt'], []]);
});

test('a change that comes before its message is told at once, and done and told when the message comes', async () => {
  const target = { networkId: 'M1', fromMe: false, author: ana };
  const poll = { type: 'poll', question: 'Which?', options: ['Rye'], selectable: 1 } as const;
  await deliver(changed(target, { type: 'reaction', emoji: '👍' }));
  const raw = Buffer.from(JSON.stringify({ secret: 's', change: { type: 'poll_vote', options: ['Rye'] } }));
  await deliver(changed(target, { type: 'sealed', what: 'poll_vote' }, { raw }));
  expect(await changes()).toMatchObject([
    { type: 'message.reaction', message_id: null, network_message_id: 'M1', emoji: '👍', message: null },
    { type: 'message.poll_vote', message_id: null, options: null },
  ]);
  await deliver(said('M1', { content: poll, raw: Buffer.from('s') }));
  const [view] = await list();
  expect(view).toMatchObject({ reactions: [{ emoji: '👍' }], votes: [{ options: ['Rye'] }] });
  expect((await changes()).slice(2)).toMatchObject([
    { type: 'message.reaction', message_id: view?.id },
    { type: 'message.poll_vote', message_id: view?.id, options: ['Rye'] },
  ]);
  expect(await lab.db.read.selectFrom('early_changes').selectAll().execute()).toEqual([]);
});

test('a change that came before its message finds it, though the two chats turn out to be one in between', async () => {
  await deliver(said('M0', { chat: { kind: 'person', contact: { phone: ana.phone } }, author: { phone: ana.phone } }));
  const byLid = { chat: { kind: 'person', contact: { lid: ana.lid } }, author: { lid: ana.lid } } as const;
  await deliver(changed({ networkId: 'M1', fromMe: false }, { type: 'reaction', emoji: '👍' }, byLid));
  await deliver(said('M1'));
  expect((await list())[0]).toMatchObject({ network_message_id: 'M1', reactions: [{ emoji: '👍' }] });
});

test('changes of a message that nobody has are kept in a bounded number', async () => {
  const target = { networkId: 'never', fromMe: false, author: ana };
  const many = Array.from({ length: earlyChangesMax + 5 }, () => changed(target, { type: 'reaction', emoji: 'x' }));
  await deliver(...many);
  expect(await lab.db.read.selectFrom('early_changes').selectAll().execute()).toHaveLength(earlyChangesMax);
  expect(await changes()).toHaveLength(earlyChangesMax + 5);
});

test('pins, keeps and answers to events are told', async () => {
  const event = { name: 'Baking', cancelled: false, extraGuestsAllowed: true };
  await deliver(said('E1', { content: { type: 'event', event } }));
  const target = { networkId: 'E1', fromMe: false, author: ana };
  await deliver(changed(target, { type: 'pin', on: true, seconds: 60 }));
  await deliver(changed(target, { type: 'pin', on: false }));
  await deliver(changed(target, { type: 'keep', on: true }));
  await deliver(changed(target, { type: 'keep', on: false }));
  await deliver(changed(target, { type: 'event_response', response: 'going', extraGuests: 2 }));
  await deliver(changed(target, { type: 'edit', content: { type: 'event', event: { ...event, cancelled: true } } }));
  expect((await changes()).map(({ type }) => type.replace('message.', ''))).toEqual([
    'pinned',
    'unpinned',
    'kept',
    'unkept',
    'event_response',
    'edited',
  ]);
  expect((await list())[0]).toMatchObject({ event: { name: 'Baking', cancelled: true } });
});

test('how long messages of a chat stay is an event of the chat, whoever has set it', async () => {
  const timer = (seconds: number): InboundUpdate => ({
    kind: 'chat_change',
    chat: { kind: 'person', contact: ana },
    change: { what: 'timer', seconds },
    atMs: Date.now(),
    initial: false,
  });
  await deliver(timer(86_400));
  await deliver(timer(86_400));
  expect((await lab.events()).filter((type) => type === 'chat.updated')).toHaveLength(1);
});

test('stories are events of their own, and newsletters have no author', async () => {
  await deliver(said('S1', { chat: { kind: 'story', address: 'stories' } }));
  await deliver(said('N1', { chat: { kind: 'newsletter', address: 'news' }, author: {} }));
  await deliver(said('N1', { chat: { kind: 'newsletter', address: 'news' }, author: {} }));
  expect(await list()).toMatchObject([
    { chat_type: 'newsletter', contact: null },
    { chat_type: 'story', contact: { lid: '777' } },
  ]);
  const events = (await lab.events()).filter((type) => type.endsWith('.received'));
  expect(events).toEqual(['story.received', 'message.received']);
});

/** A message of ours to many, written on the phone. */
async function writeTo(chat: {
  kind: 'group' | 'story';
  address: string;
}): Promise<{ id: Id<'msg'>; networkId: string }> {
  await deliver(said('OURS', { chat, fromMe: true, author: { phone: '1' } }));
  const [view] = await list();
  if (!view) throw new Error('nothing was recorded');
  return { id: view.id, networkId: 'OURS' };
}

const receiptOf = (
  networkId: string,
  receipt: 'delivered' | 'read' | 'played',
  contact: typeof ana,
  chat: Extract<InboundUpdate, { kind: 'receipt' }>['chat'],
): InboundUpdate => ({ kind: 'receipt', networkIds: [networkId], receipt, chat, contact, atMs: Date.now() });

test('in a group each has receipts of their own, and the first of a kind moves the message', async () => {
  const { id, networkId } = await writeTo(group);
  await deliver(receiptOf(networkId, 'delivered', ana, group));
  await deliver(receiptOf(networkId, 'read', ben, group), receiptOf(networkId, 'delivered', ben, group));
  await deliver(receiptOf(networkId, 'read', ana, group));
  // Who is in no group with it says nothing about it.
  await deliver(receiptOf(networkId, 'played', ana, { kind: 'person', contact: ana }));
  expect(await lab.status(id)).toBe('read');
  const receipts = await readReceipts(lab.db.read, lab.caller, id);
  expect(
    receipts.map(({ contact, ...times }) => [contact.lid, ...Object.values(times).map((at) => at !== null)]),
  ).toEqual([
    ['777', true, true, false],
    ['888', true, true, false],
  ]);
  const rows = await lab.db.read.selectFrom('events').select(['type', 'data']).where('message_id', '=', id).execute();
  const told = rows.filter(({ type }) => /delivered|read/.test(type)).map(({ type, data }) => [type, JSON.parse(data)]);
  expect(told).toMatchObject([
    ['message.delivered', { contact: { lid: '777' } }],
    ['message.read', { contact: { lid: '888' } }],
  ]);
});

test('each who looks at a story is told once', async () => {
  const story = { kind: 'story', address: 'stories' } as const;
  const { networkId } = await writeTo(story);
  await deliver(receiptOf(networkId, 'delivered', ana, story), receiptOf(networkId, 'read', ana, story));
  await deliver(receiptOf(networkId, 'read', ana, story), receiptOf(networkId, 'read', ben, story));
  const rows = await lab.db.read.selectFrom('events').select('data').where('type', '=', 'story.viewed').execute();
  expect(rows.map(({ data }) => JSON.parse(data).contact.lid)).toEqual(['777', '888']);
});
