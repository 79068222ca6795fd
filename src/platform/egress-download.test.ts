import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { parseAllowList } from '../lib/index.ts';
import { createEgress, type Egress } from './egress.ts';

const opened: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

function startEgress(allow = '127.0.0.1', lookup?: (host: string) => Promise<readonly string[]>): Egress {
  const parsed = parseAllowList(allow);
  if (!parsed.ok) throw new Error(parsed.why);
  const egress = createEgress({ allow: parsed.allow, ...(lookup && { lookup }) });
  opened.push(egress.close);
  return egress;
}

async function startServer(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const fetchText = (egress: Egress, url: string, more: { timeoutMs?: number; bytesMax?: number } = {}) =>
  egress.download({ url, timeoutMs: 2_000, bytesMax: 1_000, ...more }, async (head, chunks) => ({
    head,
    text: (await buffer(chunks)).toString(),
  }));

test('a file is read as it comes, with what the server says of it', async () => {
  const url = await startServer((_request, response) => {
    response.setHeader('content-type', 'image/png');
    response.write('one ');
    response.end('two');
  });
  expect(await fetchText(startEgress(), `${url}/some%20dir/cat.png?size=1`)).toEqual({
    kind: 'kept',
    value: { head: { mimeType: 'image/png', filename: 'cat.png' }, text: 'one two' },
  });
});

test('three redirects are followed and a fourth is not', async () => {
  const url = await startServer((request, response) => {
    const left = Number(request.url?.slice(1));
    if (left > 0) response.writeHead(302, { location: `/${left - 1}` });
    response.end('there');
  });
  expect(await fetchText(startEgress(), `${url}/3`)).toMatchObject({ kind: 'kept', value: { text: 'there' } });
  expect(await fetchText(startEgress(), `${url}/4`)).toMatchObject({ kind: 'failed', code: 'too_many_redirects' });
});

test.each([
  'http://127.0.0.1:1/',
  'https://169.254.169.254/latest',
  'https://metadata.google.internal/',
  'file:///etc/passwd',
])('a redirect to %s is refused like a URL that was asked for', async (location) => {
  const url = await startServer((_request, response) => response.writeHead(302, { location }).end());
  const { port } = new URL(url);
  const egress = startEgress('files.test', async () => ['127.0.0.1']);
  expect(await fetchText(egress, `http://files.test:${port}/`)).toMatchObject({ code: 'forbidden_address' });
});

test('a name that leads to a private address is refused when it is connected to', async () => {
  const egress = startEgress('', async () => ['127.0.0.1']);
  expect(await fetchText(egress, 'https://files.example.com/')).toMatchObject({ code: 'forbidden_address' });
});

test('what is not there says its status', async () => {
  const url = await startServer((_request, response) => response.writeHead(404).end('not the file'));
  const outcome = await fetchText(startEgress(), url);
  expect(outcome).toEqual({ kind: 'failed', code: 'bad_status', message: 'The server answered with status 404.' });
});

test('more than is allowed is refused by what is announced, before anything is read', async () => {
  const url = await startServer((_request, response) => response.end('x'.repeat(11)));
  expect(await fetchText(startEgress(), url, { bytesMax: 10 })).toMatchObject({ code: 'too_large' });
  expect(await fetchText(startEgress(), url, { bytesMax: 11 })).toMatchObject({ kind: 'kept' });
});

test.each([
  ['never begins', () => {}],
  ['never ends', (response: { write(text: string): unknown }) => response.write('a little')],
])('a server whose answer %s is given up in time', async (_what, answer) => {
  const url = await startServer((_request, response) => void answer(response));
  expect(await fetchText(startEgress(), url, { timeoutMs: 100 })).toMatchObject({ kind: 'failed', code: 'timeout' });
});

test('an answer that breaks off is a failure and no short file', async () => {
  const url = await startServer((_request, response) => {
    response.writeHead(200, { 'content-length': '10' });
    response.write('half', () => response.destroy());
  });
  expect(await fetchText(startEgress(), url)).toMatchObject({ kind: 'failed', code: 'reset' });
});

test('what the reader throws is thrown, and ends the download', async () => {
  const gone = Promise.withResolvers<void>();
  const url = await startServer((_request, response) => {
    response.once('close', gone.resolve);
    response.write('a little');
  });
  const reading = startEgress().download({ url, timeoutMs: 2_000, bytesMax: 1_000 }, async () => {
    throw new Error('the disk is full');
  });
  await expect(reading).rejects.toThrow('the disk is full');
  await gone.promise;
});
