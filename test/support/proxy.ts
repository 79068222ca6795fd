import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';

export type TestProxy = {
  readonly url: string;
  /** Targets that connections were made to, `host:port` each. */
  readonly targets: string[];
  close(): Promise<void>;
};

const user = 'shop';
const password = 'open sesame';

type Track = (socket: Socket) => void;

/** A proxy on this machine that wants a user and a password, and counts what goes through it. */
export async function startProxy(kind: 'http' | 'socks5', port = 0): Promise<TestProxy> {
  const targets: string[] = [];
  const sockets = new Set<Socket>();
  const track: Track = (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  };
  const tunnel = (client: Socket, host: string, targetPort: number, ready: () => void): void => {
    targets.push(`${host}:${targetPort}`);
    const target = connect(targetPort, host, ready);
    track(target);
    target.on('close', () => client.destroy());
    client.on('close', () => target.destroy());
    client.pipe(target).pipe(client);
  };

  const server = kind === 'http' ? serveHttp(tunnel) : createServer((socket) => serveSocks(socket, tunnel));
  server.on('connection', track);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    url: `${kind}://${user}:${encodeURIComponent(password)}@127.0.0.1:${address.port}`,
    targets,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

type Tunnel = (client: Socket, host: string, port: number, ready: () => void) => void;

function serveHttp(tunnel: Tunnel) {
  const expected = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return createHttpServer().on('connect', (request, stream) => {
    const client = stream as Socket;
    if (request.headers['proxy-authorization'] !== expected) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    const [host = '', port] = (request.url ?? '').split(':');
    tunnel(client, host, Number(port), () => client.write('HTTP/1.1 200 Connection established\r\n\r\n'));
  });
}

/** RFC 1928 and 1929, as far as a client with a user name goes. */
async function serveSocks(client: Socket, tunnel: Tunnel): Promise<void> {
  const take = createTaker(client);
  const [, methods = 0] = await take(2);
  const offered = await take(methods);
  if (!offered.includes(2)) return void client.end(Buffer.from([5, 0xff]));
  client.write(Buffer.from([5, 2]));
  const name = await take((await take(2))[1] ?? 0);
  const word = await take((await take(1))[0] ?? 0);
  const known = name.toString() === user && word.toString() === password;
  client.write(Buffer.from([1, known ? 0 : 1]));
  if (!known) return void client.end();
  const kind = (await take(4))[3];
  const host = kind === 1 ? (await take(4)).join('.') : (await take((await take(1))[0] ?? 0)).toString();
  const port = (await take(2)).readUInt16BE();
  take.stop();
  tunnel(client, host, port, () => client.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])));
}

/** Reads exactly so many bytes at a time; what is left when it stops goes back into the stream. */
function createTaker(client: Socket) {
  let buffered = Buffer.alloc(0);
  let wanted: { bytes: number; resolve: (taken: Buffer) => void } | undefined;
  const give = (): void => {
    if (!wanted || buffered.length < wanted.bytes) return;
    const { bytes, resolve } = wanted;
    wanted = undefined;
    resolve(buffered.subarray(0, bytes));
    buffered = buffered.subarray(bytes);
  };
  const hear = (chunk: Buffer): void => {
    buffered = Buffer.concat([buffered, chunk]);
    give();
  };
  client.on('data', hear);
  const take = (bytes: number): Promise<Buffer> =>
    new Promise((resolve) => {
      wanted = { bytes, resolve };
      give();
    });
  return Object.assign(take, {
    stop: () => {
      client.off('data', hear);
      client.unshift(buffered);
    },
  });
}
