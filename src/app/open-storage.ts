import { join } from 'node:path';
import { type Db, openDatabase, schemaMax } from '../db/index.ts';
import { readCanary, recordCanary } from '../domain/customers/index.ts';
import {
  type BlobStore,
  type Config,
  checkCanary,
  createVault,
  type DataFolder,
  makeCanary,
  openBlobStore,
  openDataFolder,
  systemClock,
  type Vault,
} from '../platform/index.ts';
import { createDiskRoom } from './disk-room.ts';

export type Storage = {
  readonly folder: DataFolder;
  readonly db: Db;
  readonly vault: Vault;
  readonly pepper: string;
  readonly blobs: BlobStore;
  /** False while the disk has less room than is kept in reserve. */
  readonly hasDiskRoom: () => boolean;
};

/** `sentence` tells the operator what is wrong and what to do; the process ends with exit code 78. */
export type StorageOutcome =
  | { readonly kind: 'open'; readonly storage: Storage }
  | { readonly kind: 'refused'; readonly sentence: string };

type StorageConfig = Pick<
  Config,
  'dataDir' | 'diskReserveBytes' | 'secretsKey' | 'secretsKeyPrevious' | 'apiKeyPepper'
>;

/** Opens folder, secrets and database, and makes sure that they belong together. Starts on nothing less. */
export async function openStorage(config: StorageConfig, onBroken: (error: unknown) => void): Promise<StorageOutcome> {
  const outcome = openDataFolder(config.dataDir);
  if (outcome.kind === 'refused') return { kind: 'refused', sentence: outcome.sentence };
  const { folder } = outcome;
  const refuse = (sentence: string): StorageOutcome => {
    folder.close();
    return { kind: 'refused', sentence };
  };

  const key = takeSecret(folder, 'SECRETS_KEY', config.secretsKey);
  if (key.kind === 'refused') return refuse(key.sentence);
  const pepper = takeSecret(folder, 'API_KEY_PEPPER', config.apiKeyPepper);
  if (pepper.kind === 'refused') return refuse(pepper.sentence);
  const vault = createVault({ key: key.secret, previous: config.secretsKeyPrevious });

  const opened = await openDatabase({ path: join(folder.path, 'sluice.db'), onBroken });
  if (opened.kind === 'newer_schema') {
    return refuse(
      `The database in ${folder.path} has schema ${opened.found}, and this program knows only up to ${schemaMax}: a newer Sluice wrote it. Start that version, or restore a backup from before the upgrade.`,
    );
  }
  const { db } = opened;
  const misfit = await checkSecrets(db, vault, pepper.secret);
  if (misfit) {
    await db.close();
    return refuse(misfit);
  }
  const hasDiskRoom = createDiskRoom({
    path: folder.path,
    reserveBytes: config.diskReserveBytes,
    clock: systemClock,
  });
  const blobs = await openBlobStore({ folder: join(folder.path, 'media'), hasRoom: hasDiskRoom });
  return { kind: 'open', storage: { folder, db, vault, pepper: pepper.secret, blobs, hasDiskRoom } };
}

function takeSecret(folder: DataFolder, name: string, given: string | undefined) {
  return given === undefined ? folder.readOrMakeSecret(name) : { kind: 'read' as const, secret: given };
}

/** A wrong key would seal new credentials beside old ones that nobody can open again. */
async function checkSecrets(db: Db, vault: Vault, pepper: string): Promise<string | undefined> {
  const stored = await readCanary(db.read);
  if (!stored) {
    await db.tx((tx) => recordCanary(tx, makeCanary(vault, pepper)));
    return undefined;
  }
  const outcome = checkCanary(stored, vault, pepper);
  switch (outcome.kind) {
    case 'key_differs':
      return 'SECRETS_KEY is not the key that this database was written with. Give the right one; to change it, give the new one as SECRETS_KEY and the old one as SECRETS_KEY_PREVIOUS.';
    case 'pepper_differs':
      return 'API_KEY_PEPPER is not the one that this database was written with: no API key would be known any more. Give the right one.';
    case 'fits':
      if (outcome.renew) await db.tx((tx) => recordCanary(tx, makeCanary(vault, pepper)));
      return undefined;
  }
}
