import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type AnyMessageContent, downloadMediaMessage } from 'baileys';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createAuthority, issueHostCertificate } from '../src/media/certificates.ts';
import { type BareClient, connect, trustRoot, waitFor } from './bare-client.ts';
import type { Phone, Seen } from './control.ts';
import { type Desk, lidOf, type MediaInfo, startDesk, trustMedia } from './desk.ts';

let desk: Desk;
let phone: Phone;
let client: BareClient;
let friend: Phone;
let info: MediaInfo;
beforeAll(async () => {
  desk = await startDesk();
  info = await trustMedia(desk);
  ({ phone, client } = await desk.addLinked());
  friend = await desk.addPhone();
});
afterAll(() => desk.stop());

const fetchOn = (of: Phone, id: string, on: Desk = desk) =>
  fetch(`${on.emulator.url}/control/phones/${of.number}/messages/${id}/media`);
const bytesOn = async (of: Phone, id: string, on: Desk = desk): Promise<Buffer> => {
  const answer = await fetchOn(of, id, on);
  if (!answer.ok) throw new Error(await answer.text());
  return Buffer.from(await answer.arrayBuffer());
};
const seenOn = (of: Phone, id: string) =>
  waitFor('the phone to show it', async () => (await desk.seen(of)).find((seen: Seen) => seen.id === id));
const hex = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const got = (id: string) =>
  waitFor(`message ${id}`, () => client.messages.find(({ key, message }) => key.id === id && message));
const send = async (content: AnyMessageContent): Promise<string> => {
  const sent = await client.socket.sendMessage(lidOf(friend), content);
  return sent?.key.id ?? '';
};

const file = randomBytes(150_001);
const jpeg = Buffer.from(
  '/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA=',
  'base64',
);
const thumbnail = jpeg.toString('base64');

describe('files from a client', () => {
  test.each<[string, AnyMessageContent]>([
    ['image', { image: file, jpegThumbnail: thumbnail, caption: 'look' }],
    ['video', { video: file, jpegThumbnail: thumbnail, caption: 'watch' }],
    ['audio', { audio: file, mimetype: 'audio/mpeg', seconds: 3 }],
    ['voice', { audio: file, mimetype: 'audio/ogg; codecs=opus', ptt: true, seconds: 3 }],
    ['document', { document: file, mimetype: 'application/pdf', fileName: 'a.pdf' }],
    ['sticker', { sticker: file, jpegThumbnail: thumbnail }],
  ])('a %s is uploaded, and the phone opens the same bytes', async (kind, content) => {
    const id = await send(content);
    expect(await seenOn(friend, id)).toMatchObject({ kind, media: { bytes: file.length, sha256: hex(file) } });
    expect((await bytesOn(friend, id)).equals(file)).toBe(true);
    expect((await bytesOn(phone, id)).equals(file)).toBe(true);
  });
});

describe('files from a phone', () => {
  test.each([
    ['image', { mime_type: 'image/png', text: 'look' }],
    ['video', { text: 'watch' }],
    ['video_note', {}],
    ['audio', { seconds: 3 }],
    ['voice', { seconds: 3 }],
    ['document', { mime_type: 'application/pdf', file_name: 'a.pdf' }],
    ['sticker', {}],
  ])('a %s is downloaded by a client byte for byte', async (kind, input) => {
    const id = await desk.send(friend, phone, { kind, data: file.toString('base64'), ...input });
    const message = await got(id);
    expect((await downloadMediaMessage(message, 'buffer', {})).equals(file)).toBe(true);
    expect((await bytesOn(phone, id)).equals(file)).toBe(true);
  });

  test('a picture for one look, a picture without data, and one of the largest size there may be', async () => {
    const once = await got(
      await desk.send(friend, phone, { kind: 'image', view_once: true, data: file.toString('base64') }),
    );
    expect(once.message).toHaveProperty('viewOnceMessageV2.message.imageMessage.viewOnce', true);
    expect((await downloadMediaMessage(once, 'buffer', {})).equals(file)).toBe(true);
    const pixel = await got(await desk.send(friend, phone, { kind: 'image' }));
    expect((await downloadMediaMessage(pixel, 'buffer', {})).subarray(0, 3).toString()).toBe('GIF');
    const large = Buffer.alloc(16 * 1024 * 1024, 7);
    const id = await desk.send(friend, phone, { kind: 'document', data: large.toString('base64') });
    expect((await downloadMediaMessage(await got(id), 'buffer', {})).equals(large)).toBe(true);
    const path = `/control/phones/${friend.number}/messages`;
    const ask = (input: object) => desk.control.ask('POST', path, { to: phone.number, kind: 'document', ...input });
    expect(await ask({ data: Buffer.alloc(16 * 1024 * 1024 + 3).toString('base64') })).toMatchObject({ status: 400 });
    expect(await ask({})).toMatchObject({ status: 422 });
    expect(await ask({ data: 'not base64!' })).toMatchObject({ status: 422 });
  });

  test('a message without a file has none to fetch, and a file of another host is gone', async () => {
    const text = await desk.send(friend, phone, { text: 'no file' });
    expect((await fetchOn(friend, text)).status).toBe(404);
    const foreign = { imageMessage: { directPath: '/v/elsewhere', mediaKey: Buffer.alloc(32) } };
    const id = await client.socket.relayMessage(lidOf(friend), foreign, {});
    await seenOn(friend, id);
    expect((await fetchOn(friend, id)).status).toBe(410);
  });
});

