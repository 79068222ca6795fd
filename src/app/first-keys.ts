import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Db } from '../db/index.ts';
import { ensureAdminKey, ensureFirstCustomer, renewAdminKey } from '../domain/customers/index.ts';
import type { Config, DataFolder } from '../platform/index.ts';
import { openStorage } from './open-storage.ts';

const fileName = 'first-keys.json';

export const firstKeysPath = (folder: Pick<DataFolder, 'path'>): string => join(folder.path, fileName);

/**
 * At the first start: makes a customer with an API key and the operator's key, and writes both to a file that only the
 * owner can read. They are never logged. Answers whether they were made now.
 */
export async function ensureFirstKeys(db: Db, folder: DataFolder, pepper: string): Promise<boolean> {
  return db.tx(async (tx) => {
    const admin = await ensureAdminKey(tx, pepper);
    const customer = await ensureFirstCustomer(tx, pepper);
    if (!admin || !customer) return false;
    // Inside the transaction: keys that could not be written down must not exist.
    const text = JSON.stringify({ api_key: customer.secret, admin_key: admin.secret }, null, 2);
    writeFileSync(firstKeysPath(folder), `${text}\n`, { mode: 0o600, flush: true });
    return true;
  });
}

/** The file's text, for `sluice key show`; undefined when the operator has removed it, as they may. */
export const readFirstKeys = (folder: Pick<DataFolder, 'path'>): string | undefined =>
  existsSync(firstKeysPath(folder)) ? readFileSync(firstKeysPath(folder), 'utf8') : undefined;

/** For an operator who has lost the admin key and still has the machine. The gateway must not be running. */
export async function renewLostAdminKey(
  config: Config,
): Promise<{ kind: 'renewed'; secret: string } | { kind: 'refused'; sentence: string }> {
  const opened = await openStorage(config, (error) => {
    throw error;
  });
  if (opened.kind === 'refused') return opened;
  const { db, folder, pepper } = opened.storage;
  const { secret } = await db.tx((tx) => renewAdminKey(tx, pepper));
  await db.close();
  folder.close();
  return { kind: 'renewed', secret };
}
