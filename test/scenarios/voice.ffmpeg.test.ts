/** Sounds of every kind as voice messages, with a real ffmpeg. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectOk } from '../support/api-client.ts';
import { type Lab, startLab } from '../support/lab.ts';
import type { Phone } from '../support/phones.ts';
import { makeWav } from '../support/sounds.ts';
import { uploadFile } from '../support/upload-file.ts';
import { waitFor } from '../support/wait.ts';

let lab: Lab;
let instance: { id: string; phone: Phone };
let friend: Phone;

beforeAll(async () => {
  lab = await startLab(process.env.FFMPEG_PATH ? { FFMPEG_PATH: process.env.FFMPEG_PATH } : {});
  instance = await lab.link('Shop');
  friend = await lab.phones.add({ name: 'Friend' });
});
afterAll(() => lab?.close());

const sendVoice = (mediaId: string, more = {}) =>
  expectOk(
    lab.api()('POST', `/v1/instances/${instance.id}/messages`, {
      to: friend.number,
      type: 'voice',
      media_id: mediaId,
      ...more,
    }),
  );

const readMessage = (id: string) => expectOk(lab.api()('GET', `/v1/messages/${id}`));
const readInfo = (id: string) => expectOk(lab.api()('GET', `/v1/media/${id}/info`));
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** It leads to a sound that is there and that only the gateway's machine has. */
function makePlaylist(): Buffer {
  const path = join(lab.dataDir, 'private.wav');
  writeFileSync(path, makeWav(1));
  return Buffer.from(`#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://${path}\n#EXT-X-ENDLIST\n`);
}

test('a WAV reaches the phone as OGG with Opus, with its length and how loud it is', async () => {
  const { id } = await uploadFile(lab, makeWav(4), 'hello.wav');
  const sent = await sendVoice(id);
  expect(sent.media.mime_type).toBe('audio/wav');
  await lab.waitForStatus(sent.id, 'delivered');
  const got = await lab.phones.readFile(friend.number, sent.network_message_id);
  expect(got.subarray(0, 4).toString()).toBe('OggS');
  expect(got.includes('OpusHead')).toBe(true);
  const { media } = await readMessage(sent.id);
  expect(media).toMatchObject({ mime_type: 'audio/ogg; codecs=opus', sha256: sha256(got) });
  expect(await readInfo(media.id)).toMatchObject({ source: 'conversion', sha256: sha256(got) });
  // What an encoder adds at the end may be a part of one more.
  expect([4, 5]).toContain(media.seconds);
  const { waveform } = media;
  expect(waveform).toHaveLength(64);
  expect(Math.max(...waveform.slice(0, 28))).toBeLessThan(10);
  expect(Math.min(...waveform.slice(36, 60))).toBeGreaterThan(80);
  // What was uploaded is there as it was.
  expect(await readInfo(id)).toMatchObject({ mime_type: 'audio/wav' });
});

test('a waveform that is given stays', async () => {
  const { id } = await uploadFile(lab, makeWav(1), 'hello.wav');
  const sent = await sendVoice(id, { waveform: [1, 2, 3] });
  await lab.waitForStatus(sent.id, 'delivered');
  expect((await readMessage(sent.id)).media.waveform).toEqual([1, 2, 3]);
});

test.each([
  ['no sound at all', () => Buffer.from('nothing that anybody could hear')],
  ['a playlist that names a sound of this machine', makePlaylist],
  ['a sound that breaks off', () => makeWav(1).subarray(0, 30)],
])('%s fails for certain, and what is behind it leaves', async (_what, make) => {
  const { id } = await uploadFile(lab, make(), 'sound.aac', 'audio/aac');
  const sent = await sendVoice(id);
  const behind = await lab.send(instance.id, friend.number, 'behind it');
  await lab.waitForStatus(behind.id, 'delivered');
  expect(await readMessage(sent.id)).toMatchObject({ status: 'failed', error: { code: 'media_conversion_failed' } });
});

test('after a kill while WhatsApp is brought the voice message, it is shown once and was converted once', async () => {
  await lab.phones.addFault({ kind: 'media_latency', ms: 1_500, direction: 'in', count: 1 });
  const { id } = await uploadFile(lab, makeWav(2), 'hello.wav');
  const sent = await sendVoice(id);
  const converted = await waitFor('the conversion', async () => {
    const { media } = await readMessage(sent.id);
    return media.mime_type !== 'audio/wav' && media;
  });
  await lab.gateway().kill();
  await lab.start();
  await lab.waitForStatus(sent.id, 'delivered');
  expect((await readMessage(sent.id)).media.id).toBe(converted.id);
  expect(sha256(await lab.phones.readFile(friend.number, sent.network_message_id))).toBe(converted.sha256);
  const shown = await lab.phones.shown(friend.number, instance.phone.number);
  expect(shown.filter((message) => message.id === sent.network_message_id)).toHaveLength(1);
});
