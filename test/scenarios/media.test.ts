/** Files both ways through the front door: the same bytes, once, whatever is killed meanwhile. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { expectOk } from '../support/api-client.ts';
import { type Lab, startLab } from '../support/lab.ts';
import type { Phone } from '../support/phones.ts';
import { makeWav } from '../support/sounds.ts';
import { uploadFile } from '../support/upload-file.ts';
import { waitFor } from '../support/wait.ts';

const latin = (text: string) => Buffer.from(text, 'latin1');
const padded = (head: string, bytes = 70_001) => Buffer.concat([latin(head), randomBytes(bytes)]);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

const jpeg = () => padded('\xff\xd8\xff\xe0\0\x04\0\0\xff\xc0\0\x11\x08\0\x02\0\x03');
const mp4 = () => padded('\0\0\0\x18ftypisom');
const opus = () => padded(`OggS${'\0'.repeat(24)}OpusHead`);
const webp = () => padded('RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\x01\0\xff\x01\0');

const kinds: readonly [string, () => Buffer][] = [
  ['image', jpeg],
  ['video', mp4],
  ['video_note', mp4],
  ['gif', mp4],
  ['audio', () => padded('ID3\x04\0')],
  ['voice', opus],
  ['document', () => padded('anything')],
  ['sticker', webp],
];

let lab: Lab;
let instance: { id: string; phone: Phone };
let friend: Phone;
let group: string;
let groupChat: string;

beforeAll(async () => {
  lab = await startLab({ MEDIA_AUTO_FETCH_MAX_BYTES: '1000000', FFMPEG_PATH: '/nowhere/ffmpeg' });
  await lab.subscribe();
  instance = await lab.link('Shop');
  friend = await lab.phones.add({ name: 'Friend' });
  group = await lab.phones.found(friend.number, 'Bakery', [instance.phone.number]);
  await lab.phones.send(friend.number, { to: group, text: 'welcome' });
  const welcome = await waitFor('the message in the group', async () =>
    (await listMessages()).find((message) => message.text === 'welcome'),
  );
  groupChat = welcome.chat_id;
});
afterAll(() => lab?.close());

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
const listMessages = async (): Promise<any[]> =>
  (await expectOk(lab.api()('GET', `/v1/instances/${instance.id}/messages`))).data;

const upload = (content: Uint8Array, filename?: string, type?: string) => uploadFile(lab, content, filename, type);

async function download(id: string): Promise<Buffer> {
  const headers = { authorization: `Bearer ${lab.gateway().apiKey}` };
  const response = await fetch(`${lab.gateway().url}/v1/media/${id}`, { headers });
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
  return Buffer.from(await response.arrayBuffer());
}

const sendFile = (body: Readonly<Record<string, unknown>>) =>
  expectOk(lab.api()('POST', `/v1/instances/${instance.id}/messages`, { to: friend.number, ...body }));

const readOnPhone = (networkId: string) =>
  waitFor(`the phone to open ${networkId}`, () => lab.phones.readFile(friend.number, networkId));

const waitForEvent = (type: string, messageId: string) =>
  waitFor(`${type} of ${messageId}`, () =>
    lab.receiver.events(type).find(({ data }) => (data.media?.message_id ?? data.message?.id) === messageId),
  );

const receiveFile = async (message: {
  to?: string;
  kind: string;
  data: Buffer;
  mime_type?: string;
  file_name?: string;
}) => {
  const { data, to = instance.phone.number, ...rest } = message;
  const networkId = await lab.phones.sendFile(friend.number, { to, ...rest, data: data.toString('base64') });
  return waitFor('the message to come in', async () =>
    (await listMessages()).find(({ network_message_id: id }) => id === networkId),
  );
};

const listFiles = (): string[] =>
  readdirSync(join(lab.dataDir, 'media'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

describe('files that we send', () => {
  test.each(kinds)('a %s reaches a person and a group byte for byte', async (type, make) => {
    const content = make();
    const { id: mediaId } = await upload(content, 'bread.bin');
    const caption = ['image', 'video', 'gif', 'document'].includes(type) ? { caption: 'Fresh' } : {};
    for (const to of [friend.number, groupChat]) {
      const sent = await sendFile({ to, type, media_id: mediaId, ...caption });
      expect(sent).toMatchObject({ type, media: { id: mediaId, state: 'ready', sha256: sha256(content) } });
      expect(sha256(await readOnPhone(sent.network_message_id))).toBe(sha256(content));
    }
  });

  test.each([
    ['image', jpeg, { caption: 'Fresh' }],
    ['video', mp4, { caption: 'Fresh' }],
    ['voice', opus, {}],
  ])('a story with a %s is seen by those whom it is for, byte for byte', async (type, make, caption) => {
    const other = await lab.phones.add({ name: 'Other' });
    const content = make();
    const { id } = await upload(content);
    const sent = await sendFile({ to: 'stories', type, media_id: id, audience: [friend.number], ...caption });
    expect(sha256(await readOnPhone(sent.network_message_id))).toBe(sha256(content));
    const ids = async ({ number }: Phone) => (await lab.phones.stories(number)).map((story) => story.id);
    expect(await ids(friend)).toContain(sent.network_message_id);
    expect(await ids(other)).toEqual([]);
  });

  test('a file is fetched from a URL before the answer', async () => {
    const content = jpeg();
    const server = createServer((_request, response) => response.end(content)).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await waitFor('the server', () => server.listening);
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/bread.jpg`;
    const sent = await sendFile({ type: 'image', url, caption: 'Fresh', view_once: true });
    expect(sent.media).toMatchObject({ mime_type: 'image/jpeg', width: 3, height: 2, filename: 'bread.jpg' });
    expect(sha256(await readOnPhone(sent.network_message_id))).toBe(sha256(content));
  });

  test.each([
    ['a picture as a voice message', 'voice', jpeg, 422, 'media_type_mismatch'],
    ['a WAV as a voice message, without ffmpeg', 'voice', () => makeWav(1), 422, 'conversion_unavailable'],
    ['a document as a picture', 'image', () => padded('anything'), 422, 'media_type_mismatch'],
    ['a sticker over the limit', 'sticker', () => Buffer.concat([webp(), randomBytes(40_000)]), 413, 'media_too_large'],
  ])('%s is refused before anything is written', async (_what, type, make, status, code) => {
    const { id } = await upload(make());
    const before = (await listMessages()).length;
    const body = { to: friend.number, type, media_id: id };
    const answer = await lab.api()('POST', `/v1/instances/${instance.id}/messages`, body);
    expect([answer.status, answer.body.error?.code]).toEqual([status, code]);
    expect((await listMessages()).length).toBe(before);
  });

  test('a media host that fails for a while delays a message, and texts to others pass it', async () => {
    const other = await lab.phones.add({ name: 'Other' });
    const { id } = await upload(jpeg());
    await lab.phones.addFault({ kind: 'media_failure', code: 503, direction: 'in' });
    const sent = await sendFile({ type: 'image', media_id: id });
    const behind = await lab.send(instance.id, friend.number, 'after the picture');
    const text = await lab.send(instance.id, other.number, 'hello');
    await lab.waitForStatus(text.id, 'delivered');
    expect((await expectOk(lab.api()('GET', `/v1/messages/${behind.id}`))).status).toBe('queued');
    const inUse = await lab.api()('DELETE', `/v1/media/${id}`);
    expect(inUse.body.error.code).toBe('media_in_use');
    await lab.phones.clearFaults();
    await lab.waitForStatus(sent.id, 'delivered');
    await lab.waitForStatus(behind.id, 'delivered');
    const shown = await lab.phones.shown(friend.number, instance.phone.number);
    const order = shown.map((message) => message.id);
    expect(order.indexOf(sent.network_message_id)).toBeLessThan(order.length - 1);
  });
});

describe('files that come in', () => {
  test.each(kinds.filter(([type]) => type !== 'gif'))(
    'a %s of a person and of a group comes byte for byte',
    async (kind, make) => {
      for (const to of [instance.phone.number, group]) {
        const content = make();
        const message = await receiveFile({ to, kind, data: content, file_name: 'bread.bin' });
        expect(message).toMatchObject({ type: kind, media: { id: expect.any(String), sha256: sha256(content) } });
        const received = await waitForEvent('message.received', message.id);
        expect(received.data.message.media.state).toBe('pending');
        const ready = await waitForEvent('media.ready', message.id);
        expect(ready.data.media).toMatchObject({ id: message.media.id, sha256: sha256(content), source: 'inbound' });
        expect(sha256(await download(message.media.id))).toBe(sha256(content));
      }
    },
  );

  test('a file over the limit for fetching by itself is fetched when it is asked for', async () => {
    const content = padded('large', 1_000_001);
    const message = await receiveFile({ kind: 'document', data: content, file_name: 'large.bin' });
    expect(message.media.state).toBe('not_fetched');
    const asked = await expectOk(lab.api()('POST', `/v1/messages/${message.id}/media/fetch`));
    expect(asked.state).toBe('pending');
    await waitForEvent('media.ready', message.id);
    expect(sha256(await download(message.media.id))).toBe(sha256(content));
  });

  test('a file that the host keeps no more is said to be gone, and can be asked for again', async () => {
    await lab.phones.addFault({ kind: 'media_failure', code: 410, direction: 'out' });
    const message = await receiveFile({ kind: 'image', data: jpeg() });
    const failed = await waitForEvent('media.failed', message.id);
    expect(failed.data.media).toMatchObject({ state: 'failed', error: { code: 'media_gone' }, sha256: null });
    await lab.phones.clearFaults();
    await expectOk(lab.api()('POST', `/v1/messages/${message.id}/media/fetch`));
    await waitForEvent('media.ready', message.id);
  });
});

describe('files that are gone from the host', () => {
  /** A message whose file is gone before anybody fetched it. */
  const receiveGone = async (to: string, content: Buffer) => {
    await lab.phones.addFault({ kind: 'media_gone', direction: 'out', count: 1 });
    return receiveFile({ to, kind: 'image', data: content });
  };

  test('the phone is asked for them, and they come byte for byte, of a person and of a group', async () => {
    for (const to of [instance.phone.number, group]) {
      const content = jpeg();
      const message = await receiveGone(to, content);
      await waitForEvent('media.ready', message.id);
      expect(sha256(await download(message.media.id))).toBe(sha256(content));
      expect(lab.receiver.events('media.failed').some(({ data }) => data.media.message_id === message.id)).toBe(false);
    }
  });

  test('long after they came, too', async () => {
    const content = padded('large', 1_000_001);
    const message = await receiveFile({ kind: 'document', data: content });
    await lab.phones.vanish(instance.phone.number, message.network_message_id);
    await expectOk(lab.api()('POST', `/v1/messages/${message.id}/media/fetch`));
    await waitForEvent('media.ready', message.id);
    expect(sha256(await download(message.media.id))).toBe(sha256(content));
  });

  test('a phone that keeps quiet ends it, and can be asked again', async () => {
    await lab.phones.change(instance.phone.number, { answer_retry: false });
    const content = jpeg();
    const message = await receiveGone(instance.phone.number, content);
    const failed = await waitForEvent('media.failed', message.id);
    expect(failed.data.media.error).toEqual({ code: 'media_gone' });
    await lab.phones.change(instance.phone.number, { answer_retry: true });
    await expectOk(lab.api()('POST', `/v1/messages/${message.id}/media/fetch`));
    await waitForEvent('media.ready', message.id);
    expect(sha256(await download(message.media.id))).toBe(sha256(content));
  });
});

