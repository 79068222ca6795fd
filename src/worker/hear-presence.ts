import type { Db } from '../db/index.ts';
import { recordPresence } from '../domain/chats/index.ts';
import { ignoresChats, readAnyInstance } from '../domain/instances/index.ts';
import type { Id } from '../lib/index.ts';
import type { PresenceUpdate } from '../network/index.ts';
import type { Clock, Log } from '../platform/index.ts';

/** Phones say again and again that somebody types; once in a while is enough. */
const repeatAfterMs = 10_000;
/** Of whom it is remembered what they were last seen doing; the oldest go. */
const peopleMax = 1_000;
/** What waits to be told; more than that is dropped, since it is over by the time it would be told. */
const waitingMax = 100;

/**
 * Takes what a session sees people do and has it told, without a journal and without waiting for the disk: what is lost in a
 * crash is over by then anyway.
 */
export function createPresenceEar(
  deps: { db: Db; clock: Clock; log: Log },
  id: Id<'ins'>,
): (update: PresenceUpdate) => void {
  const { db, clock, log } = deps;
  const seen = new Map<string, { readonly presence: string; readonly atMs: number }>();
  let last: Promise<void> = Promise.resolve();
  let waiting = 0;

  function isNews(update: PresenceUpdate): boolean {
    const key = JSON.stringify([update.chat, update.contact]);
    const before = seen.get(key);
    if (before?.presence === update.presence && clock.now() - before.atMs < repeatAfterMs) return false;
    seen.delete(key);
    seen.set(key, { presence: update.presence, atMs: clock.now() });
    const [oldest] = seen.keys();
    if (seen.size > peopleMax && oldest !== undefined) seen.delete(oldest);
    return true;
  }

  async function tell(update: PresenceUpdate): Promise<void> {
    try {
      await db.txVolatile(async (tx) => {
        const instance = await readAnyInstance(tx, id);
        if (!instance || instance.deleted_at !== null || ignoresChats(instance, update.chat.kind)) return;
        await recordPresence(tx, instance, update);
      });
    } catch (error) {
      log.warn({ instance_id: id, err: error }, 'a presence could not be told');
    } finally {
      waiting -= 1;
    }
  }

  return (update) => {
    if (waiting >= waitingMax || !isNews(update)) return;
    waiting += 1;
    last = last.then(() => tell(update));
  };
}
