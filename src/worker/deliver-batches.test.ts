import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type Db, openDatabase, type Tx } from '../db/index.ts';
import { createTxBatches, type RunTx } from './deliver-batches.ts';

const opened: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

class LostError extends Error {}

async function open() {
  const folder = await mkdtemp(join(tmpdir(), 'batches-'));
  opened.push(() => rm(folder, { recursive: true }));
  const onBroken = (error: unknown) => {
    throw error;
  };
  const outcome = await openDatabase({ path: join(folder, 'sluice.db'), onBroken });
  if (outcome.kind !== 'open') throw new Error(outcome.kind);
  const { db } = outcome;
  opened.push(() => db.close());
  let transactions = 0;
  const counted: RunTx = (work) => {
    transactions += 1;
    return db.tx(work);
  };
  return { db, run: createTxBatches(counted, (error) => error instanceof LostError), transactions: () => transactions };
}

const write = (key: string) => async (tx: Tx) => {
  await tx.insertInto('settings').values({ key, value: '' }).execute();
  return key;
};

const keysOf = async (db: Db) => (await db.read.selectFrom('settings').select('key').execute()).map(({ key }) => key);

test('works that come at the same time share transactions, of a bounded size', async () => {
  const { db, run, transactions } = await open();
  const keys = Array.from({ length: 100 }, (_, index) => `k${index}`);
  expect(await Promise.all(keys.map((key) => run(write(key))))).toEqual(keys);
  expect(await keysOf(db)).toHaveLength(100);
  expect(transactions()).toBeLessThanOrEqual(5);
  expect(transactions()).toBeGreaterThanOrEqual(4);
});

test('a work that is lost before it has written fails alone, and nothing is run twice', async () => {
  const { db, run } = await open();
  let runs = 0;
  const lost = run(async () => {
    throw new LostError('not ours any more');
  });
  const kept = run((tx) => {
    runs += 1;
    return write('kept')(tx);
  });
  await expect(lost).rejects.toThrow(LostError);
  expect(await kept).toBe('kept');
  expect(runs).toBe(1);
  expect(await keysOf(db)).toEqual(['kept']);
});

test('a work that breaks its transaction does not take the others with it, and leaves nothing behind', async () => {
  const { db, run } = await open();
  const broken = run(async (tx) => {
    await write('half')(tx);
    throw new Error('broken');
  });
  const others = ['a', 'b'].map((key) => run(write(key)));
  await expect(broken).rejects.toThrow('broken');
  expect(await Promise.all(others)).toEqual(['a', 'b']);
  expect(await keysOf(db)).toEqual(['a', 'b']);
  expect(await run(write('c'))).toBe('c');
});
