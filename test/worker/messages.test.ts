import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cancelMessage } from '../../src/domain/messages/index.ts';
import type { Id } from '../../src/lib/index.ts';
import type { InboundUpdate } from '../../src/network/index.ts';
import { letIn } from '../support/fake-network.ts';
import { pause, waitFor } from '../support/wait.ts';
import { startWorkerLab, type WorkerLab } from '../support/worker-lab.ts';

let lab: WorkerLab;
let shop: Id<'ins'>;
const ana = '4915111111111';
const ben = '4915122222222';

beforeEach(async () => {
  lab = await startWorkerLab();
  shop = await lab.link();
});
afterEach(() => lab.close());

/** Well past every wait of the set-up. */
const longAfter = () => pause(500);

const sentTexts = () =>
  lab.network.sessions.flatMap(({ sent }) =>
    sent.map(({ payload }) => JSON.parse(Buffer.from(payload).toString()).text),
  );

const waitForStatus = (id: Id<'msg'>, status: string) =>
  waitFor(`status ${status}`, async () => (await lab.status(id)) === status);

/** What a session journals when WhatsApp delivers a stanza; the fake reads its meaning from the stanza. */
const deliver = (updates: readonly InboundUpdate[], dedupeKey = randomBytes(8).toString('hex')) =>
  lab.network.last().host.store.commit({
    inbound: { dedupeKey, kind: 'message', stanza: Buffer.from(JSON.stringify(updates)), parts: [], complete: true },
  });

const text = (
  networkId: string,
  from: { phone?: string; lid?: string; name?: string },
  words: string,
): InboundUpdate => ({
  kind: 'message',
  networkId,
  chat: { kind: 'person', contact: from },
  author: from,
  fromMe: false,
  content: { type: 'text', text: words },
  atMs: Date.now(),
});

const inbound = () =>
  lab.db.read
    .selectFrom('messages')
    .select(['network_id', 'contact_id', 'chat_id', 'content'])
    .where('direction', '=', 'in')
    .orderBy('id')
    .execute();

test('a chat is sent in the order of acceptance and each message is sent once', async () => {
  const ids: Id<'msg'>[] = [];
  for (let index = 0; index < 30; index += 1) ids.push(await lab.accept(shop, ana, `${index}`));
  for (const id of ids) await waitForStatus(id, 'sent');
  expect(sentTexts()).toEqual(ids.map((_, index) => `${index}`));
  expect((await lab.events()).filter((type) => type === 'message.sent')).toHaveLength(30);
});

test('an unknown outcome is sent again after the reconnect with the same id and the same bytes', async () => {
  let tries = 0;
  lab.network.answerSends(() => {
    tries += 1;
    if (tries > 1) return { kind: 'accepted', atMs: Date.now() };
    lab.network.last().close('send_stalled');
    return { kind: 'unknown', reason: 'no ack' };
  });
  const before = lab.network.sessions.length;
  const id = await lab.accept(shop, ana, 'in doubt');
  await waitFor('a reconnect', () => lab.network.sessions.length > before);
  expect(await lab.status(id)).toBe('sending');
  letIn(lab.network);
  await waitForStatus(id, 'sent');
  const [first, second] = lab.network.sessions.flatMap(({ sent }) => sent);
  expect(second).toMatchObject({ networkId: first?.networkId, destination: first?.destination, again: true });
  expect(Buffer.from(second?.payload ?? []).equals(Buffer.from(first?.payload ?? []))).toBe(true);
});

test('what certainly did not leave is sent later and is not called a repetition', async () => {
  let tries = 0;
  lab.network.answerSends(() => {
    tries += 1;
    return tries === 1 ? { kind: 'not_sent', reason: 'closing' } : { kind: 'accepted', atMs: Date.now() };
  });
  const id = await lab.accept(shop, ana, 'later');
  await waitForStatus(id, 'sent');
  expect(lab.network.last().sent.map(({ again }) => again)).toEqual([false, false]);
});

