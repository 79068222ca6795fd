import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { createKeyedLock, type Release } from '../lib/index.ts';
import { GatewayError } from './errors.ts';

/** A file that was written whole and that nobody can find yet. In the end `drop` has to be called. */
export type BlobDraft = {
  /** Of the content, hex. */
  readonly sha256: string;
  readonly bytes: number;
  /** The first and the last bytes, enough to tell what it is. */
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
  /** Where it lies until then, for a program that has to read it. */
  readonly path: string;
  /**
   * Puts it in its place, synced. Until the answer is called nothing removes it, so that rows which refer to it can be
   * committed meanwhile.
   */
  place(): Promise<Release>;
  /** Removes it, unless it was placed. */
  drop(): Promise<void>;
};

export type BlobRange = { readonly start: number; readonly end: number };

/** Files by the SHA-256 of their content, below one folder. The same content is there once, whoever brought it. */
export type BlobStore = {
  /**
   * Writes what comes to a draft. Throws `media_too_large` beyond `bytesMax` and `storage_unavailable` when the disk is
   * short, with nothing left behind.
   */
  draft(chunks: AsyncIterable<Uint8Array>, bytesMax: number): Promise<BlobDraft>;
  /** Undefined when there is no such file. Both ends of the range are included. */
  open(sha256: string, range?: BlobRange): Promise<Readable | undefined>;
  /** Where a file lies, for a program that has to read it; undefined when there is no such file. */
  locate(sha256: string): Promise<string | undefined>;
  /** Removes a file if `isUnused` says so while nobody can begin to use it. Answers whether it is gone. */
  remove(sha256: string, isUnused: () => Promise<boolean>): Promise<boolean>;
  /** The hash of every file, in no order. */
  list(): AsyncIterable<string>;
};

const sampleBytes = 131_072;
const hashPattern = /^[0-9a-f]{64}$/;

/** Opens the store at `folder` and removes the drafts of a process that ended without finishing them. */
export async function openBlobStore(deps: { folder: string; hasRoom: () => boolean }): Promise<BlobStore> {
  const { folder } = deps;
  const drafts = join(folder, 'drafts');
  await rm(drafts, { recursive: true, force: true });
  await mkdir(drafts, { recursive: true, mode: 0o700 });
  const locks = createKeyedLock();
  const shardOf = (sha256: string): string => join(folder, sha256.slice(0, 2));
  const pathOf = (sha256: string): string => join(shardOf(sha256), sha256);

  /** A rename survives a power cut once both folders that it changed are synced. */
  const putInPlace = async (path: string, sha256: string): Promise<void> => {
    const shard = shardOf(sha256);
    if ((await mkdir(shard, { recursive: true, mode: 0o700 })) !== undefined) await syncFolder(folder);
    await rename(path, pathOf(sha256));
    await syncFolder(shard);
  };

  const draft = async (chunks: AsyncIterable<Uint8Array>, bytesMax: number): Promise<BlobDraft> => {
    const path = join(drafts, randomUUID());
    const written = await writeDraft(path, chunks, { bytesMax, hasRoom: deps.hasRoom });
    let placed = false;
    return {
      ...written,
      path,
      place: async () => {
        const release = await locks.acquire(written.sha256);
        try {
          await putInPlace(path, written.sha256);
          placed = true;
          return release;
        } catch (error) {
          release();
          throw error;
        }
      },
      drop: async () => {
        if (!placed) await rm(path, { force: true });
      },
    };
  };

  return {
    draft,
    open: async (sha256, range) => {
      const handle = await openFile(pathOf(requireHash(sha256)));
      return handle?.createReadStream({ ...range, autoClose: true });
    },
    locate: async (sha256) => {
      const handle = await openFile(pathOf(requireHash(sha256)));
      await handle?.close();
      return handle && pathOf(sha256);
    },
    remove: (sha256, isUnused) =>
      locks.run(requireHash(sha256), async () => {
        if (!(await isUnused())) return false;
        await rm(pathOf(sha256), { force: true });
        return true;
      }),
    list: async function* () {
      for (const shard of await readdir(folder)) {
        if (!/^[0-9a-f]{2}$/.test(shard)) continue;
        yield* (await readdir(join(folder, shard))).filter((name) => hashPattern.test(name));
      }
    },
  };
}

type Written = Pick<BlobDraft, 'sha256' | 'bytes' | 'head' | 'tail'>;

async function writeDraft(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  limits: { readonly bytesMax: number; readonly hasRoom: () => boolean },
): Promise<Written> {
  const file = await open(path, 'wx', 0o600);
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      bytes += chunk.byteLength;
      if (bytes > limits.bytesMax) throw new GatewayError('media_too_large', { limit: limits.bytesMax });
      if (!limits.hasRoom()) throw new GatewayError('storage_unavailable');
      hash.update(chunk);
      await file.writeFile(chunk);
    }
    await file.sync();
    await file.close();
    const samples = await readSamples(path, bytes);
    return { sha256: hash.digest('hex'), bytes, ...samples };
  } catch (error) {
    await file.close().catch(() => {});
    await rm(path, { force: true });
    throw isDiskFull(error) ? new GatewayError('storage_unavailable', undefined, { cause: error }) : error;
  }
}

async function readSamples(path: string, bytes: number): Promise<Pick<Written, 'head' | 'tail'>> {
  const file = await open(path, 'r');
  try {
    const read = async (position: number): Promise<Uint8Array> => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(sampleBytes, bytes)), { position });
      return buffer.subarray(0, bytesRead);
    };
    return { head: await read(0), tail: await read(Math.max(0, bytes - sampleBytes)) };
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function openFile(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** A name that came from anywhere else must not lead out of the folder. */
function requireHash(sha256: string): string {
  if (!hashPattern.test(sha256)) throw new Error('A blob is named by the SHA-256 of its content.');
  return sha256;
}

const isDiskFull = (error: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes(codeOf(error));

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');
