import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Encrypted files as the media host keeps them, by name; the oldest go when there are too many bytes. */
export type Blobs = {
  put: (name: string, bytes: Buffer) => Promise<void>;
  read: (name: string) => Promise<Buffer | undefined>;
};

const TOTAL_BYTES_MAX = 1024 * 1024 * 1024;
const MEMORY_BYTES_MAX = 256 * 1024 * 1024;

const createMemoryBlobs = (): Blobs => {
  const kept = new Map<string, Buffer>();
  let total = 0;
  return {
    put: async (name, bytes) => {
      total += bytes.length - (kept.get(name)?.length ?? 0);
      kept.delete(name);
      kept.set(name, bytes);
      for (const [oldest, { length }] of kept) {
        if (total <= MEMORY_BYTES_MAX) break;
        kept.delete(oldest);
        total -= length;
      }
    },
    read: async (name) => kept.get(name),
  };
};

const createDiskBlobs = (folder: string): Blobs => {
  mkdirSync(folder, { recursive: true });
  const found = readdirSync(folder).map((name) => ({ name, ...statSync(join(folder, name)) }));
  found.sort((left, right) => left.mtimeMs - right.mtimeMs);
  const sizes = new Map(found.map(({ name, size }) => [name, size]));
  let total = found.reduce((sum, { size }) => sum + size, 0);
  return {
    put: async (name, bytes) => {
      await writeFile(join(folder, name), bytes);
      total += bytes.length - (sizes.get(name) ?? 0);
      sizes.delete(name);
      sizes.set(name, bytes.length);
      for (const [oldest, size] of sizes) {
        if (total <= TOTAL_BYTES_MAX) break;
        sizes.delete(oldest);
        total -= size;
        await unlink(join(folder, oldest));
      }
    },
    // Only names that were given out are looked for: what a URL says never becomes a path by itself.
    read: async (name) => (sizes.has(name) ? readFile(join(folder, name)) : undefined),
  };
};

/** Without a folder nothing outlives the process. */
export const createBlobs = (folder: string | undefined): Blobs =>
  folder === undefined ? createMemoryBlobs() : createDiskBlobs(join(folder, 'media'));
