import { copyFileSync, mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { newId } from '../lib/index.ts';
import { sleep } from '../platform/index.ts';
import { type Db, openDatabase } from './database.ts';
import type { Sync } from './durability.ts';
import { schemaMax } from './migrations.ts';

let folder: string;
let opened: Db[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-db-'));
  opened = [];
});

afterEach(async () => {
  for (const db of opened) await db.close();
  rmSync(folder, { recursive: true, force: true });
});

async function openTestDb(options: { sync?: Sync; onBroken?: (error: unknown) => void } = {}): Promise<Db> {
  const outcome = await openDatabase({
    path: join(folder, 'sluice.db'),
    onBroken: options.onBroken ?? (() => {}),
    ...(options.sync && { sync: options.sync }),
  });
  if (outcome.kind !== 'open') throw new Error(`schema ${outcome.found} is newer`);
  opened.push(outcome.db);
  return outcome.db;
}

const put = (db: Db, key: string) =>
  db.tx((tx) =>
    tx
      .insertInto('settings')
      .values({ key, value: 'x' })
      .execute()
      .then(() => {}),
  );

test('the time of transactions goes on, never back, when the clock of the computer is set back', async () => {
  const db = await openTestDb();
  const before = await db.tx(async (tx) => tx.now);
  vi.useFakeTimers({ toFake: ['Date'], now: before - 3_600_000 });
  try {
    await sleep(100);
    const after = await db.tx(async (tx) => tx.now);
    expect(after - before).toBeGreaterThanOrEqual(90);
    expect(after - before).toBeLessThan(10_000);
    expect(db.now()).toBeGreaterThanOrEqual(after);
  } finally {
    vi.useRealTimers();
  }
});

test('time begins behind the newest event, though the clock was set back while nothing ran', async () => {
  const newestMs = Date.now() + 3_600_000;
  const event = newId('evt', newestMs);
  const db = await openTestDb();
  await db.tx((tx) =>
    tx
      .insertInto('events')
      .values({ id: event, customer_id: newId('cus', 1), type: 'a.b', data: '{}', api_version: '', occurred_at: 0 })
      .execute(),
  );
  await db.close();
  opened.pop();
  const again = await openTestDb();
  expect(again.now()).toBeGreaterThan(newestMs);
  const next = await again.tx(async (tx) => newId('evt', tx.now));
  expect(next > event).toBe(true);
});

test('ids of transactions sort in the order of their commits, however many wait for their turn', async () => {
  const db = await openTestDb();
  const committed: string[] = [];
  await Promise.all(
    Array.from({ length: 300 }, (_, index) =>
      (index % 3 === 0 ? db.txVolatile : db.tx)(async (tx) => {
        const early = newId('evt', tx.now);
        await tx.insertInto('settings').values({ key: early, value: '' }).execute();
        committed.push(early, newId('evt', tx.now));
      }),
    ),
  );
  expect([...committed].sort()).toEqual(committed);
});

test('what was read before everything is settled may be undone by a power cut, and what was read before it is kept', async () => {
  const syncs: (() => void)[] = [];
  const db = await openTestDb({ sync: () => new Promise((resolve) => syncs.push(resolve)) });
  await db.settled();
  expect(syncs).toHaveLength(0);
  await db.txVolatile((tx) => tx.insertInto('settings').values({ key: 'a', value: '' }).execute());
  let isSettled = false;
  const settling = db.settled().then(() => {
    isSettled = true;
  });
  await sleep(50);
  expect([syncs.length, isSettled]).toEqual([1, false]);
  syncs[0]?.();
  await settling;
  await db.settled();
  expect(syncs).toHaveLength(1);
  const closing = db.close();
  opened.pop();
  await waitForSync(syncs);
  await closing;
});

/** Closing syncs once more. */
async function waitForSync(syncs: (() => void)[]): Promise<void> {
  while (syncs.length < 2) await sleep(5);
  syncs[1]?.();
}

test('whatever a transaction promised is there when the log is cut at the last sync', async () => {
  const wal = join(folder, 'sluice.db-wal');
  let syncedBytes = 0;
  // Says the least that the disk holds: the size when the sync began, known when it has ended.
  const sync: Sync = async () => {
    const handle = await open(wal, 'r');
    const { size } = await handle.stat();
    await handle.datasync();
    await handle.close();
    syncedBytes = Math.max(syncedBytes, size);
  };
  const db = await openTestDb({ sync });
  const promised = new Set<string>();
  const writes = Array.from({ length: 300 }, (_, index) =>
    put(db, `key-${index}`).then(() => promised.add(`key-${index}`)),
  );
  await Promise.race([Promise.all(writes.slice(0, 120)), sleep(10_000)]);

  const promisedNow = [...promised];
  const cut = join(folder, 'cut.db');
  const keptBytes = syncedBytes;
  copyFileSync(join(folder, 'sluice.db'), cut);
  copyFileSync(wal, `${cut}-wal`);
  truncateSync(`${cut}-wal`, keptBytes);
  await Promise.all(writes);

  const reopened = new DatabaseSync(cut);
  const found = new Set(
    reopened
      .prepare('select key from settings')
      .all()
      .map((row) => row.key),
  );
  reopened.close();
  expect(promisedNow.length).toBeGreaterThanOrEqual(120);
  expect(promisedNow.filter((key) => !found.has(key))).toEqual([]);
});

