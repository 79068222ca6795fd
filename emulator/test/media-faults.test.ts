import { randomBytes } from 'node:crypto';
import { downloadMediaMessage, type WAMessage } from 'baileys';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BareClient, waitFor } from './bare-client.ts';
import type { Phone } from './control.ts';
import { aWhile, type Desk, startDesk, trustMedia } from './desk.ts';

let desk: Desk;
let phone: Phone;
let client: BareClient;
let friend: Phone;
beforeAll(async () => {
  desk = await startDesk();
  await trustMedia(desk);
  ({ phone, client } = await desk.addLinked());
  friend = await desk.addPhone();
  // Otherwise Baileys looks for files that were brought again at WhatsApp's own host.
  await client.socket.refreshMediaConn(false);
});
afterAll(() => desk.stop());

const file = randomBytes(70_001);
const sendFile = async (): Promise<WAMessage> => {
  const id = await desk.send(friend, phone, { kind: 'document', data: file.toString('base64'), file_name: 'a.bin' });
  return waitFor('the document', () => client.messages.find(({ key, message }) => key.id === id && message));
};
const download = (message: WAMessage) => downloadMediaMessage(message, 'buffer', {});
/** What a client does about a file that is gone: Baileys knows how, though not by itself. */
const downloadOrAsk = async (message: WAMessage): Promise<Buffer> => {
  const status = await download(message).catch((error: { output: { statusCode: number } }) => error.output.statusCode);
  if (typeof status !== 'number') return status;
  expect([404, 410]).toContain(status);
  return download(await client.socket.updateMediaMessage(message));
};
const vanish = (message: WAMessage, code?: number) =>
  desk.control.call('POST', `/control/phones/${phone.number}/messages/${message.key.id}/media/vanish`, { code });

test.each([404, 410])(
  'a file that is gone with %i is brought again by the phone when the client asks',
  async (code) => {
    const message = await sendFile();
    await vanish(message, code);
    await expect(download(message)).rejects.toMatchObject({ output: { statusCode: code } });
    expect((await downloadOrAsk(message)).equals(file)).toBe(true);
    // It can vanish from its new place, too.
    await vanish(message, code);
    expect((await downloadOrAsk(message)).equals(file)).toBe(true);
    const answer = await fetch(`${desk.emulator.url}/control/phones/${phone.number}/messages/${message.key.id}/media`);
    expect(Buffer.from(await answer.arrayBuffer()).equals(file)).toBe(true);
  },
);

test('a file can vanish while it is fetched', async () => {
  const message = await sendFile();
  await desk.fault({ kind: 'media_gone', code: 404, count: 1 });
  expect((await downloadOrAsk(message)).equals(file)).toBe(true);
});

test('a phone says so when it does not have the file, or the wish is not sealed with the file’s key', async () => {
  const message = await sendFile();
  const content = message.message?.documentMessage;
  const other = { ...message, key: { ...message.key, id: '3A00' } };
  await expect(client.socket.updateMediaMessage(other)).rejects.toMatchObject({ output: { statusCode: 404 } });
  const forged = { ...message, message: { documentMessage: { ...content, mediaKey: randomBytes(32) } } };
  await expect(client.socket.updateMediaMessage(forged)).rejects.toMatchObject({ output: { statusCode: 412 } });
});

test('a phone that is off answers when it is on again, and one told not to never does', async () => {
  const message = await sendFile();
  await vanish(message);
  await desk.control.call('PATCH', `/control/phones/${phone.number}`, { online: false });
  const asking = downloadOrAsk(message);
  await aWhile();
  await desk.control.call('PATCH', `/control/phones/${phone.number}`, { online: true });
  expect((await asking).equals(file)).toBe(true);
  await desk.control.call('PATCH', `/control/phones/${phone.number}`, { answer_retry: false });
  const told: unknown[] = [];
  client.socket.ws.on('CB:notification,type:mediaretry', (notice: unknown) => told.push(notice));
  const unanswered = client.socket.updateMediaMessage(message).catch(() => undefined);
  await aWhile();
  expect(told).toEqual([]);
  await desk.control.call('PATCH', `/control/phones/${phone.number}`, { answer_retry: true });
  await client.socket.updateMediaMessage(message);
  await unanswered;
});

test('a file with a wrong bit is not the one that was sent', async () => {
  const message = await sendFile();
  await desk.fault({ kind: 'media_damage', count: 1 });
  const got = await download(message).catch(() => undefined);
  expect(got?.equals(file) ?? false).toBe(false);
  expect((await download(message)).equals(file)).toBe(true);
});

test('a host that stalls comes to its end later, or never', async () => {
  const message = await sendFile();
  await desk.fault({ kind: 'media_stall', ms: 50, count: 1 });
  expect((await download(message)).equals(file)).toBe(true);
  await desk.fault({ kind: 'media_stall', count: 1 });
  const { url } = message.message?.documentMessage ?? {};
  const answer = await fetch(url ?? '', { signal: AbortSignal.timeout(400) });
  expect(answer.status).toBe(200);
  await expect(answer.arrayBuffer()).rejects.toThrow();
});

test('a message without a file has none that could vanish', async () => {
  const id = await desk.send(friend, phone, { text: 'no file' });
  const path = `/control/phones/${phone.number}/messages/${id}/media/vanish`;
  expect(await desk.control.ask('POST', path, {})).toMatchObject({
    status: 404,
    body: { error: { code: 'media_not_found' } },
  });
});
