/** Gives the key to whoever waits next. Calling it again does nothing. */
export type Release = () => void;

export type KeyedLock = {
  /** Runs `fn` alone among all that hold this key. Not re-entrant: taking a key inside itself waits for ever. */
  run<T>(key: string, fn: () => T | Promise<T>): Promise<T>;
  /** For callers whose critical section is no single function; they promise to release. */
  acquire(key: string): Promise<Release>;
  /** How many keys are held now; a key that nobody holds or waits for takes no memory. */
  heldCount(): number;
};

/** A mutex for each key, within this process: first come, first served, and keys do not wait for each other. */
export function createKeyedLock(): KeyedLock {
  const lastReleased = new Map<string, Promise<void>>();

  async function acquire(key: string): Promise<Release> {
    const before = lastReleased.get(key);
    const { promise: released, resolve } = Promise.withResolvers<void>();
    lastReleased.set(key, released);
    if (before !== undefined) await before;
    return () => {
      if (lastReleased.get(key) === released) lastReleased.delete(key);
      resolve();
    };
  }

  async function run<T>(key: string, fn: () => T | Promise<T>): Promise<T> {
    const release = await acquire(key);
    try {
      return await fn();
    } finally {
      release();
    }
  }

  return { run, acquire, heldCount: () => lastReleased.size };
}
