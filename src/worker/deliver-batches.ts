import type { Tx } from '../db/index.ts';

/** Works in one transaction: enough to share what it costs, few enough that others get their turn. */
const worksMax = 32;

/** Opens a transaction: one of the two that the database offers. */
export type RunTx = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;

type Entry = {
  /** The answer settles the caller's promise, once the transaction is committed. */
  run(tx: Tx): Promise<() => void>;
  alone(): Promise<void>;
};

/**
 * Shares transactions between works that come at the same time: while one runs, the next fills up. When it fails as a
 * whole, each of its works gets one of its own, so that only the one at fault fails. A work may be run twice, and `lost`
 * tells the errors that it throws before it has written anything: those fail it alone at once.
 */
export function createTxBatches(runTx: RunTx, lost: (error: unknown) => boolean): RunTx {
  let waiting: Entry[] = [];
  let writing = false;

  const writeAll = async (): Promise<void> => {
    if (writing) return;
    writing = true;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, worksMax);
      waiting = waiting.slice(worksMax);
      await writeBatch(batch);
    }
    writing = false;
  };

  const writeBatch = async (batch: readonly Entry[]): Promise<void> => {
    try {
      const settles = await runTx(async (tx) => {
        const done: (() => void)[] = [];
        for (const entry of batch) done.push(await entry.run(tx));
        return done;
      });
      for (const settle of settles) settle();
    } catch {
      for (const entry of batch) await entry.alone();
    }
  };

  return <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    waiting.push({
      run: async (tx) => {
        try {
          const result = await work(tx);
          return () => resolve(result);
        } catch (error) {
          if (!lost(error)) throw error;
          return () => reject(error);
        }
      },
      alone: () => runTx(work).then(resolve, reject),
    });
    void writeAll();
    return promise;
  };
}
