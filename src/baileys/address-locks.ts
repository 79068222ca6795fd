import { createKeyedLock } from '../lib/index.ts';

// libsignal queues its work by address in a global of its own, across all instances of the process: a job of one would
// run in the transaction of another. Hence this lock is as global as that queue.
const locks = createKeyedLock();

/** Runs `work` alone on all of these keys, taken always in the same order. */
export async function holdAddresses<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
  const releases: (() => void)[] = [];
  try {
    for (const key of [...new Set(keys)].sort()) releases.push(await locks.acquire(key));
    return await work();
  } finally {
    for (const release of releases) release();
  }
}
