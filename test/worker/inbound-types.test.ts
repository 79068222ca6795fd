import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listMessages } from '../../src/domain/messages/index.ts';
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
