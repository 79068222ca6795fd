import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sleep } from '../platform/index.ts';
import { createCheckpointer } from './checkpointer.ts';

test('when its thread dies that is said, and nobody waits for it for ever', async () => {
  const said = Promise.withResolvers<unknown>();
  const checkpointer = createCheckpointer({
    // Where no database can be: the thread dies at its start.
    path: join(tmpdir(), 'no', 'such', 'folder', 'sluice.db'),
    intervalMs: 1,
    hold: (run) => run(),
    onDead: said.resolve,
  });
  expect(await said.promise).toBeInstanceOf(Error);
  await sleep(20);
  expect(await Promise.race([checkpointer.stop().then(() => 'stopped'), sleep(5_000)])).toBe('stopped');
});
