import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deleteInstance, requestUnlink } from '../../src/domain/instances/index.ts';
import { acceptMessage } from '../../src/domain/messages/index.ts';
import type { Id } from '../../src/lib/index.ts';
import type { InboundUpdate } from '../../src/network/index.ts';
import { letIn, scan } from '../support/fake-network.ts';
import { pause, waitFor } from '../support/wait.ts';
import { startWorkerLab, type WorkerLab } from '../support/worker-lab.ts';

let lab: WorkerLab;
let shop: Id<'ins'>;
const ana = '4915111111111';
const ben = '4915122222222';

const begin = async (env: Readonly<Record<string, string>> = {}) => {
  lab = await startWorkerLab(env);
  shop = await lab.link();
};

beforeEach(() => begin());
afterEach(() => lab.close());

const restart = async (env: Readonly<Record<string, string>>) => {
  await lab.close();
  await begin(env);
};

/** Well past every wait of the set-up. */
const longAfter = () => pause(500);

const sent = () => lab.network.sessions.flatMap((session) => session.sent);
const sentTexts = () => sent().map(({ payload }) => JSON.parse(Buffer.from(payload).toString()).text);

const waitForStatus = (id: Id<'msg'>, status: string) =>
  waitFor(`status ${status}`, async () => (await lab.status(id)) === status);

const accepted = () => ({ kind: 'accepted' as const, atMs: Date.now() });

/** Ends the line and waits until another session has been opened, which nobody has let in. */
const dropLine = async () => {
  const before = lab.network.sessions.length;
  lab.network.last().close('network');
  await waitFor('another session', () => lab.network.sessions.length > before);
};

/** Lets in the session that is open then; one that nobody lets in is ended at its deadline. */
const reconnect = async () => {
  while (lab.network.last().closed) await pause(10);
  letIn(lab.network);
};

const deliver = (updates: readonly InboundUpdate[]) =>
  lab.network.last().host.store.commit({
    inbound: {
      dedupeKey: randomBytes(8).toString('hex'),
      kind: 'message',
      stanza: Buffer.from(JSON.stringify(updates)),
      parts: [],
      complete: true,
    },
  });

const received = (networkId: string, contact: { phone?: string; lid?: string }): InboundUpdate => ({
  kind: 'message',
  networkId,
  chat: { kind: 'person', contact },
  author: contact,
  fromMe: false,
  content: { type: 'text', text: networkId },
  atMs: Date.now(),
});

const inbound = () => lab.db.read.selectFrom('messages').select('network_id').where('direction', '=', 'in').execute();

test('deleting an instance cancels what waits, with an event each', async () => {
  await dropLine();
  const ids = [await lab.accept(shop, ana, 'one'), await lab.accept(shop, ben, 'two')];
  await longAfter();
  await lab.db.tx((tx) => deleteInstance(tx, lab.caller, shop));
  for (const id of ids) await waitForStatus(id, 'cancelled');
  expect((await lab.events()).filter((type) => type === 'message.cancelled')).toHaveLength(2);
  expect(await lab.db.read.selectFrom('jobs').select('id').execute()).toEqual([]);
  expect(sentTexts()).toEqual([]);
});

test('a message in doubt whose instance is deleted is called uncertain, since nobody may say that it was not seen', async () => {
  lab.network.answerSends(() => {
    lab.network.last().close('send_stalled');
    return { kind: 'unknown', reason: 'no ack' };
  });
  const id = await lab.accept(shop, ana, 'in doubt');
  await waitFor('the attempt', () => sent().length === 1);
  await lab.db.tx((tx) => deleteInstance(tx, lab.caller, shop));
  await waitForStatus(id, 'uncertain');
  expect(await lab.events()).toContain('message.uncertain');
});

