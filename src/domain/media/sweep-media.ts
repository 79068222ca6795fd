import type { Db } from '../../db/index.ts';
import type { BlobStore } from '../../platform/index.ts';
import { selectExpiredMedia, selectMediaWithContent, updateMedia } from './media.sql.ts';
import { endContent, isAwaited } from './media.ts';

const sweepBatch = 100;
const awaitedAgainMs = 3_600_000;

/** Removes content to which no row refers any more. Nobody can begin to refer to it meanwhile. */
export const removeUnused = (db: Db, blobs: BlobStore, sha256: string): Promise<boolean> =>
  blobs.remove(sha256, async () => (await selectMediaWithContent(db.read, sha256)) === undefined);

/** Ends content that is past its time, one small batch a call, but none that a waiting message needs. True when there may be more. */
export async function sweepMedia(db: Db, blobs: BlobStore): Promise<boolean> {
  // Waits for the disk: a row that came back after a power cut would refer to a file that is gone.
  const ended = await db.tx(async (tx) => {
    const over = await selectExpiredMedia(tx, sweepBatch);
    for (const row of over) {
      if (await isAwaited(tx, row.id)) {
        await updateMedia(tx, row.customer_id, row.id, { expires_at: tx.now + awaitedAgainMs });
      } else await endContent(tx, row, 'expired');
    }
    return over;
  });
  for (const { sha256 } of ended) if (sha256 !== null) await removeUnused(db, blobs, sha256);
  return ended.length === sweepBatch;
}

/** Removes files that were put in their place by a process that was killed before any row referred to them. */
export async function sweepOrphans(db: Db, blobs: BlobStore, signal: AbortSignal): Promise<number> {
  let removed = 0;
  for await (const sha256 of blobs.list()) {
    if (signal.aborted) break;
    if (await removeUnused(db, blobs, sha256)) removed += 1;
  }
  return removed;
}
