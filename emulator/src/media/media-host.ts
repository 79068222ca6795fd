import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { startTimer } from '../lib/clock.ts';
import type { World } from '../world/world.ts';
import { issueHostCertificate } from './certificates.ts';
import { sha256 } from './sealed-media.ts';

/** Where clients bring and fetch files: HTTPS, since they know nothing else. */

export type MediaHost = { stop: () => Promise<void> };

/** What one file may have; clients are told in media_conn. */
export const MEDIA_BYTES_MAX = 64 * 1024 * 1024;

const UPLOAD_PATH = /^\/(mms\/(?:image|video|document|audio|md-app-state)|product\/image)\/([A-Za-z0-9_-]{43})=?$/;
const DOWNLOAD_PATH = /^\/v\/emulated\/([A-Za-z0-9_-]{43})(?:\/(\d{1,6}))?$/;
const GONE_DEFAULT = 410;
const FAILURE_DEFAULT = 500;

/** The path under which a file is found, from the hash of its encrypted bytes. */
export const pathOfMedia = (name: string): string => `/v/emulated/${name}`;

/** Where a file is now: each time that it has vanished from the host it is brought to another place. */
export const pathNow = (world: World, name: string): string => {
  const times = world.media.gone.get(name)?.times ?? 0;
  return times === 0 ? pathOfMedia(name) : `${pathOfMedia(name)}/${times}`;
};

/** The file is no longer where it was; whoever looks there gets this code. */
export const makeVanish = (world: World, name: string, code = GONE_DEFAULT): void => {
  const gone = { times: (world.media.gone.get(name)?.times ?? 0) + 1, code };
  world.media.gone.set(name, gone);
  world.store.put('media-gone', name, () => gone);
};

/** The name of the file behind a message's direct path; undefined for files of other hosts. */
export const nameOfPath = (directPath: string): string | undefined =>
  DOWNLOAD_PATH.exec(directPath.split('?')[0] ?? '')?.[1];

export const nameOfMedia = (encryptedSha256: Buffer): string => encryptedSha256.toString('base64url');

const answer = (response: ServerResponse, statusCode: number, body: object): void => {
  response.writeHead(statusCode, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify(body));
};

/** The whole body; undefined if it is larger than a file may be. */
const readBody = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = [];
  let byteCount = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    byteCount += chunk.length;
    if (byteCount > MEDIA_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

const upload = async (world: World, request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
  const token = UPLOAD_PATH.exec(decodeURIComponent(url.pathname))?.[2];
  if (token === undefined) return answer(response, 404, { error: 'no such path' });
  if (url.searchParams.get('auth') !== world.media.auth) return answer(response, 401, { error: 'unknown auth' });
  const bytes = await readBody(request);
  if (!bytes) return answer(response, 413, { error: `a file may have ${MEDIA_BYTES_MAX} bytes` });
  if (nameOfMedia(sha256(bytes)) !== token)
    return answer(response, 400, { error: 'the bytes are not those announced' });
  await world.media.blobs.put(token, bytes);
  const directPath = pathOfMedia(token);
  answer(response, 200, { url: `https://${world.media.host}${directPath}`, direct_path: directPath });
};

const readRange = (header: string | undefined, byteCount: number): { start: number; end: number } | undefined => {
  const match = /^bytes=(\d+)-(\d*)$/.exec(header ?? '');
  if (!match) return undefined;
  const end = match[2] ? Math.min(Number(match[2]), byteCount - 1) : byteCount - 1;
  return { start: Number(match[1]), end };
};

/** One bit of it is another. */
const damage = (bytes: Buffer): Buffer => {
  const damaged = Buffer.from(bytes);
  damaged[damaged.length >> 1] = (damaged[damaged.length >> 1] ?? 0) ^ 1;
  return damaged;
};

/** Half of it goes out, and the rest after so long, or never. */
const stall = (response: ServerResponse, bytes: Buffer, waitMs: number | undefined): void => {
  const half = bytes.length >> 1;
  response.write(bytes.subarray(0, half));
  if (waitMs !== undefined) startTimer(waitMs, () => response.end(bytes.subarray(half)));
};

const download = async (world: World, request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
  const [, name, time = '0'] = DOWNLOAD_PATH.exec(url.pathname) ?? [];
  const { faults } = world;
  const vanishing = name !== undefined && faults.strike('media_gone');
  if (vanishing) makeVanish(world, name, vanishing.code);
  const gone = world.media.gone.get(name ?? '');
  if (gone && Number(time) < gone.times) return answer(response, gone.code, { error: 'the file is gone' });
  const kept = name === undefined ? undefined : await world.media.blobs.read(name);
  if (!kept) return answer(response, 404, { error: 'no such file' });
  const bytes = faults.strike('media_damage') ? damage(kept) : kept;
  const range = readRange(request.headers.range, bytes.length);
  if (range && range.start > range.end) return answer(response, 416, { error: 'no such range' });
  const part = range ? bytes.subarray(range.start, range.end + 1) : bytes;
  response.writeHead(range ? 206 : 200, {
    'content-type': 'application/octet-stream',
    'content-length': part.length,
    ...(range ? { 'content-range': `bytes ${range.start}-${range.end}/${bytes.length}` } : {}),
  });
  const stalled = faults.strike('media_stall');
  if (stalled) stall(response, part, stalled.ms);
  else response.end(part);
};

const serve = async (world: World, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const url = new URL(request.url ?? '/', 'https://media');
  const direction = request.method === 'POST' ? 'in' : 'out';
  const fits = (fault: { direction?: string | undefined }): boolean =>
    (fault.direction ?? 'both') === 'both' || fault.direction === direction;
  const slow = world.faults.strike('media_latency', undefined, undefined, fits);
  if (slow) await new Promise<void>((resolve) => startTimer(slow.ms ?? 0, resolve));
  const failure = world.faults.strike('media_failure', undefined, undefined, fits);
  if (failure) return answer(response, failure.code ?? FAILURE_DEFAULT, { error: 'a fault says so' });
  if (request.method === 'POST') return upload(world, request, response, url);
  if (request.method === 'GET') return download(world, request, response, url);
  answer(response, 405, { error: 'GET and POST only' });
};

/** Listens on the port of the last time if it can, so that addresses in old messages stay good. */
export const startMediaHost = async (world: World, host: string, port: number): Promise<MediaHost> => {
  const names = [...new Set([host, '127.0.0.1', '::1', 'localhost', 'mmg.whatsapp.net'])];
  const server = createServer(issueHostCertificate(world.media.authority, names), (request, response) => {
    serve(world, request, response).catch(() => response.destroy());
  });
  const listen = (wanted: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(wanted, host, () => {
        server.off('error', reject);
        resolve();
      });
    });
  await listen(port).catch(() => listen(0));
  const address = server.address() as AddressInfo;
  world.media.host = `${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
  world.store.put('media-port', 'last', () => address.port);
  return {
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
