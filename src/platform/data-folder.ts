import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface DataFolder {
  /** Absolute. */
  readonly path: string;
  /** Sentences for the operator: an ephemeral or shared file system, loose permissions. */
  readonly warnings: readonly string[];
  /** Reads the secret kept under `name`, and makes it when there is none. A damaged one is refused, never made anew. */
  readOrMakeSecret(name: string): SecretOutcome;
  /** Lets go of the folder. The end of the process does it too, however it ends. */
  close(): void;
}

export type DataFolderOutcome =
  | { readonly kind: 'opened'; readonly folder: DataFolder }
  | { readonly kind: 'refused'; readonly reason: 'unwritable' | 'foreign_owner' | 'held'; readonly sentence: string };

export type SecretOutcome =
  | { readonly kind: 'read' | 'made'; readonly secret: string }
  | { readonly kind: 'refused'; readonly sentence: string };

// Magic numbers of statfs(2).
const ephemeralTypes = new Map([
  [0x01021994, 'tmpfs'],
  [0x858458f6, 'ramfs'],
  [0x794c7630, 'overlay'],
]);
const networkTypes = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0xff534d42, 'CIFS'],
]);

const secretCharsMin = 32;

/** Takes the data folder for this process alone, or says in a sentence why it cannot be used. Never starts on less. */
export function openDataFolder(dir: string): DataFolderOutcome {
  const path = resolve(dir);
  const failed = tryWriting(path);
  if (failed) return refuse('unwritable', failed);
  const foreign = findForeignOwner(path);
  if (foreign) return refuse('foreign_owner', foreign);
  const lock = takeLock(path);
  if (typeof lock === 'string') return refuse('held', lock);

  const folder: DataFolder = {
    path,
    warnings: listWarnings(path),
    readOrMakeSecret: (name) => readOrMakeSecret(path, name),
    close: () => {
      if (lock.isOpen) lock.close();
    },
  };
  return { kind: 'opened', folder };
}

const refuse = (reason: 'unwritable' | 'foreign_owner' | 'held', sentence: string): DataFolderOutcome => ({
  kind: 'refused',
  reason,
  sentence,
});

function tryWriting(path: string): string | undefined {
  const probe = join(path, `.probe-${process.pid}`);
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    writeFileSync(probe, '');
    rmSync(probe);
    return undefined;
  } catch (error) {
    return `The data folder ${path} cannot be written to (${errorCode(error)}). Make it writable for ${describeUser()}, or set DATA_DIR to a folder that is.`;
  }
}

function findForeignOwner(path: string): string | undefined {
  const uid = process.geteuid?.();
  if (uid === undefined) return undefined;
  const names = readdirSync(path).filter((name) => name !== 'lost+found');
  const foreign = [path, ...names.map((name) => join(path, name))].find((file) => ownerOf(file) !== uid);
  if (foreign === undefined) return undefined;
  return `${foreign} in the data folder belongs to user ${ownerOf(foreign)}, but this process runs as ${describeUser()}. Give the whole folder to that user (chown -R), run as its owner, or set DATA_DIR to a new folder inside it.`;
}

const ownerOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.uid ?? process.geteuid?.();

const describeUser = () => `user ${process.geteuid?.() ?? 'of this process'}`;

/**
 * SQLite holds a lock of the operating system on its file for as long as this connection is in its transaction: it ends
 * with the process, even at kill -9, which a file with a process id in it does not.
 */
function takeLock(path: string): DatabaseSync | string {
  const holderFile = join(path, 'lock.json');
  const lock = new DatabaseSync(join(path, 'lock.db'), { timeout: 0 });
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (!isBusy(error)) throw error;
    return `The data folder ${path} is in use by ${readHolder(holderFile)}. Two processes on one folder would corrupt it: stop the other one, or set DATA_DIR to another folder.`;
  }
  writeFileSync(holderFile, JSON.stringify({ pid: process.pid, host: hostname() }), { mode: 0o600 });
  return lock;
}

const sqliteBusy = 5;
const isBusy = (error: unknown) =>
  error instanceof Error && 'errcode' in error && Number(error.errcode) % 256 === sqliteBusy;

function readHolder(file: string): string {
  try {
    const holder: { pid?: unknown; host?: unknown } = JSON.parse(readFileSync(file, 'utf8'));
    return `process ${holder.pid} on ${holder.host}`;
  } catch {
    return 'another process';
  }
}

function listWarnings(path: string): string[] {
  const warnings: string[] = [];
  const type = statfsSync(path).type;
  const ephemeral = ephemeralTypes.get(type);
  if (ephemeral) {
    warnings.push(
      `The data folder ${path} is on ${ephemeral}: everything in it, linked numbers included, is gone when the container or the machine restarts. Mount a volume there.`,
    );
  }
  const network = networkTypes.get(type);
  if (network) {
    warnings.push(
      `The data folder ${path} is on ${network}: file locks and SQLite are not safe on network file systems. Use a local disk.`,
    );
  }
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) {
    warnings.push(`The data folder ${path} can be read by other users of this machine. Close it with chmod 700.`);
  }
  return warnings;
}

function readOrMakeSecret(path: string, name: string): SecretOutcome {
  const file = join(path, name);
  const made = randomBytes(32).toString('base64url');
  if (createWhole(path, file, made)) return { kind: 'made', secret: made };
  chmodSync(file, 0o600);
  const secret = readFileSync(file, 'utf8').trim();
  if (secret.length >= secretCharsMin) return { kind: 'read', secret };
  return {
    kind: 'refused',
    sentence: `${file} is empty or cut short. Restore it from a backup; a new one would not open what is stored. If nothing is stored yet, delete it.`,
  };
}

/** All of the file or none of it, also after a power cut. False when there is one already. */
function createWhole(folder: string, file: string, content: string): boolean {
  if (statSync(file, { throwIfNoEntry: false })) return false;
  const draft = `${file}.${process.pid}.new`;
  writeFileSync(draft, `${content}\n`, { mode: 0o600, flush: true });
  try {
    linkSync(draft, file);
  } finally {
    rmSync(draft);
  }
  const handle = openSync(folder, 'r');
  fsyncSync(handle);
  closeSync(handle);
  return true;
}

const errorCode = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error));
