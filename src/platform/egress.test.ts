import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { parseAllowList } from '../lib/index.ts';
import { createEgress, type Egress, type EgressOptions } from './egress.ts';

const loopback = '127.0.0.0/8 ::1';
const opened: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

function startEgress(allow = '', options: Omit<EgressOptions, 'allow'> = {}): Egress {
  const parsed = parseAllowList(allow);
  if (!parsed.ok) throw new Error(parsed.why);
  const egress = createEgress({ allow: parsed.allow, connectTimeoutMs: 2_000, ...options });
  opened.push(egress.close);
  return egress;
}

async function startServer(listener: RequestListener): Promise<{ port: number; url: string; hits: IncomingMessage[] }> {
  const hits: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    hits.push(request);
    listener(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const { port } = server.address() as AddressInfo;
  return { port, url: `http://127.0.0.1:${port}/hook?a=1`, hits };
}

async function startTcp(onSocket: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return (server.address() as AddressInfo).port;
}

const ok = (_request: IncomingMessage, response: ServerResponse): void => void response.end('fine');
const body = Buffer.from('{"event":"message.received"}');
const posted = (url: string, timeoutMs = 5_000) => ({
  url,
  headers: { 'content-type': 'application/json' },
  body,
  timeoutMs,
});

// What may be stored.

test.each([
  ...['https://127.0.0.1/', 'https://0x7f000001/', 'https://2130706433/', 'https://127.1/', 'https://0177.0.0.1/'],
  ...[
    'https://0/',
    'https://0.0.0.0/',
    'https://[::1]/',
    'https://[::]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::127.0.0.1]/',
  ],
  ...[
    'https://[64:ff9b::7f00:1]/',
    'https://[2002:7f00:1::]/',
    'https://１２７.０.０.１/',
    'https://127。0。0。1/',
    'https://127.0.0.1./',
  ],
  ...['https://10.0.0.1/', 'https://192.168.1.1/', 'https://172.16.0.1/', 'https://100.64.0.1/', 'https://198.18.0.1/'],
  ...['https://169.254.1.1/', 'https://[fe80::1]/', 'https://[fd00::1]/', 'https://[fec0::1]/', 'https://224.0.0.1/'],
  ...['https://169.254.169.254/', 'https://[::ffff:a9fe:a9fe]/', 'https://[fd00:ec2::254]/', 'https://168.63.129.16/'],
  ...[
    'https://localhost/',
    'https://LOCALHOST./',
    'https://a.localhost/',
    'https://app/',
    'https://db.internal/',
    'https://nas.local/',
  ],
  ...['https://metadata.google.internal/', 'https://metadata/', 'http://8.8.8.8/', 'http://example.com/'],
  ...[
    'ftp://example.com/',
    'file:///etc/passwd',
    'javascript:1',
    'example.com',
    '',
    'https://',
    'https://u:p@example.com/',
  ],
  ...['https://u@example.com/', 'https://example.com/#there', `https://example.com/${'a'.repeat(2_048)}`],
])('%s is refused at registration without asking a name server', async (url) => {
  const asked: string[] = [];
  const lookup = (host: string) => {
    asked.push(host);
    return Promise.resolve(['8.8.8.8']);
  };
  const egress = startEgress('', { lookup });
  expect(await egress.checkUrl(url)).toEqual({ ok: false, why: expect.stringMatching(/^\S.*\.$/) });
  expect(asked).toEqual([]);
});

test('https to a name with public addresses may be registered', async () => {
  const egress = startEgress('', { lookup: () => Promise.resolve(['93.184.215.14', '2606:2800:21f::1']) });
  const checked = await egress.checkUrl('https://Hooks.Example.com:8443/a?b=c');
  expect(checked.ok && checked.url.href).toBe('https://hooks.example.com:8443/a?b=c');
});

test.each([
  '127.0.0.1',
  '10.0.0.1',
  '169.254.169.254',
  '::1',
  '::ffff:10.0.0.1',
  '64:ff9b::a00:1',
  '0.0.0.0',
  'fe80::1%eth0',
])('a name with one address that is not public (%s) is refused, and the address is not told', async (ip) => {
  const egress = startEgress('', { lookup: () => Promise.resolve(['93.184.215.14', ip]) });
  const checked = await egress.checkUrl('https://hooks.example.com/');
  expect(checked).toEqual({ ok: false, why: expect.stringMatching(/^The host of this URL leads to /) });
  expect(JSON.stringify(checked)).not.toContain(ip);
});

test('a name that does not resolve is refused with a sentence', async () => {
  const none = startEgress('', { lookup: () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' })) });
  const why = 'The host of this URL does not resolve to an address. Check how it is written.';
  expect(await none.checkUrl('https://hooks.example.com/')).toEqual({ ok: false, why });
  const empty = startEgress('', { lookup: () => Promise.resolve([]) });
  expect(await empty.checkUrl('https://hooks.example.com/')).toEqual({ ok: false, why });
});

test('silent name servers hold a registration for a bounded time', async () => {
  const egress = startEgress('', { connectTimeoutMs: 50, lookup: () => new Promise(() => {}) });
  const checked = await egress.checkUrl('https://hooks.example.com/');
  expect(checked).toEqual({ ok: false, why: expect.stringContaining('did not answer in time') });
});

test('the list opens addresses, names and plain http, and nothing beside them', async () => {
  const addresses: Record<string, string[]> = {
    app: ['10.1.0.9'],
    'a.example': ['10.2.0.9'],
    'b.example': ['8.8.8.8'],
  };
  const lookup = (host: string) => Promise.resolve(addresses[host] ?? []);
  const networks = startEgress('10.1.0.0/16', { lookup });
  const hosts = startEgress('a.example,b.example', { lookup });
  for (const url of ['http://10.1.2.3/', 'https://10.1.2.3/', 'http://app:3000/', 'https://b.example/']) {
    expect([url, (await networks.checkUrl(url)).ok]).toEqual([url, true]);
  }
  for (const url of [
    'http://a.example/',
    'https://a.example/',
    'http://b.example/',
    'https://10.2.0.1/',
    'http://8.8.8.8/',
  ]) {
    expect([url, (await networks.checkUrl(url)).ok]).toEqual([url, false]);
  }
  for (const url of ['http://a.example/', 'https://a.example/', 'http://b.example/']) {
    expect([url, (await hosts.checkUrl(url)).ok]).toEqual([url, true]);
  }
  for (const url of ['http://app/', 'https://10.2.0.9/', 'http://c.example/']) {
    expect([url, (await hosts.checkUrl(url)).ok]).toEqual([url, false]);
  }
});

test('a local name with a public address is refused unless it is listed', async () => {
  const lookup = () => Promise.resolve(['8.8.8.8']);
  expect((await startEgress('10.0.0.0/8', { lookup }).checkUrl('https://app/')).ok).toBe(false);
  expect((await startEgress('app', { lookup }).checkUrl('https://app/')).ok).toBe(true);
});

test('metadata is refused although it is listed', async () => {
  const lookup = () => Promise.resolve(['169.254.169.254']);
  const egress = startEgress('0.0.0.0/0 ::/0 169.254.169.254 metadata.google.internal a.example', { lookup });
  for (const host of [
    '169.254.169.254',
    '[fd00:ec2::254]',
    '[::ffff:169.254.169.254]',
    'metadata.google.internal',
    'a.example',
  ]) {
    expect([host, (await egress.checkUrl(`http://${host}/`)).ok]).toEqual([host, false]);
    expect(await egress.post(posted(`http://${host}/`))).toMatchObject({ kind: 'failed', code: 'forbidden_address' });
  }
});

test('a metadata name is refused whatever address it has', async () => {
  const egress = startEgress('metadata.google.internal', { lookup: () => Promise.resolve(['8.8.8.8']) });
  const checked = await egress.checkUrl('https://metadata.google.internal/');
  expect(checked).toEqual({ ok: false, why: expect.stringContaining("a cloud's metadata service") });
});

test('the real name servers and hosts file are asked where no lookup is given', async () => {
  const server = await startServer(ok);
  const egress = startEgress(loopback);
  expect((await egress.checkUrl(`http://localhost:${server.port}/`)).ok).toBe(true);
  expect((await egress.checkUrl('https://does-not-exist.invalid/')).ok).toBe(false);
});

// What is sent.

test('a post arrives as it is and its answer comes back', async () => {
  let received = '';
  const server = await startServer((request, response) => {
    request.setEncoding('utf8').on('data', (text) => (received += text));
    request.on('end', () => response.writeHead(429, { 'retry-after': '120' }).end('slow\0down'));
  });
  const outcome = await startEgress(loopback).post(posted(server.url));
  expect(outcome).toEqual({
    kind: 'answered',
    statusCode: 429,
    headers: { 'retry-after': '120' },
    bodyText: 'slow\ufffddown',
    bodyCut: false,
    timings: { connectMs: expect.any(Number), totalMs: expect.any(Number) },
  });
  expect(received).toBe(body.toString());
  expect(server.hits[0]).toMatchObject({ method: 'POST', url: '/hook?a=1' });
  expect(server.hits[0]?.headers).toMatchObject({
    'content-type': 'application/json',
    'content-length': `${body.length}`,
  });
});

test('the next post to an origin uses the same connection', async () => {
  const server = await startServer(ok);
  const egress = startEgress(loopback);
  const first = await egress.post(posted(server.url));
  // The pool gives a connection free one turn of the event loop after its answer.
  await wait(10);
  const second = await egress.post(posted(server.url));
  expect([first.timings.connectMs !== undefined, second.timings.connectMs]).toEqual([true, undefined]);
  expect(server.hits[1]?.socket).toBe(server.hits[0]?.socket);
});

test('interim answers are passed over', async () => {
  const server = await startServer((_request, response) => {
    response.writeEarlyHints({ link: '</a>; rel=preload' });
    response.writeHead(204).end();
  });
  expect(await startEgress(loopback).post(posted(server.url))).toMatchObject({ statusCode: 204, bodyText: '' });
});

test('an interim answer and then nothing is no answer', async () => {
  const server = await startServer((_request, response) => response.writeEarlyHints({ link: '</a>; rel=preload' }));
  const outcome = await startEgress(loopback).post(posted(server.url, 200));
  expect(outcome).toMatchObject({ kind: 'failed', code: 'timeout', message: 'No answer within 200 ms.' });
});

test.each([301, 302, 303, 307, 308])('a %i is an answer, not a way to somewhere else', async (statusCode) => {
  const inner = await startServer(ok);
  const outer = await startServer((_request, response) =>
    response.writeHead(statusCode, { location: inner.url }).end(),
  );
  expect(await startEgress(loopback).post(posted(outer.url))).toMatchObject({ kind: 'answered', statusCode });
  await wait(50);
  expect(inner.hits).toHaveLength(0);
});

// The guard, at every attempt.

test('what may not be registered is not posted to either', async () => {
  const server = await startServer(ok);
  const egress = startEgress();
  const hosts = [
    '127.0.0.1',
    '0x7f000001',
    '2130706433',
    '127.1',
    '0',
    '[::ffff:127.0.0.1]',
    '[64:ff9b::7f00:1]',
    'localhost',
  ];
  for (const host of hosts) {
    for (const scheme of ['http', 'https']) {
      const outcome = await egress.post(posted(`${scheme}://${host}:${server.port}/`));
      expect([host, outcome]).toEqual([host, expect.objectContaining({ kind: 'failed', code: 'forbidden_address' })]);
    }
  }
  expect(server.hits).toHaveLength(0);
});

test('a name that changed to a forbidden address after its registration is refused', async () => {
  const port = await startTcp(() => expect.unreachable('a connection was made'));
  const answers = [['93.184.215.14'], ['127.0.0.1']];
  const egress = startEgress('', { lookup: () => Promise.resolve(answers.shift() ?? []) });
  const url = `https://rebind.example:${port}/`;
  expect((await egress.checkUrl(url)).ok).toBe(true);
  expect(await egress.post(posted(url))).toMatchObject({
    kind: 'failed',
    code: 'forbidden_address',
    message: 'The host leads to a loopback address, which is this machine itself.',
  });
});

test('of several addresses only those in order are called', async () => {
  const server = await startServer(ok);
  const lookup = () => Promise.resolve(['10.255.255.1', '169.254.169.254', '127.0.0.1', '::ffff:10.0.0.1']);
  const outcome = await startEgress('127.0.0.1', { lookup }).post(posted(`http://mixed.example:${server.port}/`));
  expect(outcome).toMatchObject({ kind: 'answered', statusCode: 200 });
});

test('plain http to a public address is refused when the name is looked up, too', async () => {
  const egress = startEgress('10.0.0.0/8', { lookup: () => Promise.resolve(['93.184.215.14']) });
  const outcome = await egress.post(posted('http://plain.example/'));
  expect(outcome).toMatchObject({ code: 'forbidden_address', message: expect.stringContaining('https only') });
});

// What endpoints do.

test('an answer of 16 kB is kept whole, a longer one is cut and costs its connection', async () => {
  let bytes = 16_384;
  const server = await startServer((_request, response) => response.end('x'.repeat(bytes)));
  const egress = startEgress(loopback);
  const whole = await egress.post(posted(server.url));
  expect(whole).toMatchObject({ kind: 'answered', bodyCut: false, bodyText: 'x'.repeat(16_384) });
  bytes = 16_385;
  const cut = await egress.post(posted(server.url));
  expect(cut).toMatchObject({ kind: 'answered', statusCode: 200, bodyCut: true, bodyText: 'x'.repeat(16_384) });
  await once(server.hits[1]?.socket as Socket, 'close');
});

test('an endless answer is cut as soon as enough of it is known', async () => {
  const server = await startServer((_request, response) => {
    const pour = (): void => {
      while (!response.destroyed && response.write('y'.repeat(65_536)));
      if (!response.destroyed) response.once('drain', pour);
    };
    pour();
  });
  const outcome = await startEgress(loopback).post(posted(server.url));
  expect(outcome).toMatchObject({ kind: 'answered', bodyCut: true });
  expect(outcome.timings.totalMs).toBeLessThan(2_000);
  await expect.poll(() => server.hits[0]?.socket.destroyed).toBe(true);
});

test('an answer that drips ends by the time limit, and its connection with it', async () => {
  const server = await startServer((_request, response) => {
    const drip = setInterval(() => response.write('z'), 20);
    response.on('close', () => clearInterval(drip));
  });
  const outcome = await startEgress(loopback).post(posted(server.url, 300));
  expect(outcome).toMatchObject({
    kind: 'failed',
    code: 'timeout',
    message: expect.stringContaining('The answer (200)'),
  });
  expect(outcome.timings.totalMs).toBeGreaterThan(250);
  expect(outcome.timings.totalMs).toBeLessThan(1_500);
  await expect.poll(() => server.hits[0]?.socket.destroyed).toBe(true);
});

test('headers that drip end by the time limit', async () => {
  const port = await startTcp((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n');
    const drip = setInterval(() => socket.write('x-a: b\r\n'), 20);
    socket.on('close', () => clearInterval(drip));
  });
  const outcome = await startEgress(loopback).post(posted(`http://127.0.0.1:${port}/`, 200));
  expect(outcome).toMatchObject({ kind: 'failed', code: 'timeout', message: 'No answer within 200 ms.' });
});

test('an endpoint that says nothing ends by the time limit, and its connection with it', async () => {
  const server = await startServer(() => {});
  const outcome = await startEgress(loopback).post(posted(server.url, 200));
  expect(outcome).toMatchObject({ kind: 'failed', code: 'timeout', message: 'No answer within 200 ms.' });
  await expect.poll(() => server.hits[0]?.socket.destroyed).toBe(true);
});

test('name servers that say nothing end by the connect time limit', async () => {
  const egress = startEgress('', { connectTimeoutMs: 100, lookup: () => new Promise(() => {}) });
  const outcome = await egress.post(posted('https://silent.example/', 10_000));
  expect(outcome).toMatchObject({ kind: 'failed', code: 'connect', message: 'The connection timed out.' });
  expect(outcome.timings.totalMs).toBeLessThan(3_000);
});

test('a TLS handshake that is never answered ends by the connect time limit', async () => {
  const port = await startTcp(() => {});
  const outcome = await startEgress(loopback, { connectTimeoutMs: 100 }).post(
    posted(`https://127.0.0.1:${port}/`, 10_000),
  );
  expect(outcome).toMatchObject({ kind: 'failed', code: 'connect', message: 'The connection timed out.' });
});

test('a name without an address is told from a name server that is silent', async () => {
  const failing = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));
  const gone = await startEgress('', { lookup: failing('ENOTFOUND') }).post(posted('https://a.example/'));
  expect(gone).toMatchObject({ code: 'dns', message: 'The name does not resolve to an address.' });
  const silent = await startEgress('', { lookup: failing('ETIMEOUT') }).post(posted('https://a.example/'));
  expect(silent).toMatchObject({ code: 'dns', message: 'The name servers did not answer.' });
});

test('a closed port is a refused connection', async () => {
  const server = await startServer(ok);
  await opened.pop()?.();
  const egress = startEgress(loopback, { lookup: () => Promise.resolve(['127.0.0.1', '::1']) });
  for (const host of ['127.0.0.1', 'localhost']) {
    const outcome = await egress.post(posted(`http://${host}:${server.port}/`));
    expect(outcome).toMatchObject({ kind: 'failed', code: 'connect', message: 'The connection was refused.' });
  }
});

test.each([
  ['closes at once', (socket: Socket) => socket.end(), 'reset'],
  ['resets', (socket: Socket) => socket.resetAndDestroy(), 'reset'],
  [
    'breaks off its answer',
    (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nfour'),
    'reset',
  ],
  ['answers no HTTP', (socket: Socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'), 'protocol'],
  [
    'answers with huge headers',
    (socket: Socket) => socket.end(`HTTP/1.1 200 OK\r\nx: ${'h'.repeat(40_000)}\r\n\r\n`),
    'protocol',
  ],
  [
    'switches protocols unasked',
    (socket: Socket) => socket.end('HTTP/1.1 101 Go\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    'reset',
  ],
])('an endpoint that %s is a failure', async (_, act, code) => {
  const port = await startTcp((socket) => socket.once('data', () => act(socket)));
  expect(await startEgress(loopback).post(posted(`http://127.0.0.1:${port}/`))).toMatchObject({ kind: 'failed', code });
});

test('https against a server without TLS is a TLS failure', async () => {
  const server = await startServer(ok);
  const outcome = await startEgress(loopback).post(posted(`https://127.0.0.1:${server.port}/`));
  expect(outcome).toMatchObject({ kind: 'failed', code: 'tls', message: expect.stringMatching(/^TLS failed: /) });
});

test('a header that HTTP does not allow never leaves', async () => {
  const server = await startServer(ok);
  const outcome = await startEgress(loopback).post({ ...posted(server.url), headers: { 'x-a': 'b\r\nx-c: d' } });
  expect(outcome).toMatchObject({ kind: 'failed', code: 'invalid_request' });
  expect(server.hits).toHaveLength(0);
});

// Bounds and ends.

test('an origin gets a bounded number of connections, and one that hangs delays no other origin', async () => {
  const hanging = await startServer(() => {});
  const healthy = await startServer(ok);
  const egress = startEgress(loopback, { connectionsPerOriginMax: 2 });
  const stuck = Array.from({ length: 6 }, () => egress.post(posted(hanging.url, 400)));
  await expect.poll(() => hanging.hits.length).toBe(2);
  const outcome = await egress.post(posted(healthy.url));
  expect(outcome.kind).toBe('answered');
  expect(outcome.timings.totalMs).toBeLessThan(300);
  expect(await Promise.all(stuck)).toEqual(Array(6).fill(expect.objectContaining({ kind: 'failed', code: 'timeout' })));
});

test('an attempt whose time ran out while it waited for a connection is never sent', async () => {
  const responses: ServerResponse[] = [];
  const server = await startServer((_request, response) => void responses.push(response));
  const egress = startEgress(loopback, { connectionsPerOriginMax: 1 });
  const first = egress.post(posted(server.url));
  const late = await egress.post(posted(server.url, 100));
  expect(late).toMatchObject({ code: 'timeout', message: 'No connection was free or ready within 100 ms.' });
  responses[0]?.end('done');
  expect((await first).kind).toBe('answered');
  await wait(100);
  expect(server.hits).toHaveLength(1);
});

test('a caller can cancel, before and during', async () => {
  const server = await startServer(() => {});
  const egress = startEgress(loopback);
  const early = await egress.post({ ...posted(server.url), signal: AbortSignal.abort() });
  expect(early).toMatchObject({ kind: 'failed', code: 'cancelled' });
  expect(server.hits).toHaveLength(0);
  const aborter = new AbortController();
  const during = egress.post({ ...posted(server.url), signal: aborter.signal });
  await expect.poll(() => server.hits.length).toBe(1);
  aborter.abort();
  expect(await during).toMatchObject({ kind: 'failed', code: 'cancelled' });
  await expect.poll(() => server.hits[0]?.socket.destroyed).toBe(true);
});

test('closing ends what is under way and lets nothing more out', async () => {
  const server = await startServer(() => {});
  const egress = startEgress(loopback);
  const during = egress.post(posted(server.url));
  await expect.poll(() => server.hits.length).toBe(1);
  await egress.close();
  expect(await during).toMatchObject({ kind: 'failed', code: 'cancelled' });
  expect(await egress.post(posted(server.url))).toMatchObject({ kind: 'failed', code: 'cancelled' });
  expect(server.hits).toHaveLength(1);
});
