/** Files on their way, with the network played by the test. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deleteInstance } from '../../src/domain/instances/index.ts';
import { describeFile, recordFile, sweepMedia } from '../../src/domain/media/index.ts';
import { acceptMessage, cancelMessage } from '../../src/domain/messages/index.ts';
import type { Id } from '../../src/lib/index.ts';
import type { InboundUpdate, MediaDownload } from '../../src/network/index.ts';
import { waitFor } from '../support/wait.ts';
import { startWorkerLab, type WorkerLab } from '../support/worker-lab.ts';

let lab: WorkerLab;
let shop: Id<'ins'>;
const ana = '4915111111111';
const dayMs = 86_400_000;

beforeEach(async () => {
  lab = await startWorkerLab({ MEDIA_QUOTA_BYTES: '1000' });
  shop = await lab.link();
});
afterEach(() => lab.close());

async function* once(content: Uint8Array) {
  yield content;
}

async function bring(content: Buffer, keepMs = dayMs): Promise<{ id: Id<'med'>; sha256: string }> {
  const draft = await lab.blobs.draft(once(content), 10_000);
  const release = await draft.place();
  const facts = describeFile(draft, {});
  const how = { source: 'upload', quotaBytes: 1_000, keepMs } as const;
  const { id } = await lab.db.tx((tx) => recordFile(tx, lab.caller, facts, how));
  release();
  return { id, sha256: draft.sha256 };
}

async function sendDocument(mediaId: Id<'med'>, to = ana): Promise<Id<'msg'>> {
  const instance = await lab.read(shop);
  const { view } = await lab.db.tx((tx) =>
    acceptMessage(
      tx,
      lab.caller,
      instance,
      {
        to,
        recipient: { kind: 'person', identity: { phone: to }, destination: `to-${to}` },
        content: { type: 'document', mediaId },
        clientRef: null,
        sendAtMs: null,
        expiresAtMs: null,
        requireConnected: false,
      },
      { newNetworkId: lab.network.newMessageId, laneDepthMax: 1000, scheduledMax: 1000, convertsVoice: true },
    ),
  );
  return view.id;
}

const waitForStatus = (id: Id<'msg'>, status: string) =>
  waitFor(`status ${status}`, async () => (await lab.status(id)) === status);

const readMedia = (id: Id<'med'>) =>
  lab.db.read.selectFrom('media').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

const usedBytes = async () =>
  Number((await lab.db.read.selectFrom('media_usage').select('bytes').executeTakeFirst())?.bytes ?? 0);

const hasFile = async (sha256: string) => {
  const file = await lab.blobs.open(sha256);
  file?.destroy();
  return file !== undefined;
};

/** A message with a file comes in; answers the file's row once it is `state`. */
async function receive(state: string) {
  const networkId = randomBytes(8).toString('hex');
  const update: InboundUpdate = {
    kind: 'message',
    networkId,
    chat: { kind: 'person', contact: { phone: ana } },
    author: { phone: ana },
    fromMe: false,
    content: { type: 'document', media: { mimeType: 'text/plain', filename: 'a.txt' } },
    raw: Buffer.from('what the network understands'),
    atMs: Date.now(),
  };
  const stanza = Buffer.from(JSON.stringify([update]));
  await lab.network.last().host.store.commit({
    inbound: { dedupeKey: networkId, kind: 'message', stanza, parts: [], complete: true },
  });
  return waitFor(`a file that is ${state}`, () =>
    lab.db.read.selectFrom('media').selectAll().where('state', '=', state).executeTakeFirst(),
  );
}

test('a file is brought once, and every attempt of its message carries what was said of it', async () => {
  const { id } = await bring(Buffer.from('hello'));
  const message = await sendDocument(id);
  await waitForStatus(message, 'sent');
  const row = await lab.db.read.selectFrom('messages').selectAll().where('id', '=', message).executeTakeFirstOrThrow();
  expect(Buffer.from(row.uploaded ?? []).toString()).toBe('uploaded');
});

test('a file that WhatsApp does not take fails its message, and the chat goes on', async () => {
  let tries = 0;
  lab.network.answerUploads(async () => {
    tries += 1;
    return { kind: 'failed', detail: 'no' };
  });
  const message = await sendDocument((await bring(Buffer.from('hello'))).id);
  const behind = await lab.accept(shop, ana, 'behind it');
  await waitForStatus(behind, 'sent');
  const row = await lab.db.read.selectFrom('messages').selectAll().where('id', '=', message).executeTakeFirstOrThrow();
  expect([row.status, row.error_code, tries]).toEqual(['failed', 'media_upload_failed', 8]);
  const steps = await lab.db.read.selectFrom('message_steps').selectAll().where('message_id', '=', message).execute();
  expect(steps.filter(({ step }) => step === 'media_not_uploaded').map(({ detail }) => detail)).toEqual(
    Array.from({ length: 7 }, () => '{"reason":"no"}'),
  );
});

