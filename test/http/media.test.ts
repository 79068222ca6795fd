import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer, type RequestListener, request as sendRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { waitFor } from '../support/wait.ts';
import { type FrontDoor, openFrontDoor, type Party } from './harness.ts';

const limit = 100_000;
const png = Buffer.concat([
  Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x03\0\0\0\x02', 'latin1'),
  randomBytes(500),
]);

let door: FrontDoor;
let owner: Party;
let stranger: Party;
const servers: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const env = { MEDIA_MAX_BYTES: String(limit), MEDIA_QUOTA_BYTES: '250000', MEDIA_FETCH_TIMEOUT_MS: '2000' };
  door = await openFrontDoor({ env });
  owner = await door.addParty('Owner');
  stranger = await door.addParty('Stranger');
});
afterAll(() => door.close());
afterEach(async () => {
  for (const close of servers.splice(0)) await close();
  for (const party of [owner, stranger]) {
    const { json } = await list(party);
    for (const { id } of json.data) await door.ask('DELETE', `/v1/media/${id}`, { key: party.key });
  }
});

const list = ({ key }: Party, query = '') => door.ask('GET', `/v1/media${query}`, { key });

const listFiles = (): string[] =>
  readdirSync(join(door.folder, 'media'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');

function formOf(content: Uint8Array, filename: string, type: string, fields: Readonly<Record<string, string>> = {}) {
  const form = new FormData();
  form.append('file', new Blob([Buffer.from(content)], { type }), filename);
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
}

const upload = async (form: FormData, headers: Readonly<Record<string, string>> = {}, { key } = owner) => {
  const body = form;
  const init = { method: 'POST', headers: { authorization: `Bearer ${key}`, ...headers }, body };
  const response = await fetch(`${door.address}/v1/media`, init);
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  return { status: response.status, headers: response.headers, json: (await response.json()) as any };
};

const uploadPng = async () => (await upload(formOf(png, 'bread.png', 'image/png'))).json;

const fetchUrl = (url: string, more: Readonly<Record<string, string>> = {}, headers = {}) =>
  door.ask('POST', '/v1/media', { key: owner.key, body: { url, ...more }, headers });

const download = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${door.address}${path}`, { headers: { authorization: `Bearer ${owner.key}`, ...headers } });

async function startServer(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function expectNothingKept(): Promise<void> {
  expect((await list(owner)).json.data).toEqual([]);
  expect(listFiles()).toEqual([]);
}

test('what is uploaded is told by its bytes and comes back byte for byte', async () => {
  const { status, json } = await upload(formOf(png, '../bröd.png', 'application/octet-stream'));
  expect(status).toBe(201);
  expect(json).toMatchObject({
    source: 'upload',
    state: 'ready',
    mime_type: 'image/png',
    filename: 'bröd.png',
    bytes: png.length,
    sha256: sha256(png),
    width: 3,
    height: 2,
    instance_id: null,
  });
  expect((await door.ask('GET', `/v1/media/${json.id}/info`, owner)).json).toEqual(json);
  expect((await list(owner, '?source=upload&state=ready')).json.data).toEqual([json]);

  const got = await download(`/v1/media/${json.id}`);
  expect(Buffer.from(await got.arrayBuffer())).toEqual(png);
  expect(Object.fromEntries(got.headers)).toMatchObject({
    'content-type': 'image/png',
    'content-length': String(png.length),
    'content-disposition': `attachment; filename="br_d.png"; filename*=UTF-8''br%C3%B6d.png`,
    'x-content-type-options': 'nosniff',
    'content-security-policy': 'sandbox',
    etag: `"${sha256(png)}"`,
  });
});

test('a part of it can be asked for, and what is known already is not sent again', async () => {
  const { id } = await uploadPng();
  const part = async (range: string, more = {}) => {
    const response = await download(`/v1/media/${id}`, { range, ...more });
    return [response.status, response.headers.get('content-range'), Buffer.from(await response.arrayBuffer())];
  };
  const size = png.length;
  expect(await part('bytes=2-5')).toEqual([206, `bytes 2-5/${size}`, png.subarray(2, 6)]);
  expect(await part('bytes=500-')).toEqual([206, `bytes 500-${size - 1}/${size}`, png.subarray(500)]);
  expect(await part('bytes=-4')).toEqual([206, `bytes ${size - 4}-${size - 1}/${size}`, png.subarray(-4)]);
  expect(await part('bytes=0-99999')).toEqual([206, `bytes 0-${size - 1}/${size}`, png]);
  expect(await part(`bytes=${size}-`)).toEqual([416, `bytes */${size}`, Buffer.alloc(0)]);
  expect(await part('bytes=0-1,3-4')).toEqual([200, null, png]);
  expect(await part('bytes=0-1', { 'if-range': '"other"' })).toEqual([200, null, png]);
  const known = await download(`/v1/media/${id}`, { 'if-none-match': `"${sha256(png)}"` });
  expect([known.status, await known.text()]).toEqual([304, '']);
});

test('the same content is on the disk once, and goes with the last that refers to it', async () => {
  const [first, second] = [await uploadPng(), await uploadPng()];
  expect(first.id).not.toBe(second.id);
  expect(listFiles()).toEqual([sha256(png)]);
  expect((await door.ask('DELETE', `/v1/media/${first.id}`, owner)).status).toBe(204);
  expect((await door.ask('GET', `/v1/media/${first.id}`, owner)).status).toBe(404);
  expect(Buffer.from(await (await download(`/v1/media/${second.id}`)).arrayBuffer())).toEqual(png);
  expect((await door.ask('DELETE', `/v1/media/${second.id}`, owner)).status).toBe(204);
  await expectNothingKept();
});

test('the same upload under one Idempotency-Key is one file, and another file under it is refused', async () => {
  const headers = { 'idempotency-key': 'bread-1' };
  const first = await upload(formOf(png, 'bread.png', 'image/png'), headers);
  const again = await upload(formOf(png, 'bread.png', 'image/png'), headers);
  const other = await upload(formOf(Buffer.from('%PDF-1.7 other'), 'other.pdf', 'application/pdf'), headers);
  expect(again.json).toEqual(first.json);
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  expect([other.status, other.json.error.code]).toEqual([409, 'idempotency_conflict']);
  expect((await list(owner)).json.data).toHaveLength(1);
  expect(listFiles()).toEqual([sha256(png)]);
});

test.each([
  ['a file over the limit', formOf(Buffer.alloc(limit + 1), 'big.bin', ''), 413, 'media_too_large'],
  ['text that is said to be a picture', formOf(Buffer.from('hello'), 'a.png', 'image/png'), 422, 'media_type_mismatch'],
  ['a picture that is said to be a film', formOf(png, 'a.mp4', 'video/mp4'), 422, 'media_type_mismatch'],
  ['an empty file', formOf(Buffer.alloc(0), 'a.txt', 'text/plain'), 422, 'invalid_request'],
  ['an unknown field', formOf(png, 'a.png', 'image/png', { colour: 'red' }), 422, 'invalid_request'],
  ['no file', new FormData(), 422, 'invalid_request'],
])('%s is refused, and nothing of it is kept', async (_what, form, status, code) => {
  const answer = await upload(form);
  expect([answer.status, answer.json.error?.code]).toEqual([status, code]);
  await expectNothingKept();
});

test('a file of exactly the limit is taken', async () => {
  expect((await upload(formOf(Buffer.alloc(limit, 'a'), 'big.txt', 'text/plain'))).status).toBe(201);
});

test('more than the customer may keep is refused, and deleting makes room', async () => {
  const big = (letter: string) => formOf(Buffer.alloc(limit, letter), 'big.txt', 'text/plain');
  const first = await upload(big('a'));
  await upload(big('b'));
  const refused = await upload(big('c'));
  expect([refused.status, refused.json.error.code]).toEqual([422, 'limit_reached']);
  expect(refused.json.error.details).toMatchObject({ limit: 250_000, used: 200_000 });
  expect(listFiles()).toHaveLength(2);
  expect((await upload(big('d'), {}, stranger)).status).toBe(201);
  await door.ask('DELETE', `/v1/media/${first.json.id}`, owner);
  expect((await upload(big('c'))).status).toBe(201);
});

test('a caller that goes away in the middle leaves nothing', async () => {
  const headers = {
    authorization: `Bearer ${owner.key}`,
    'content-type': 'multipart/form-data; boundary=xyz',
    'content-length': '90000',
  };
  const going = sendRequest(`${door.address}/v1/media`, { method: 'POST', headers });
  going.on('error', () => {});
  going.write('--xyz\r\ncontent-disposition: form-data; name="file"; filename="a.bin"\r\n\r\nhalf of it');
  await waitFor('the upload to begin', async () => listFiles().length === 1);
  going.destroy();
  await waitFor('the draft to go', async () => listFiles().length === 0);
  await expectNothingKept();
});

test('a form that breaks off is refused, and nothing of it is kept', async () => {
  const headers = { authorization: `Bearer ${owner.key}`, 'content-type': 'multipart/form-data; boundary=xyz' };
  const body = '--xyz\r\ncontent-disposition: form-data; name="file"; filename="a.bin"\r\n\r\nhalf of it';
  const response = await fetch(`${door.address}/v1/media`, { method: 'POST', headers, body });
  expect([response.status, await response.text()]).toEqual([422, expect.stringContaining('breaks off')]);
  await expectNothingKept();
});

test('a form is taken by this route only', async () => {
  const init = { method: 'POST', headers: { authorization: `Bearer ${owner.key}` }, body: formOf(png, 'a', '') };
  const response = await fetch(`${door.address}/v1/endpoints`, init);
  expect(response.status).toBe(415);
});

test('a file is fetched from a URL', async () => {
  const url = await startServer((_request, response) => response.setHeader('content-type', 'image/png').end(png));
  const { status, json } = await fetchUrl(`${url}/bread.png`);
  expect(status).toBe(201);
  expect(json).toMatchObject({ source: 'url', mime_type: 'image/png', filename: 'bread.png', sha256: sha256(png) });
});

test.each<[string, RequestListener, number, string]>([
  ['is not there', (_request, response) => response.writeHead(404).end(), 422, 'media_url_failed'],
  [
    'lies about its type',
    (_, response) => response.setHeader('content-type', 'image/png').end('<html>'),
    422,
    'media_type_mismatch',
  ],
  ['announces too much', (_, response) => response.end(Buffer.alloc(limit + 1)), 413, 'media_too_large'],
  ['never ends', (_, response) => void response.write('a little'), 422, 'media_url_failed'],
  [
    'leads to a private address',
    (_, response) => response.writeHead(302, { location: 'http://10.0.0.1/' }).end(),
    422,
    'media_url_forbidden',
  ],
  ['leads on for ever', (_, response) => response.writeHead(302, { location: '/' }).end(), 422, 'media_url_failed'],
  [
    'breaks off',
    (_, response) => void response.writeHead(200, { 'content-length': '9' }).write('half', () => response.destroy()),
    422,
    'media_url_failed',
  ],
])('a URL that %s is refused, and nothing of it is kept', async (_what, listener, status, code) => {
  const answer = await fetchUrl(await startServer(listener));
  expect([answer.status, answer.json.error?.code]).toEqual([status, code]);
  await expectNothingKept();
});

test('a URL that sends more than it announced anything of is cut off at the limit', async () => {
  const url = await startServer((_request, response) => {
    response.on('error', () => {});
    const pour = () => {
      while (!response.destroyed && response.write(Buffer.alloc(16_384)));
      if (!response.destroyed) response.once('drain', pour);
    };
    pour();
  });
  const answer = await fetchUrl(url);
  expect([answer.status, answer.json.error.code]).toEqual([413, 'media_too_large']);
  await expectNothingKept();
});

test('a URL that was fetched once under an Idempotency-Key is not fetched again', async () => {
  let hits = 0;
  const url = await startServer((_request, response) => {
    hits += 1;
    response.end(png);
  });
  const headers = { 'idempotency-key': 'bread-url' };
  const first = await fetchUrl(url, {}, headers);
  expect((await fetchUrl(url, {}, headers)).json).toEqual(first.json);
  expect(hits).toBe(1);
});

test('a link opens one file to anybody until it expires or is revoked', async () => {
  const { id } = await uploadPng();
  const other = await uploadPng();
  const { json } = await door.ask('POST', `/v1/media/${id}/links`, { ...owner, body: { expires_in_seconds: 60 } });
  const got = await fetch(`${door.address}${json.url}`);
  expect(Buffer.from(await got.arrayBuffer())).toEqual(png);
  expect(got.headers.get('content-disposition')).toContain('attachment');

  const open = async (url: string) => (await fetch(`${door.address}${url}`)).status;
  expect(await open(json.url.replace(id, other.id))).toBe(404);
  expect(await open(json.url.slice(0, -2))).toBe(404);
  expect((await door.ask('DELETE', `/v1/media/${id}/links`, owner)).status).toBe(204);
  expect(await open(json.url)).toBe(404);

  const fresh = await door.ask('POST', `/v1/media/${id}/links`, { ...owner, body: {} });
  expect(await open(fresh.json.url)).toBe(200);
  await door.ask('DELETE', `/v1/media/${id}`, owner);
  expect(await open(fresh.json.url)).toBe(404);
  const tooLong = await door.ask('POST', `/v1/media/${other.id}/links`, {
    ...owner,
    body: { expires_in_seconds: 901 },
  });
  expect(tooLong.json.error.code).toBe('invalid_request');
});

test("somebody else's file does not exist, and a bound key sees those of its instance only", async () => {
  const { id } = await uploadPng();
  const { key } = owner;
  const instance = await door.ask('POST', '/v1/instances', { key, body: { name: 'Shop' } });
  const bound = await door.ask('POST', '/v1/api-keys', { key, body: { name: 'bound', instance_id: instance.json.id } });
  for (const visitor of [stranger.key, bound.json.secret]) {
    for (const path of [`/v1/media/${id}`, `/v1/media/${id}/info`]) {
      const { status, json } = await door.ask('GET', path, { key: visitor });
      expect([status, json.error.code]).toEqual([404, 'media_not_found']);
    }
    expect((await door.ask('DELETE', `/v1/media/${id}`, { key: visitor })).status).toBe(404);
    expect((await door.ask('POST', `/v1/media/${id}/links`, { key: visitor, body: {} })).status).toBe(404);
  }
  expect((await list({ ...owner, key: bound.json.secret })).json.data).toEqual([]);
  const own = await upload(formOf(png, 'own.png', ''), {}, { ...owner, key: bound.json.secret });
  expect(own.json.instance_id).toBe(instance.json.id);
  expect((await list({ ...owner, key: bound.json.secret })).json.data).toHaveLength(1);
});
