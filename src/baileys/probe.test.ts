import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { probeServer } from './probe.ts';

test('a server that listens is reachable, one that does not is not, and neither is one that never answers', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const url = `ws://127.0.0.1:${address.port}/ws`;
  expect(await probeServer(url, 1000)).toBe(true);
  await new Promise((resolve) => server.close(resolve));
  expect(await probeServer(url, 1000)).toBe(false);
  expect(await probeServer('ws://localhost.invalid:1/', 1000)).toBe(false);
});
