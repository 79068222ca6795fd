import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import WebSocket from 'ws';
import { type BareClient, waitFor } from './bare-client.ts';
import type { Phone } from './control.ts';
import { type Desk, lidOf, startDesk } from './desk.ts';

let desk: Desk;
let client: BareClient;
let friend: Phone;
beforeAll(async () => {
  desk = await startDesk();
  ({ client } = await desk.addLinked());
  friend = await desk.addPhone();
});
afterAll(() => desk.stop());

const PROLOGUE = Buffer.from([0x57, 0x41, 6, 3]);
const framed = (body: Buffer): Buffer => Buffer.concat([Buffer.from([0, body.length >> 8, body.length & 255]), body]);

const nextClient = async (): Promise<WebSocket> => {
  const socket = new WebSocket(desk.emulator.wsUrl);
  socket.on('error', () => undefined);
  await once(socket, 'open');
  return socket;
};

const stillServes = async (): Promise<void> => {
  const sent = await client.socket.sendMessage(lidOf(friend), { text: 'still here?' });
  await waitFor('the ack', () => client.acks.some(({ attrs }) => attrs.id === sent?.key.id));
};

test.each([
  ['a prologue of somebody else', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ['a token dictionary that is not spoken', Buffer.from([0x57, 0x41, 6, 2, 0, 0, 1, 0])],
  ['a malformed routing header', Buffer.from([0x45, 0x44, 9, 9, 0, 0, 1, 0])],
  ['a routing header without end', Buffer.from([0x45, 0x44, 0, 1, 255, 255, 255])],
  ['a first frame that is no handshake', Buffer.concat([PROLOGUE, framed(randomBytes(64))])],
  ['an empty first frame', Buffer.concat([PROLOGUE, framed(Buffer.alloc(0))])],
  ['a frame that claims to be enormous', Buffer.concat([PROLOGUE, Buffer.from([255, 255, 255])])],
  [
    'a low-order key',
    Buffer.concat([PROLOGUE, framed(Buffer.concat([Buffer.from([0x12, 34, 0x0a, 32]), Buffer.alloc(32)]))]),
  ],
])('%s costs its sender the connection and nobody else anything', async (_name, bytes) => {
  const socket = await nextClient();
  const closed = once(socket, 'close');
  socket.send(bytes);
  await closed;
  await stillServes();
});

test('garbage instead of the second handshake message ends that connection only', async () => {
  const socket = await nextClient();
  const hello = Buffer.concat([Buffer.from([0x12, 34, 0x0a, 32]), randomBytes(32)]);
  socket.send(Buffer.concat([PROLOGUE, framed(hello)]));
  await once(socket, 'message');
  const closed = once(socket, 'close');
  socket.send(framed(randomBytes(200)));
  await closed;
  await stillServes();
});

test('a prologue that trickles in byte by byte is waited for', async () => {
  const socket = await nextClient();
  const hello = Buffer.concat([PROLOGUE, framed(Buffer.concat([Buffer.from([0x12, 34, 0x0a, 32]), randomBytes(32)]))]);
  for (const byte of hello) socket.send(Buffer.from([byte]));
  await once(socket, 'message');
  socket.terminate();
});

test.each([
  ['frames that nobody sealed', (to: BareClient) => to.socket.ws.send(framed(randomBytes(80)))],
  ['stanzas that decode to nonsense', (to: BareClient) => to.socket.sendRawMessage(randomBytes(40))],
  [
    'stanzas with a bomb inside',
    (to: BareClient) => to.socket.sendRawMessage(Buffer.concat([Buffer.from([2]), randomBytes(40)])),
  ],
])('%s from a client that is logged in cost it the connection only', async (_name, attack) => {
  const { client: attacker } = await desk.addLinked();
  attack(attacker);
  expect((await attacker.closed).statusCode).toBe(428);
  await stillServes();
});

test('stanzas that are well formed but make no sense are survived', async () => {
  const { client: odd } = await desk.addLinked();
  const send = (
    tag: string,
    attrs: Record<string, string>,
    content?: { tag: string; attrs: Record<string, string> }[],
  ) => odd.socket.sendNode(content ? { tag, attrs, content } : { tag, attrs });
  await send('message', {});
  await send('message', { to: '', id: 'x' });
  await send('message', { to: '123@g.us', id: 'a group' }, [{ tag: 'enc', attrs: { type: 'skmsg' } }]);
  await send('message', { to: lidOf(friend), id: 'no copies' });
  await send('message', { to: lidOf(friend), id: 'empty copy' }, [{ tag: 'enc', attrs: { type: 'msg' } }]);
  await send('message', { to: lidOf(friend), id: 'odd copy' }, [{ tag: 'enc', attrs: { type: 'zzz' } }]);
  await send('receipt', { id: 'nothing', to: 'nobody', type: 'retry' });
  await send('receipt', {});
  await send('ack', {});
  await send('iq', {});
  await send('iq', { type: 'set', xmlns: 'encrypt', id: '1' }, [{ tag: 'registration', attrs: {} }]);
  await send('iq', { type: 'get', xmlns: 'usync', id: '2' }, [{ tag: 'usync', attrs: {} }]);
  await send('surprise', { a: 'b' });
  await waitFor('the group to be refused', () => odd.acks.find(({ attrs }) => attrs.id === 'a group' && attrs.error));
  expect((await desk.counters(friend)).undecryptable).toBeGreaterThan(0);
  await stillServes();
  odd.end();
});

test('the control API refuses what does not fit with a sentence, and upgrades elsewhere', async () => {
  const { ask } = desk.control;
  expect(await ask('POST', '/control/phones', { number: 'abc' })).toMatchObject({ status: 400 });
  expect(await ask('POST', '/control/phones', { unknown: 1 })).toMatchObject({ status: 400 });
  expect(await ask('POST', '/control/faults', { kind: 'nonsense' })).toMatchObject({ status: 400 });
  expect(await ask('GET', '/control/phones/4915100000000')).toMatchObject({
    status: 404,
    body: { error: { code: 'phone_not_found' } },
  });
  expect(await ask('GET', '/nothing')).toMatchObject({ status: 404 });
  const broken = await fetch(`${desk.emulator.url}/control/phones`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"number":',
  });
  expect(broken.status).toBe(400);
  const elsewhere = new WebSocket(desk.emulator.wsUrl.replace('/ws/chat', '/other'));
  const [error] = await once(elsewhere, 'error');
  expect(String(error)).toContain('404');
});
