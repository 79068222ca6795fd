import { randomBytes } from 'node:crypto';
import { proto, type WASocket } from 'baileys';
import { expect, test } from 'vitest';
import { downloadFile } from './media-transfer.ts';

const file = { directPath: '/v/file', mediaKey: randomBytes(32), fileSha256: randomBytes(32) };

/** Nothing is found here that could be gone, so nobody is asked to bring it again. */
const asSocket = (socket: Pick<WASocket, 'query'>) => socket as WASocket;

const lineTo = (hostname: string) => ({
  socket: asSocket({
    query: async () => ({
      tag: 'iq',
      attrs: {},
      content: [{ tag: 'media_conn', attrs: { auth: '', ttl: '60' }, content: [{ tag: 'host', attrs: { hostname } }] }],
    }),
  }),
  route: undefined,
});

const fetchFrom = (hostname: string, image: proto.Message.IImageMessage, isOwnServer = false) =>
  downloadFile(
    { ...lineTo(hostname), askMs: 1, isOwnServer },
    {
      payload: proto.Message.encode({ imageMessage: image }).finish(),
      bytesMax: 1_000,
      keep: async () => {
        throw new Error('nothing may come');
      },
      name: { networkId: '3A', fromMe: false, chat: { kind: 'person', contact: { phone: '4915111111111' } } },
      signal: AbortSignal.abort(),
    },
  );

test.each(['evil.example', 'whatsapp.net.evil.example', 'evilwhatsapp.net', '127.0.0.1', 'user@evil.example'])(
  'nothing is fetched from %s, which is not WhatsApp’s',
  async (hostname) => {
    expect(await fetchFrom(hostname, file)).toMatchObject({ kind: 'unusable' });
  },
);

test.each(['mmg.whatsapp.net', 'media-fra5-1.cdn.whatsapp.net'])('%s is WhatsApp’s', async (hostname) => {
  expect(await fetchFrom(hostname, file)).toMatchObject({ kind: 'failed' });
});

test('another server of ours has its own media host', async () => {
  expect(await fetchFrom('127.0.0.1:1', file, true)).toMatchObject({ kind: 'failed' });
});

test.each<[string, proto.Message.IImageMessage]>([
  ['no path', { ...file, directPath: null }],
  ['a path that is no path', { ...file, directPath: '@evil.example/file' }],
  ['a port for a path', { ...file, directPath: ':99999/file' }],
  ['no key', { ...file, mediaKey: null }],
  ['a short key', { ...file, mediaKey: randomBytes(16) }],
  ['no hash', { ...file, fileSha256: null }],
])('a message with %s names no file', async (_what, image) => {
  expect(await fetchFrom('mmg.whatsapp.net', image)).toMatchObject({ kind: 'unusable' });
});