test('a refusal that concerns one message fails it and lets the rest go on', async () => {
  lab.network.answerSends(({ destination }) =>
    destination.endsWith(ana)
      ? { kind: 'refused', code: 'rejected_by_whatsapp', scope: 'message', detail: '479' }
      : { kind: 'accepted', atMs: Date.now() },
  );
  const refused = await lab.accept(shop, ana, 'no');
  const fine = await lab.accept(shop, ben, 'yes');
  await waitForStatus(fine, 'sent');
  await waitForStatus(refused, 'failed');
  expect(await lab.events()).toContain('message.failed');
});

test('463 fails the message it answers, holds what waits, and is not tried again until it is over', async () => {
  lab.network.answerSends(() => {
    lab.network.last().host.say({ state: 'restricted', code: 463, untilMs: Date.now() + 1500 });
    return { kind: 'refused', code: 'account_restricted', scope: 'instance', detail: '463' };
  });
  const first = await lab.accept(shop, ana, 'one');
  await waitForStatus(first, 'failed');
  await lab.waitForState(shop, 'restricted', 'account_restricted');
  const held = await lab.accept(shop, ben, 'two');
  await longAfter();
  expect(await lab.status(held)).toBe('queued');
  expect(sentTexts()).toEqual(['one']);

  lab.network.answerSends(() => ({ kind: 'accepted', atMs: Date.now() }));
  await waitForStatus(held, 'sent');
  await lab.waitForState(shop, 'connected');
});

test('a reconnect lifts no restriction', async () => {
  lab.network.last().host.say({ state: 'restricted', code: 475, untilMs: Date.now() + 60_000 });
  await lab.waitForState(shop, 'restricted', 'new_chat_limit');
  const before = lab.network.sessions.length;
  lab.network.last().close('network');
  await waitFor('a reconnect', () => lab.network.sessions.length > before);
  letIn(lab.network);
  await lab.waitForState(shop, 'restricted', 'new_chat_limit');
});

test('"too fast" holds the number for a while and then goes on', async () => {
  let tries = 0;
  lab.network.answerSends(() => {
    tries += 1;
    return tries === 1
      ? { kind: 'refused', code: 'rate_limited', scope: 'instance', detail: '429' }
      : { kind: 'accepted', atMs: Date.now() };
  });
  await waitForStatus(await lab.accept(shop, ana, 'too fast'), 'failed');
  const next = await lab.accept(shop, ana, 'next');
  await waitForStatus(next, 'sent');
});

test('messages wait while the line is down and leave in order when it is back', async () => {
  const before = lab.network.sessions.length;
  lab.network.last().close('network');
  const ids = [await lab.accept(shop, ana, 'a'), await lab.accept(shop, ana, 'b')];
  await waitFor('a reconnect', () => lab.network.sessions.length > before);
  await longAfter();
  expect(sentTexts()).toEqual([]);
  while (lab.network.last().closed) await pause(10);
  letIn(lab.network);
  for (const id of ids) await waitForStatus(id, 'sent');
  expect(sentTexts()).toEqual(['a', 'b']);
});

test('a queued message can be cancelled, and one that has left cannot', async () => {
  const before = lab.network.sessions.length;
  lab.network.last().close('network');
  await waitFor('a reconnect', () => lab.network.sessions.length > before);
  const id = await lab.accept(shop, ana, 'never mind');
  await lab.db.tx((tx) => cancelMessage(tx, lab.caller, id));
  expect(await lab.status(id)).toBe('cancelled');
  while (lab.network.last().closed) await pause(10);
  letIn(lab.network);
  const sent = await lab.accept(shop, ana, 'do mind');
  await waitForStatus(sent, 'sent');
  await expect(lab.db.tx((tx) => cancelMessage(tx, lab.caller, sent))).rejects.toMatchObject({
    code: 'message_not_cancellable',
  });
  expect(sentTexts()).toEqual(['do mind']);
});

