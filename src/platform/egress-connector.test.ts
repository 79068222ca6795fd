import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type AddressVerdict, parseAllowList } from '../lib/index.ts';
import { createConnector } from './egress-connector.ts';
import { EgressError } from './egress-failure.ts';
import { createGuard, type Guard } from './egress-guard.ts';

const nothingListed = parseAllowList('');
if (!nothingListed.ok) throw new Error(nothingListed.why);
const emptyAllowList = nothingListed.allow;

const opened: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

async function startServer(): Promise<{ port: string; sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket.on('error', () => {}).resume()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return { port: String((server.address() as AddressInfo).port), sockets };
}

function connect(guard: Guard, hostname: string, port: string, lookup = () => Promise.resolve(['127.0.0.1'])) {
  const connector = createConnector({ guard, lookup, timeoutMs: 2_000 });
  return new Promise<Socket | Error>((resolve) => {
    connector({ hostname, host: hostname, protocol: 'http:', port }, (error, socket) =>
      resolve(error ?? (socket as Socket)),
    );
  });
}

/** Agrees as often as it is told and then never again, as if the layer before had been fooled. */
function guardThatAgrees(times: number): Guard {
  let left = times;
  const vet = (): AddressVerdict => (left-- > 0 ? { ok: true, listed: true } : { ok: false, why: 'a planted refusal' });
  return { ...createGuard(emptyAllowList), vet };
}

test('a connection comes about when all three layers agree', async () => {
  const { port } = await startServer();
  for (const hostname of ['127.0.0.1', 'a.example']) {
    const socket = await connect(guardThatAgrees(2), hostname, port);
    expect(socket).toHaveProperty('remoteAddress', '127.0.0.1');
    (socket as Socket).destroy();
  }
});

test('a literal address is vetted although nobody looks it up', async () => {
  const { port, sockets } = await startServer();
  const outcome = await connect(createGuard(emptyAllowList), '127.0.0.1', port);
  expect(outcome).toBeInstanceOf(EgressError);
  expect(outcome).toHaveProperty('code', 'forbidden_address');
  expect(sockets).toHaveLength(0);
});

test('a looked-up address is vetted before it is called', async () => {
  const { port, sockets } = await startServer();
  const outcome = await connect(createGuard(emptyAllowList), 'a.example', port);
  expect(outcome).toHaveProperty('code', 'forbidden_address');
  expect(sockets).toHaveLength(0);
});

test.each(['127.0.0.1', 'a.example'])(
  'the peer of a socket to %s is vetted, whatever was agreed before',
  async (hostname) => {
    const { port, sockets } = await startServer();
    const outcome = await connect(guardThatAgrees(1), hostname, port);
    expect(outcome).toHaveProperty('message', 'The host leads to a planted refusal.');
    await expect.poll(() => sockets[0]?.closed).toBe(true);
  },
);