test('a message in doubt is not sent again under another link', async () => {
  lab.network.answerSends(() => {
    lab.network.last().close('send_stalled');
    return { kind: 'unknown', reason: 'no ack' };
  });
  const id = await lab.accept(shop, ana, 'in doubt');
  await waitFor('the attempt', () => sent().length === 1);
  const next = await lab.accept(shop, ben, 'not yet tried');
  lab.network.answerSends(accepted);
  await lab.db.tx((tx) => requestUnlink(tx, lab.caller, shop));
  await waitFor('the slot to be free', () => lab.worker().status().sessions === 0);
  await lab.connect(shop);
  const before = lab.network.sessions.length;
  scan(lab.network);
  await waitFor('the session after the scan', () => lab.network.sessions.length > before);
  letIn(lab.network);
  await waitForStatus(next, 'sent');
  await waitForStatus(id, 'uncertain');
  expect(sentTexts()).toEqual(['in doubt', 'not yet tried']);
});

test('a restriction that no send ran into holds what waits as well, also after a restart', async () => {
  lab.network.last().host.say({ state: 'restricted', code: 463, untilMs: Date.now() + 2500 });
  await lab.waitForState(shop, 'restricted');
  const id = await lab.accept(shop, ana, 'held');
  await longAfter();
  const before = lab.network.sessions.length;
  await lab.replaceWorker();
  await waitFor('a session', () => lab.network.sessions.length > before);
  letIn(lab.network);
  await lab.waitForState(shop, 'restricted', 'account_restricted');
  await longAfter();
  expect(sentTexts()).toEqual([]);
  await waitForStatus(id, 'sent');
  await lab.waitForState(shop, 'connected');
});

test('a restriction that only a refused send told of ends by itself, and an end that WhatsApp named is kept', async () => {
  await restart({ RESTRICTION_HOLD_MS: '700' });
  lab.network.answerSends(() => ({ kind: 'refused', code: 'new_chat_limit', scope: 'instance', detail: '475' }));
  await waitForStatus(await lab.accept(shop, ana, 'one'), 'failed');
  await lab.waitForState(shop, 'restricted', 'new_chat_limit');
  const held = await lab.accept(shop, ben, 'two');
  lab.network.answerSends(accepted);
  await pause(300);
  expect(await lab.status(held)).toBe('queued');
  await waitForStatus(held, 'sent');

  const untilMs = Date.now() + 60_000;
  lab.network.last().host.say({ state: 'restricted', code: 463, untilMs });
  lab.network.last().host.say({ state: 'restricted', code: 463 });
  await lab.waitForState(shop, 'restricted');
  await longAfter();
  expect((await lab.read(shop)).restricted_until).toBe(untilMs);
});

test('neither a reconnect nor a restart ends the wait after "too fast"', async () => {
  await restart({ RATE_LIMIT_HOLD_MS: '2500' });
  lab.network.answerSends(() => ({ kind: 'refused', code: 'rate_limited', scope: 'instance', detail: '429' }));
  await waitForStatus(await lab.accept(shop, ana, 'too fast'), 'failed');
  lab.network.answerSends(accepted);
  const next = await lab.accept(shop, ana, 'next');
  await dropLine();
  await reconnect();
  await lab.waitForState(shop, 'connected');
  const before = lab.network.sessions.length;
  await lab.replaceWorker();
  await waitFor('a session', () => lab.network.sessions.length > before);
  letIn(lab.network);
  await lab.waitForState(shop, 'connected');
  await longAfter();
  expect(await lab.status(next)).toBe('queued');
  await waitForStatus(next, 'sent');
});

test('a session that takes its time to end does not have its messages tried over and over', async () => {
  lab.network.answerSends(() => ({ kind: 'not_sent', reason: 'the connection is closing' }));
  const ids = [await lab.accept(shop, ana, 'a'), await lab.accept(shop, ben, 'b')];
  await longAfter();
  // Every 20 ms at the most, growing rarer.
  expect(sent().length).toBeLessThan(40);
  lab.network.answerSends(accepted);
  for (const id of ids) await waitForStatus(id, 'sent');
});

test('a message that never leaves keeps those of other chats from nothing', async () => {
  lab.network.answerSends(({ destination }) =>
    destination.endsWith(ana) ? { kind: 'not_sent', reason: 'no device' } : accepted(),
  );
  await lab.accept(shop, ana, 'never');
  const fine = await lab.accept(shop, ben, 'fine');
  await waitForStatus(fine, 'sent');
});