describe('the media host', () => {
  test('is trusted by a program that starts with its certificate, and by no other', async () => {
    const run = promisify(execFile);
    const script = `fetch('${info.media_url}/v/nothing').then((answer) => console.log(answer.status), () => console.log('untrusted'))`;
    const start = (env: NodeJS.ProcessEnv) =>
      run(process.execPath, ['-e', script], { env: { ...process.env, ...env } });
    expect((await start({ NODE_EXTRA_CA_CERTS: info.media_ca_path })).stdout.trim()).toBe('404');
    expect((await start({ NODE_EXTRA_CA_CERTS: '' })).stdout.trim()).toBe('untrusted');
  });

  test('takes what it has announced only: with the right auth, the right bytes, up to the largest size', async () => {
    const name = createHash('sha256').update('x').digest('base64url');
    const post = async (path: string, body: Buffer | string) =>
      (await fetch(`${info.media_url}${path}`, { method: 'POST', body })).status;
    expect(await post(`/mms/image/${name}?auth=wrong`, 'x')).toBe(401);
    let auth = '';
    client.socket.ws.on('CB:iq', (iq: { content?: { tag: string; attrs: Record<string, string> }[] }) => {
      if (iq.content?.[0]?.tag === 'media_conn') auth = iq.content[0].attrs.auth ?? '';
    });
    await client.socket.refreshMediaConn(true);
    expect(await post(`/mms/image/${name}?auth=${auth}`, 'y')).toBe(400);
    expect(await post(`/mms/image/${name}?auth=${auth}`, 'x')).toBe(200);
    expect(await post(`/mms/other/${name}?auth=${auth}`, 'x')).toBe(404);
    const range = await fetch(`${info.media_url}/v/emulated/${name}`, { headers: { range: 'bytes=0-0' } });
    expect([range.status, await range.text()]).toEqual([206, 'x']);
    expect((await fetch(`${info.media_url}/v/emulated/${'A'.repeat(43)}`)).status).toBe(404);
    const tooLarge = await post(`/mms/image/${name}?auth=${auth}`, Buffer.alloc(64 * 1024 * 1024 + 1)).catch(
      () => 'cut',
    );
    expect([413, 'cut']).toContain(tooLarge);
  });

  test('fails and hesitates when a fault says so', async () => {
    const id = await desk.send(friend, phone, { kind: 'image', data: file.toString('base64') });
    const message = await got(id);
    await desk.fault({ kind: 'media_failure', direction: 'out', code: 410, count: 1 });
    await expect(downloadMediaMessage(message, 'buffer', {})).rejects.toThrow();
    await desk.fault({ kind: 'media_latency', direction: 'out', ms: 150, count: 1 });
    const asked = performance.now();
    await downloadMediaMessage(message, 'buffer', {});
    expect(performance.now() - asked).toBeGreaterThan(140);
    await desk.fault({ kind: 'media_failure', direction: 'in' });
    await expect(send({ image: file, jpegThumbnail: thumbnail })).rejects.toThrow('upload failed');
    await desk.control.call('DELETE', '/control/faults');
    expect(await send({ image: file, jpegThumbnail: thumbnail })).not.toBe('');
  });

  test('keeps its files, its certificate and its address over a restart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'emulator-media-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const first = await startDesk({ dataDir: folder });
    const before = await trustMedia(first);
    const shop = await first.addLinked();
    const other = await first.addPhone();
    const id = await first.send(other, shop.phone, { kind: 'image', data: file.toString('base64') });
    const message = await waitFor('it', () =>
      shop.client.messages.find(({ key, message }) => key.id === id && message),
    );
    shop.client.end();
    await first.emulator.stop();
    const second = await startDesk({ dataDir: folder });
    expect(await second.control.call('GET', '/control/info')).toMatchObject({
      media_url: before.media_url,
      media_ca_path: before.media_ca_path,
    });
    expect((await downloadMediaMessage(message, 'buffer', {})).equals(file)).toBe(true);
    expect((await bytesOn(other, id, second)).equals(file)).toBe(true);
    const again = connect(second.emulator.wsUrl, shop.client.credentials);
    await again.waitOffline();
    again.end();
    await second.emulator.stop();
    trustRoot(desk.emulator.rootKey);
  });
});

test('no two emulators have an authority of the same name, so that a client can trust both', () => {
  const { X509Certificate } = process.getBuiltinModule('node:crypto');
  const [one, other] = [createAuthority(), createAuthority()].map(
    ({ certificate }) => new X509Certificate(certificate),
  );
  expect(one?.subject).not.toBe(other?.subject);
});

test('certificates name every kind of host', () => {
  const { cert } = issueHostCertificate(createAuthority(), ['127.0.0.1', '::1', 'fe80::1:2', 'localhost']);
  const { X509Certificate } = process.getBuiltinModule('node:crypto');
  const certificate = new X509Certificate(cert);
  for (const address of ['127.0.0.1', '::1', 'fe80::1:2']) expect(certificate.checkIP(address)).toBe(address);
  expect(certificate.checkHost('localhost')).toBe('localhost');
});