test('a commit that was not synced yet is not promised', async () => {
  const gate = Promise.withResolvers<void>();
  const db = await openTestDb({ sync: () => gate.promise });
  let promised = false;
  const write = put(db, 'a').then(() => {
    promised = true;
  });
  await sleep(50);
  expect(await db.read.selectFrom('settings').select('key').execute()).toHaveLength(1);
  expect(promised).toBe(false);
  gate.resolve();
  await write;
  expect(promised).toBe(true);
});

test('many transactions share a slow sync', async () => {
  let syncs = 0;
  const db = await openTestDb({
    sync: async () => {
      syncs += 1;
      await sleep(20);
    },
  });
  await Promise.all(Array.from({ length: 100 }, (_, index) => put(db, `key-${index}`)));
  expect(syncs).toBeLessThan(20);
});

test('after a failed sync nothing is promised any more and the process is told to end', async () => {
  const told: unknown[] = [];
  let fail = false;
  const db = await openTestDb({
    sync: async () => {
      if (fail) throw new Error('EIO');
    },
    onBroken: (error) => told.push(error),
  });
  await put(db, 'before');
  fail = true;
  await expect(put(db, 'lost')).rejects.toMatchObject({ code: 'storage_unavailable' });
  fail = false;
  await expect(put(db, 'after')).rejects.toMatchObject({ code: 'storage_unavailable' });
  expect(told).toHaveLength(1);
});

test('db.read and db.tx inside a transaction throw instead of waiting for themselves', async () => {
  const db = await openTestDb();
  await expect(db.tx(() => db.read.selectFrom('settings').selectAll().execute())).rejects.toThrow(
    'inside a transaction',
  );
  await expect(db.tx(() => put(db, 'inner'))).rejects.toThrow('wait for itself');
  await put(db, 'still works');
});

test('a transaction that throws leaves nothing and announces nothing', async () => {
  const db = await openTestDb();
  const heard: string[] = [];
  db.onAnnounce((topic) => heard.push(topic));
  const failing = db.tx(async (tx) => {
    tx.announce('lost');
    await tx.insertInto('settings').values({ key: 'a', value: 'x' }).execute();
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  await db.tx(async (tx) => tx.announce('kept'));
  expect(await db.read.selectFrom('settings').selectAll().execute()).toEqual([]);
  expect(heard).toEqual(['kept']);
});

test('a transaction handle that outlives its transaction writes nothing', async () => {
  const db = await openTestDb();
  const kept = await db.tx(async (tx) => ({ tx }));
  await expect(kept.tx.insertInto('settings').values({ key: 'late', value: 'x' }).execute()).rejects.toThrow('over');
});

test('transactions run one at a time, in the order in which they were asked for', async () => {
  const db = await openTestDb();
  const order: number[] = [];
  await Promise.all(
    [30, 10, 0].map((waitMs, index) =>
      db.tx(async () => {
        await sleep(waitMs);
        order.push(index);
      }),
    ),
  );
  expect(order).toEqual([0, 1, 2]);
});

test('a schema that a newer program wrote is left alone', async () => {
  await (await openTestDb()).close();
  opened = [];
  const path = join(folder, 'sluice.db');
  const handle = new DatabaseSync(path);
  handle.exec(`insert into schema_migrations values (${schemaMax + 1}, 'of the future', 0)`);
  handle.close();
  const sizeBytes = statSync(path).size;
  expect(await openDatabase({ path, onBroken: () => {} })).toEqual({ kind: 'newer_schema', found: schemaMax + 1 });
  expect(statSync(path).size).toBe(sizeBytes);
});

test('the log stays bounded under steady writing', async () => {
  const outcome = await openDatabase({ path: join(folder, 'sluice.db'), onBroken: () => {}, checkpointIntervalMs: 20 });
  if (outcome.kind !== 'open') throw new Error('newer');
  const { db } = outcome;
  opened.push(db);
  const value = 'x'.repeat(20_000);
  for (let round = 0; round < 2500; round += 1) {
    await db.txVolatile((tx) =>
      tx
        .insertInto('settings')
        .values({ key: `k${round % 10}`, value })
        .onConflict((on) => on.column('key').doUpdateSet({ value }))
        .execute(),
    );
  }
  // 2500 × 20 kB would be over 50 MB of log; the bound is 16 MB and what one interval adds.
  expect(statSync(join(folder, 'sluice.db-wal')).size).toBeLessThan(40_000_000);
});