test('a message that is cancelled while its file is brought does not leave', async () => {
  const going = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  lab.network.answerUploads(async () => {
    going.resolve();
    await go.promise;
    return { kind: 'uploaded', file: Buffer.from('uploaded') };
  });
  const message = await sendDocument((await bring(Buffer.from('hello'))).id);
  await going.promise;
  await lab.db.tx((tx) => cancelMessage(tx, lab.caller, message));
  go.resolve();
  await waitForStatus(await lab.accept(shop, ana, 'later'), 'sent');
  expect(await lab.status(message)).toBe('cancelled');
  expect(lab.network.last().sent).toHaveLength(1);
});

test('a message whose file waits or is brought is cancelled with its instance, and nothing of it stays behind', async () => {
  const going = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  lab.network.answerUploads(async () => {
    going.resolve();
    await go.promise;
    return { kind: 'uploaded', file: Buffer.from('uploaded') };
  });
  const file = await bring(Buffer.from('hello'));
  const messages: Id<'msg'>[] = [];
  for (let count = 0; count < 6; count += 1) messages.push(await sendDocument(file.id, `49151111111${count}`));
  await going.promise;
  await lab.db.tx((tx) => deleteInstance(tx, lab.caller, shop));
  go.resolve();
  for (const message of messages) await waitForStatus(message, 'cancelled');
  await waitFor('empty lanes', async () => (await lab.db.read.selectFrom('jobs').select('id').execute()).length === 0);
  expect(lab.network.last().sent).toEqual([]);
});

test('content past its time goes, but none that a waiting message needs', async () => {
  lab.network.answerUploads(
    ({ signal }) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve({ kind: 'failed', detail: 'cut off' }));
      }),
  );
  const [old, awaited, fresh] = [
    await bring(Buffer.from('old'), -1),
    await bring(Buffer.from('awaited'), -1),
    await bring(Buffer.from('fresh')),
  ];
  const message = await sendDocument(awaited.id);
  await sweepMedia(lab.db, lab.blobs);
  expect((await readMedia(old.id)).state).toBe('expired');
  expect(await Promise.all([old, awaited, fresh].map(({ sha256 }) => hasFile(sha256)))).toEqual([false, true, true]);
  expect(await usedBytes()).toBe('awaited'.length + 'fresh'.length);
  await lab.db.tx((tx) => cancelMessage(tx, lab.caller, message));
  await lab.db.tx((tx) => tx.updateTable('media').set({ expires_at: tx.now }).where('id', '=', awaited.id).execute());
  await sweepMedia(lab.db, lab.blobs);
  expect(await hasFile(awaited.sha256)).toBe(false);
});

const answerWith = (content: Buffer) => async (input: MediaDownload) => {
  await input.keep(once(content));
  return { kind: 'kept' } as const;
};

test('a file that comes is told by its bytes and counts as what the customer keeps', async () => {
  lab.network.answerDownloads(answerWith(Buffer.from('%PDF-1.7')));
  const row = await receive('ready');
  expect(row).toMatchObject({ mime_type: 'application/pdf', filename: 'a.txt', bytes: 8, error_code: null });
  expect(await usedBytes()).toBe(8);
  expect(await lab.events()).toContain('media.ready');
});

test.each(['gone', 'unusable', 'too_large'] as const)(
  'what is %s is said at once and not tried again',
  async (kind) => {
    let tries = 0;
    lab.network.answerDownloads(async () => {
      tries += 1;
      return { kind, detail: 'so it is' };
    });
    expect((await receive('failed')).error_code).toBe(`media_${kind}`);
    expect(tries).toBe(1);
  },
);

test('what is damaged is tried eight times, and nothing of it is kept', async () => {
  let tries = 0;
  lab.network.answerDownloads(async ({ keep }) => {
    tries += 1;
    const broken = (async function* () {
      yield Buffer.from('half');
      throw new Error('altered');
    })();
    await keep(broken).catch(() => {});
    return { kind: 'damaged', detail: 'altered' };
  });
  expect((await receive('failed')).error_code).toBe('media_damaged');
  expect(tries).toBe(8);
  for await (const sha256 of lab.blobs.list()) expect(sha256).toBe('no file at all');
});

test('a file for which the customer has no room is not kept', async () => {
  lab.network.answerDownloads(answerWith(Buffer.alloc(1_001)));
  expect((await receive('failed')).error_code).toBe('media_quota_reached');
  await waitFor('the file to go', async () => {
    for await (const _sha256 of lab.blobs.list()) return false;
    return true;
  });
  expect(await usedBytes()).toBe(0);
});