test('a message that nobody could send in its time expires and is not sent', async () => {
  const before = lab.network.sessions.length;
  lab.network.last().close('network');
  await waitFor('a reconnect', () => lab.network.sessions.length > before);
  const id = await lab.accept(shop, ana, 'too late');
  await lab.db.tx((tx) => tx.updateTable('messages').set({ expires_at: 1 }).where('id', '=', id).execute());
  while (lab.network.last().closed) await pause(10);
  letIn(lab.network);
  await waitForStatus(id, 'expired');
  expect(sentTexts()).toEqual([]);
});

test('a recipient who could not be asked about is asked about before the message leaves', async () => {
  lab.network.answerLookUps((phone) =>
    phone === ana
      ? { phone, exists: false }
      : { phone, exists: true, identity: { phone, lid: '888' }, destination: 'where WhatsApp says' },
  );
  const before = lab.network.sessions.length;
  lab.network.last().close('network');
  await waitFor('a reconnect', () => lab.network.sessions.length > before);
  const nobody = await lab.accept(shop, ana, 'anyone there?');
  const somebody = await lab.accept(shop, ben, 'hello');
  await lab.db.tx((tx) => tx.updateTable('messages').set({ destination: null }).execute());
  while (lab.network.last().closed) await pause(10);
  letIn(lab.network);
  await waitForStatus(nobody, 'failed');
  await waitForStatus(somebody, 'sent');
  const row = await lab.db.read.selectFrom('messages').select('error_code').where('id', '=', nobody).executeTakeFirst();
  expect(row?.error_code).toBe('recipient_not_on_whatsapp');
  expect(lab.network.sessions.flatMap(({ sent }) => sent).map(({ destination }) => destination)).toEqual([
    'where WhatsApp says',
  ]);
});

test('receipts move a status forward only, and what they skip is said too', async () => {
  const id = await lab.accept(shop, ana, 'hello');
  await waitForStatus(id, 'sent');
  const { networkId } = lab.network.last().sent[0] ?? { networkId: '' };
  const receipt = (kind: 'delivered' | 'read' | 'played'): InboundUpdate => ({
    kind: 'receipt',
    networkIds: [networkId, 'somebody-elses'],
    receipt: kind,
    chat: { kind: 'person', contact: { phone: ana } },
    contact: { phone: ana },
    atMs: Date.now(),
  });
  await deliver([receipt('played')]);
  await waitForStatus(id, 'played');
  await deliver([receipt('delivered'), receipt('read')]);
  await longAfter();
  expect(await lab.status(id)).toBe('played');
  const events = (await lab.events()).filter((type) => type.startsWith('message.'));
  expect(events).toEqual(['message.queued', 'message.sent', 'message.delivered', 'message.read', 'message.played']);
});

test('a receipt that overtakes the ack settles the message and nothing is sent again', async () => {
  lab.network.answerSends(() => {
    lab.network.last().close('send_stalled');
    return { kind: 'unknown', reason: 'no ack' };
  });
  const before = lab.network.sessions.length;
  const id = await lab.accept(shop, ana, 'arrived');
  await waitFor('a reconnect', () => lab.network.sessions.length > before);
  const { networkId } = lab.network.sessions.flatMap(({ sent }) => sent)[0] ?? { networkId: '' };
  await deliver([
    {
      kind: 'receipt',
      networkIds: [networkId],
      receipt: 'delivered',
      chat: { kind: 'person', contact: { phone: ana } },
      contact: { phone: ana },
      atMs: Date.now(),
    },
  ]);
  await waitForStatus(id, 'delivered');
  letIn(lab.network);
  await lab.waitForState(shop, 'connected');
  await longAfter();
  expect(sentTexts()).toEqual(['arrived']);
});

test('a message that is delivered twice, or sent again by its writer, is recorded once', async () => {
  await deliver([text('M1', { phone: ana, lid: '777' }, 'hello')], 'same stanza');
  await deliver([text('M1', { phone: ana, lid: '777' }, 'hello')], 'same stanza');
  await deliver([text('M1', { phone: ana, lid: '777' }, 'hello')]);
  await deliver([text('M2', { phone: ana, lid: '777' }, 'world')]);
  await waitFor('both', async () => (await inbound()).length === 2);
  await longAfter();
  expect((await inbound()).map(({ network_id: networkId }) => networkId)).toEqual(['M1', 'M2']);
  expect((await lab.events()).filter((type) => type === 'message.received')).toHaveLength(2);
});