describe('large files', () => {
  const large = 48 * 1024 * 1024;
  const count = 4;

  /** The most memory that the gateway has had so far. */
  const peakBytes = (): number => {
    const status = readFileSync(`/proc/${lab.gateway().pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
  };

  test('go through the gateway side by side without being held in its memory', { timeout: 60_000 }, async () => {
    const small = await upload(jpeg());
    await lab.waitForStatus((await sendFile({ type: 'image', media_id: small.id })).id, 'delivered');
    const before = peakBytes();
    const contents = Array.from({ length: count }, (_none, index) => Buffer.alloc(large, index));
    const files = await Promise.all(contents.map((content) => upload(content)));
    const sent = await Promise.all(files.map(({ id }) => sendFile({ type: 'document', media_id: id })));
    for (const { id } of sent) await lab.waitForStatus(id, 'delivered', 40_000);
    const last = await readOnPhone(sent.at(-1)?.network_message_id);
    expect(sha256(last)).toBe(sha256(contents.at(-1) ?? Buffer.alloc(0)));
    // What waits to be collected is no file; all of them, or one for each step of its way, would be more.
    expect(peakBytes() - before).toBeLessThan(large * (count - 1));
  });
});

test('a question about the media host that gets no answer costs one try, and no later file', async () => {
  await lab.gateway().stop();
  await lab.start({ SEND_TIMEOUT_MS: '1000' });
  await lab.waitForState(instance.id, 'connected');
  await lab.phones.addFault({ kind: 'hang_iq', xmlns: 'w:m', count: 1 });
  const content = jpeg();
  const { id } = await upload(content);
  const sent = await expectOk(
    lab.api()('POST', `/v1/instances/${instance.id}/messages`, { to: friend.number, type: 'image', media_id: id }),
  );
  await lab.waitForStatus(sent.id, 'delivered');
  const { data } = await expectOk(lab.api()('GET', `/v1/messages/${sent.id}/timeline`));
  expect(data.filter(({ what }: { what: string }) => what === 'media_not_uploaded')).toHaveLength(1);
  await lab.phones.clearFaults();
});

describe('after a kill', () => {
  test('while WhatsApp is brought a file, the message is shown once with the same bytes', async () => {
    const content = jpeg();
    const { id } = await upload(content);
    await lab.phones.addFault({ kind: 'media_latency', ms: 1_500, direction: 'in', count: 1 });
    const sent = await sendFile({ type: 'image', media_id: id });
    await lab.gateway().kill();
    await lab.start();
    await lab.waitForStatus(sent.id, 'delivered');
    expect(sha256(await readOnPhone(sent.network_message_id))).toBe(sha256(content));
    const shown = await lab.phones.shown(friend.number, instance.phone.number);
    expect(shown.filter((message) => message.id === sent.network_message_id)).toHaveLength(1);
  });

  test('while a file is fetched, it is fetched again and said to be ready once', async () => {
    const content = jpeg();
    await lab.phones.addFault({ kind: 'media_latency', ms: 1_500, direction: 'out', count: 1 });
    const message = await receiveFile({ kind: 'image', data: content });
    await lab.gateway().kill();
    await lab.start();
    await waitForEvent('media.ready', message.id);
    expect(sha256(await download(message.media.id))).toBe(sha256(content));
  });

  test('in the middle of an upload to us, nothing of it is left', async () => {
    const before = listFiles().length;
    const body = new ReadableStream({
      pull: async (controller) => {
        controller.enqueue(Buffer.alloc(16_384, 'x'));
        await new Promise((resolve) => setTimeout(resolve, 5));
      },
    });
    const headers = {
      authorization: `Bearer ${lab.gateway().apiKey}`,
      'content-type': 'multipart/form-data; boundary=xyz',
    };
    const head = '--xyz\r\ncontent-disposition: form-data; name="file"; filename="a.bin"\r\n\r\n';
    const whole = (async function* () {
      yield Buffer.from(head);
      yield* body;
    })();
    const init = { method: 'POST', headers, body: ReadableStream.from(whole), duplex: 'half' } as const;
    const uploading = fetch(`${lab.gateway().url}/v1/media`, init).catch(() => 'cut');
    await waitFor('the draft', () => listFiles().length === before + 1);
    await lab.gateway().kill();
    expect(await uploading).toBe('cut');
    await lab.start();
    expect(listFiles()).toHaveLength(before);
  });

  test('a file without a row is swept at the next start, and those with one are not', async () => {
    const { id, sha256: hash } = await upload(jpeg());
    await lab.gateway().kill();
    const orphan = sha256(latin('nobody refers to this'));
    mkdirSync(join(lab.dataDir, 'media', orphan.slice(0, 2)), { recursive: true });
    writeFileSync(join(lab.dataDir, 'media', orphan.slice(0, 2), orphan), 'nobody refers to this');
    await lab.start();
    await waitFor('the sweep', () => !listFiles().includes(orphan));
    expect(listFiles()).toContain(hash);
    expect(sha256(await download(id))).toBe(hash);
  });
});
