import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../db/index.ts';
import { systemCaller } from '../domain/customers/index.ts';
import { newId } from '../lib/index.ts';
import { createVault, parseConfig, sleep, systemClock } from '../platform/index.ts';
import { answerOnce } from './answer-once.ts';

test('an answer is not repeated before it is on disk', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-once-'));
  const disk = Promise.withResolvers<void>();
  const opened = await openDatabase({ path: join(folder, 'sluice.db'), sync: () => disk.promise, onBroken: () => {} });
  if (opened.kind !== 'open') throw new Error('newer schema');
  const { db } = opened;
  onTestFinished(async () => {
    await db.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const parsed = parseConfig({});
  if (!parsed.ok) throw new Error(parsed.problems.join());
  const deps = { db, vault: createVault({ key: 'k'.repeat(32) }), clock: systemClock, config: parsed.config };
  const caller = systemCaller(newId('cus', 1));
  const asked = { headers: { 'idempotency-key': 'one' }, method: 'POST', url: '/v1/things', body: {} };
  let made = 0;
  const answers: unknown[] = [];
  const ask = async (): Promise<void> => {
    const { body, replayed } = await answerOnce(deps, caller, asked, async () => async () => {
      made += 1;
      return { statusCode: 202, body: { made } };
    });
    answers.push({ body, replayed });
  };

  const first = ask();
  await expect.poll(() => made).toBe(1);
  const second = ask();
  await sleep(100);
  expect(answers).toEqual([]);
  disk.resolve();
  await Promise.all([first, second]);
  expect(answers).toEqual([
    { body: { made: 1 }, replayed: false },
    { body: { made: 1 }, replayed: true },
  ]);
});