test('the same id from two people is two messages', async () => {
  await deliver([text('M1', { phone: ana, lid: '777' }, 'from Ana')]);
  await deliver([text('M1', { phone: ben, lid: '888' }, 'from Ben')]);
  await waitFor('both', async () => (await inbound()).length === 2);
});

test('a contact known by LID and by number apart is merged when the two turn out to be one', async () => {
  await deliver([text('M1', { lid: '777' }, 'as LID')]);
  await lab.accept(shop, ana, 'to the number');
  await waitFor('the first', async () => (await inbound()).length === 1);
  const contacts = () => lab.db.read.selectFrom('contacts').select('id').where('merged_into', 'is', null).execute();
  expect(await contacts()).toHaveLength(2);

  await deliver([text('M2', { phone: ana, lid: '777', name: 'Ana' }, 'as both')]);
  await waitFor('the second', async () => (await inbound()).length === 2);
  expect(await contacts()).toHaveLength(1);
  const rows = await lab.db.read.selectFrom('messages').select(['contact_id', 'chat_id']).execute();
  expect(new Set(rows.map((row) => row.contact_id)).size).toBe(1);
  expect(new Set(rows.map((row) => row.chat_id)).size).toBe(1);
  expect(await lab.events()).toContain('contact.updated');

  // The chat that is left knows what it has seen.
  await deliver([text('M1', { phone: ana, lid: '777' }, 'as LID')]);
  await longAfter();
  expect(await inbound()).toHaveLength(2);
});

test('one broken stanza is set aside with an event and those behind it go on', async () => {
  lab.network.interpretAs((record) => {
    const said = Buffer.from(record.stanza).toString();
    if (said === 'broken') throw new Error('nobody foresaw this');
    return JSON.parse(said);
  });
  await lab.network.last().host.store.commit({
    inbound: { dedupeKey: 'b', kind: 'message', stanza: Buffer.from('broken'), parts: [], complete: true },
  });
  await deliver([text('M2', { phone: ana }, 'fine')]);
  await waitFor('the one behind', async () => (await inbound()).length === 1);
  expect(await lab.events()).toContain('message.undecryptable');
  const aside = await lab.db.read
    .selectFrom('inbound')
    .select('set_aside')
    .where('set_aside', 'is not', null)
    .execute();
  expect(aside).toHaveLength(1);
});

test('what cannot be read is an event, never silence', async () => {
  await deliver([
    {
      kind: 'undecryptable',
      networkId: 'M9',
      chat: { kind: 'person', contact: { phone: ana } },
      author: { phone: ana },
      reason: 'no session',
      atMs: Date.now(),
    },
  ]);
  await waitFor('the event', async () => (await lab.events()).includes('message.undecryptable'));
});

test('messages written on the phone itself appear as sent by the device', async () => {
  await deliver([{ ...text('OWN1', { phone: ana }, 'typed on the phone'), fromMe: true } as InboundUpdate]);
  const rows = await waitFor('the row', async () => {
    const found = await lab.db.read.selectFrom('messages').select(['source', 'status', 'direction']).execute();
    return found.length > 0 ? found : undefined;
  });
  expect(rows).toEqual([{ source: 'device', status: 'sent', direction: 'out' }]);
});

test('two instances send at the same time and a slow one holds up nobody else', async () => {
  const other = await lab.link();
  const gate = Promise.withResolvers<void>();
  lab.network.answerSends(async ({ destination }) => {
    if (destination.endsWith(ana)) await gate.promise;
    return { kind: 'accepted', atMs: Date.now() };
  });
  const slow = await lab.accept(shop, ana, 'slow');
  const quick = await lab.accept(other, ben, 'quick');
  await waitForStatus(quick, 'sent');
  expect(await lab.status(slow)).toBe('sending');
  gate.resolve();
  await waitForStatus(slow, 'sent');
});