test('a message that cannot be built fails with an event, and those behind it go on', async () => {
  const { buildPayload } = lab.network;
  lab.network.buildPayload = (message) => {
    const { content } = message;
    if (content.type === 'text' && content.text === 'broken') throw new Error('nobody foresaw this');
    return buildPayload(message);
  };
  const broken = await lab.accept(shop, ana, 'broken');
  const fine = await lab.accept(shop, ana, 'fine');
  await waitForStatus(fine, 'sent');
  const row = await lab.db.read
    .selectFrom('messages')
    .select(['status', 'error_code'])
    .where('id', '=', broken)
    .executeTakeFirst();
  expect(row).toEqual({ status: 'failed', error_code: 'could_not_be_sent' });
  expect(await lab.events()).toContain('message.failed');
});

test('a contact whose number is not known is refused before anything is written', async () => {
  const instance = await lab.read(shop);
  const input = {
    to: 'con_x',
    recipient: { kind: 'person' as const, identity: { lid: '777' }, destination: null },
    content: { type: 'text' as const, text: 'hello' },
    clientRef: null,
    sendAtMs: null,
    expiresAtMs: null,
    requireConnected: false,
  };
  const how = { newNetworkId: lab.network.newMessageId, laneDepthMax: 10, scheduledMax: 10, convertsVoice: true };
  await expect(lab.db.tx((tx) => acceptMessage(tx, lab.caller, instance, input, how))).rejects.toMatchObject({
    code: 'recipient_invalid',
  });
  expect(await lab.db.read.selectFrom('messages').select('id').execute()).toEqual([]);
});

test('a message expires on time though its lane stands still', async () => {
  await dropLine();
  const id = await lab.accept(shop, ana, 'too late');
  const other = await lab.accept(shop, ana, 'in time');
  await lab.db.tx((tx) =>
    tx
      .updateTable('messages')
      .set({ expires_at: tx.now + 50 })
      .where('id', '=', id)
      .execute(),
  );
  await waitForStatus(id, 'expired');
  expect(await lab.events()).toContain('message.expired');
  await reconnect();
  await waitForStatus(other, 'sent');
  expect(sentTexts()).toEqual(['in time']);
});

test('chats that turn out to be one keep the order of acceptance, also for what waits already', async () => {
  await deliver([received('M1', { lid: '777' })]);
  await waitFor('the first', async () => (await inbound()).length === 1);
  await dropLine();
  await lab.accept(shop, ana, 'first');
  await deliver([received('M2', { phone: ana, lid: '777' })]);
  await waitFor('the second', async () => (await inbound()).length === 2);
  await lab.accept(shop, ana, 'second');
  const keys = await lab.db.read.selectFrom('jobs').select(['order_key', 'blocked']).orderBy('id').execute();
  expect(new Set(keys.map(({ order_key: key }) => key)).size).toBe(1);
  expect(keys.map(({ blocked }) => blocked)).toEqual([0, 1]);
});

test('chats that turn out to be one may both have seen a message', async () => {
  await deliver([received('M1', { lid: '777' })]);
  await deliver([received('M1', { phone: ana })]);
  await waitFor('both', async () => (await inbound()).length === 2);
  await deliver([received('M2', { phone: ana, lid: '777' })]);
  await waitFor('the next', async () => (await inbound()).length === 3);
  expect(await lab.events()).not.toContain('message.undecryptable');
});

test('a refusal of a repetition does not undo a receipt', async () => {
  const gate = Promise.withResolvers<void>();
  lab.network.answerSends(async () => {
    await gate.promise;
    return { kind: 'refused', code: 'rejected_by_whatsapp', scope: 'message', detail: '479' };
  });
  const id = await lab.accept(shop, ana, 'arrived');
  await waitFor('the attempt', () => sent().length === 1);
  await deliver([
    {
      kind: 'receipt',
      networkIds: [sent()[0]?.networkId ?? ''],
      receipt: 'delivered',
      chat: { kind: 'person', contact: { phone: ana } },
      contact: { phone: ana },
      atMs: Date.now(),
    },
  ]);
  await waitForStatus(id, 'delivered');
  gate.resolve();
  await waitFor(
    'the job to be done',
    async () => (await lab.db.read.selectFrom('jobs').select('id').where('ref', '=', id).execute()).length === 0,
  );
  expect(await lab.status(id)).toBe('delivered');
});
