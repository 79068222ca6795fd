import { statfsSync } from 'node:fs';
import type { Clock } from '../platform/index.ts';

/** A disk does not fill in a second, and asking it is a system call on the main thread that every accepted message would wait for. */
const keepMs = 1_000;

/** Says whether the disk that holds `path` has more than `reserveBytes` left, as of at most a second ago. */
export function createDiskRoom(deps: {
  path: string;
  reserveBytes: number;
  clock: Pick<Clock, 'elapsed'>;
  readFreeBytes?: (path: string) => number;
}): () => boolean {
  const { path, reserveBytes, clock, readFreeBytes = freeBytesOf } = deps;
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let enough = true;
  return () => {
    const nowMs = clock.elapsed();
    if (nowMs - askedAtMs >= keepMs) {
      enough = readFreeBytes(path) >= reserveBytes;
      askedAtMs = nowMs;
    }
    return enough;
  };
}

function freeBytesOf(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}
