import type { Db } from '../db/index.ts';
import type { ListedGroups } from '../domain/groups/index.ts';
import type { InstanceRow } from '../domain/instances/index.ts';
import { enqueueJob } from '../lanes/index.ts';
import { newId } from '../lib/index.ts';

export const groupListJob = 'groups';

/**
 * Lists of groups that WhatsApp has given and that wait for their turn to be compared with what is on record: behind what came
 * in before them, and before what comes in after. They are kept in memory only: whoever loses one asks again when it is
 * connected again.
 */
export type GroupLists = {
  /** Puts the comparison into the lane of what came in. */
  keep(instance: Pick<InstanceRow, 'id' | 'customer_id'>, listed: ListedGroups): Promise<void>;
  read(ref: string): ListedGroups | undefined;
  drop(ref: string): void;
};

export function createGroupLists({ db }: { db: Db }): GroupLists {
  const lists = new Map<string, ListedGroups>();
  return {
    keep: async (instance, listed) => {
      await db.txVolatile(async (tx) => {
        const ref = newId('job', tx.now);
        lists.set(ref, listed);
        const lane = { family: 'receive' as const, customerId: instance.customer_id, scopeId: instance.id };
        await enqueueJob(tx, lane, { kind: groupListJob, ref, orderKey: '' });
      });
    },
    read: (ref) => lists.get(ref),
    drop: (ref) => void lists.delete(ref),
  };
}
