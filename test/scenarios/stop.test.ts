import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { expectOk } from '../support/api-client.ts';
import { startLab } from '../support/lab.ts';
import { waitFor } from '../support/wait.ts';

test('an endpoint that hangs does not keep a stop from ending as it should, within its grace', async () => {
  const lab = await startLab({ SHUTDOWN_GRACE_MS: '4000' });
  let hits = 0;
  const silent = createServer(() => {
    hits += 1;
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  await expectOk(lab.api()('POST', '/v1/endpoints', { url: `http://127.0.0.1:${port}`, events: ['*'] }));
  await lab.link('Shop');
  await waitFor('an event to be posted', () => hits > 0);

  const startedMs = Date.now();
  expect(await lab.gateway().stop()).toBe(0);
  expect(Date.now() - startedMs).toBeLessThan(4000);
  silent.closeAllConnections();
  silent.close();
  await lab.close();
}, 60_000);
