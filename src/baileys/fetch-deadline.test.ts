import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { fetchWithin } from './fetch-deadline.ts';

let server: Server | undefined;

async function serve(answer: Parameters<typeof createServer>[1]): Promise<string> {
  server = createServer(answer ?? (() => {}));
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/`;
}

describe('what is fetched for Baileys', () => {
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  it('arrives', async () => {
    const url = await serve((_, response) => void response.end('history'));
    expect(await (await fetch(url, fetchWithin(1_000))).text()).toBe('history');
  });

  it('ends when nobody answers, or when the answer stops', async () => {
    const mute = await serve(() => {});
    const begun = Date.now();
    await expect(fetch(mute, fetchWithin(200))).rejects.toThrow();
    server?.closeAllConnections();
    server?.close();
    const half = await serve((_, response) => void response.write('his'));
    const response = await fetch(half, fetchWithin(200));
    await expect(response.text()).rejects.toThrow();
    expect(Date.now() - begun).toBeLessThan(8_000);
  });
});
