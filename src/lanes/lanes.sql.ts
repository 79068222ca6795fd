import { type Insertable, sql } from 'kysely';
import type { Reader, Tables, Tx } from '../db/index.ts';
import type { Id } from '../lib/index.ts';
import type { Family } from './types.ts';

/** A lane with nothing to do until somebody enqueues. */
export const never = Number.MAX_SAFE_INTEGER;

export const insertLane = (
  tx: Tx,
  lane: { key: string; family: Family; customerId: Id<'cus'>; scopeId: string; shard: number },
) =>
  tx
    .insertInto('lanes')
    .values({
      key: lane.key,
      family: lane.family,
      customer_id: lane.customerId,
      scope_id: lane.scopeId,
      shard: lane.shard,
      ready_at: tx.now,
      owner: null,
      epoch: 0,
      parked_by: null,
    })
    .onConflict((on) => on.column('key').doNothing())
    .execute();

export const updateLaneReady = (tx: Tx, key: string, readyAt: number) =>
  tx.updateTable('lanes').set({ ready_at: readyAt }).where('key', '=', key).executeTakeFirst();

/** Brings the moment forward, never back. Touches no row when the lane is ready already. */
export const updateLaneReadySooner = (tx: Tx, key: string, readyAt: number) =>
  tx
    .updateTable('lanes')
    .set({ ready_at: readyAt })
    .where('key', '=', key)
    .where('ready_at', '>', readyAt)
    .executeTakeFirst();

export const selectLane = (tx: Tx, key: string) =>
  tx.selectFrom('lanes').selectAll().where('key', '=', key).executeTakeFirst();

export const selectReadyLanes = (reader: Reader, owner: string, family: Family, atMs: number, limit: number) =>
  reader
    .selectFrom('lanes')
    .select('key')
    .where('owner', '=', owner)
    .where('family', '=', family)
    .where('parked_by', 'is', null)
    .where('ready_at', '<=', atMs)
    .orderBy('ready_at')
    .limit(limit)
    .execute();

/** Smaller or larger, not unequal: lanes that are ours already, which is nearly all of them, are not looked at. */
export const selectLanesToAdopt = (tx: Tx, worker: string, limit: number) =>
  tx
    .selectFrom('lanes')
    .select('key')
    .where((eb) => eb.or([eb('owner', 'is', null), eb('owner', '<', worker), eb('owner', '>', worker)]))
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('workers')
            .select('workers.id')
            .whereRef('workers.id', '=', 'lanes.owner')
            .where('workers.lease_until', '>=', tx.now),
        ),
      ),
    )
    .limit(limit)
    .execute();

export const updateLaneOwner = (tx: Tx, key: string, owner: string) =>
  tx
    .updateTable('lanes')
    .set((eb) => ({ owner, epoch: eb('epoch', '+', 1), ready_at: 0 }))
    .where('key', '=', key)
    .execute();

export const updateLaneEpoch = (tx: Tx, key: string) =>
  tx
    .updateTable('lanes')
    .set((eb) => ({ epoch: eb('epoch', '+', 1) }))
    .where('key', '=', key)
    .execute();

export const updateJobsUntaken = (tx: Tx, lane: string) =>
  tx
    .updateTable('jobs')
    .set({ taken_by: null, taken_epoch: null })
    .where('lane', '=', lane)
    .where('taken_by', 'is not', null)
    .execute();

export const insertJob = (
  tx: Tx,
  job: { lane: string; orderKey: string; kind: string; ref: string; notBefore: number },
) =>
  tx
    .insertInto('jobs')
    .values({
      lane: job.lane,
      order_key: job.orderKey,
      kind: job.kind,
      ref: job.ref,
      not_before: job.notBefore,
      blocked: sql<number>`case when exists ${firstOfOrderKey(tx, job.lane, job.orderKey)} then 1 else 0 end`,
      taken_by: null,
      taken_epoch: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();

/** Jobs that nothing blocks and that never had to wait, oldest first. Reads no more than it answers, however long the lane. */
export const selectFreshJobs = (tx: Tx, lane: string, limit: number) => selectDueJobs(tx, lane, 0, limit);

/** The same of those that had to wait and need not any more, the longest due first. */
export const selectWaitedJobs = (tx: Tx, lane: string, limit: number) => selectDueJobs(tx, lane, 1, limit);

const selectDueJobs = (tx: Tx, lane: string, from: 0 | 1, limit: number) =>
  tx
    .selectFrom('jobs')
    .selectAll()
    .where('lane', '=', lane)
    .where('blocked', '=', literal(0))
    .where('taken_by', 'is', null)
    .where('not_before', '>=', from)
    .where('not_before', '<=', from === 0 ? 0 : tx.now)
    .orderBy('not_before')
    .orderBy('id')
    .limit(limit)
    .execute();

/** A constant in the statement's text: a partial index is only used for what the text itself implies. */
const literal = (value: number) => sql.lit(value);

const firstOfOrderKey = (tx: Tx, lane: string, orderKey: string) =>
  tx.selectFrom('jobs').select('id').where('lane', '=', lane).where('order_key', '=', orderKey).orderBy('id').limit(1);

/** Frees the oldest job of an order key. */
export const updateFirstJobUnblocked = (tx: Tx, lane: string, orderKey: string) =>
  tx
    .updateTable('jobs')
    .set({ blocked: 0 })
    .where('id', '=', firstOfOrderKey(tx, lane, orderKey))
    .where('blocked', '=', 1)
    .execute();

export const updateLaterJobsBlocked = (tx: Tx, lane: string, orderKey: string) =>
  tx
    .updateTable('jobs')
    .set({ blocked: 1 })
    .where('lane', '=', lane)
    .where('order_key', '=', orderKey)
    .where('id', '>', firstOfOrderKey(tx, lane, orderKey))
    .execute();

export const updateJobsOrderKey = (tx: Tx, lane: string, from: string, to: string) =>
  tx.updateTable('jobs').set({ order_key: to }).where('lane', '=', lane).where('order_key', '=', from).execute();

export const countTakenJobs = async (tx: Tx, lane: string) => {
  const row = await tx
    .selectFrom('jobs')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('lane', '=', lane)
    .where('taken_by', 'is not', null)
    .executeTakeFirstOrThrow();
  return Number(row.count);
};

/** When the next job that nobody has taken comes due; undefined in a lane without one. */
export const selectNextDue = async (tx: Tx, lane: string) => {
  const row = await tx
    .selectFrom('jobs')
    .select('not_before')
    .where('lane', '=', lane)
    .where('blocked', '=', literal(0))
    .where('taken_by', 'is', null)
    .where('not_before', '>', tx.now)
    .orderBy('not_before')
    .limit(1)
    .executeTakeFirst();
  return row?.not_before;
};

export const updateJobTaken = (tx: Tx, id: number, worker: string, epoch: number) =>
  tx
    .updateTable('jobs')
    .set((eb) => ({ taken_by: worker, taken_epoch: epoch, attempts: eb('attempts', '+', 1) }))
    .where('id', '=', id)
    .execute();

export const deleteTakenJob = (tx: Tx, id: number, worker: string, epoch: number) =>
  tx
    .deleteFrom('jobs')
    .where('id', '=', id)
    .where('taken_by', '=', worker)
    .where('taken_epoch', '=', epoch)
    .returning('order_key')
    .executeTakeFirst();

export const updateTakenJobReleased = (tx: Tx, id: number, worker: string, epoch: number, notBefore: number) =>
  tx
    .updateTable('jobs')
    .set({ taken_by: null, taken_epoch: null, not_before: notBefore })
    .where('id', '=', id)
    .where('taken_by', '=', worker)
    .where('taken_epoch', '=', epoch)
    .executeTakeFirst();

export const deleteUntakenJob = (tx: Tx, lane: string, ref: string) =>
  tx
    .deleteFrom('jobs')
    .where('lane', '=', lane)
    .where('ref', '=', ref)
    .where('taken_by', 'is', null)
    .returning('order_key')
    .executeTakeFirst();

export const deleteJobsOfLane = (tx: Tx, lane: string) => tx.deleteFrom('jobs').where('lane', '=', lane).execute();

export const selectJobByRef = (tx: Tx | Reader, lane: string, ref: string) =>
  tx.selectFrom('jobs').selectAll().where('lane', '=', lane).where('ref', '=', ref).executeTakeFirst();

export const updateUntakenJobDue = (tx: Tx, lane: string, ref: string) =>
  tx
    .updateTable('jobs')
    .set({ not_before: 0 })
    .where('lane', '=', lane)
    .where('ref', '=', ref)
    .where('taken_by', 'is', null)
    .execute();

export const updateJobsDue = (tx: Tx, lane: string) =>
  tx
    .updateTable('jobs')
    .set({ not_before: 0 })
    .where('lane', '=', lane)
    .where('taken_by', 'is', null)
    .where('not_before', '>', 0)
    .execute();

/** Counts no further than `limit`: a backlog of a million must not be read to say "too many". */
export const countJobs = async (tx: Tx | Reader, lane: string, limit: number, upToId = never) => {
  const row = await tx
    .selectFrom((eb) =>
      eb
        .selectFrom('jobs')
        .select('id')
        .where('lane', '=', lane)
        .where('id', '<=', upToId)
        .orderBy('id')
        .limit(limit)
        .as('some'),
    )
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(row.count);
};

export const selectBacklog = (reader: Reader) =>
  reader
    .selectFrom('jobs')
    .innerJoin('lanes', 'lanes.key', 'jobs.lane')
    .select((eb) => [
      'lanes.family as family',
      eb.fn.countAll<number>().as('depth'),
      eb.fn.count<number>('jobs.taken_by').as('taken'),
      eb.fn.min('jobs.id').as('oldest'),
    ])
    .groupBy('lanes.family')
    .execute();

export const updateLaneParked = (tx: Tx, key: string, by: string) =>
  tx.updateTable('lanes').set({ parked_by: by }).where('key', '=', key).execute();

export const updateLaneUnparked = (tx: Tx, key: string) =>
  tx
    .updateTable('lanes')
    .set({ parked_by: null, ready_at: 0 })
    .where('key', '=', key)
    .where('parked_by', 'is not', null)
    .executeTakeFirst();

export const selectParkedLanes = (tx: Tx, by: string, limit: number) =>
  tx.selectFrom('lanes').select('key').where('parked_by', '=', by).limit(limit).execute();

/** The oldest pause that holds this lane. */
export const selectPauseOf = (
  tx: Tx | Reader,
  lane: { family: string; customerId: string; scopeId: string },
  atMs: number,
) =>
  tx
    .selectFrom('pauses')
    .selectAll()
    .where('family', 'in', [lane.family, 'all'])
    .where((eb) =>
      eb.or([
        eb('scope', '=', 'all'),
        eb.and([eb('scope', '=', 'customer'), eb('scope_id', '=', lane.customerId)]),
        eb.and([eb('scope', 'in', ['instance', 'endpoint']), eb('scope_id', '=', lane.scopeId)]),
      ]),
    )
    .where((eb) => eb.or([eb('until', 'is', null), eb('until', '>', atMs)]))
    .orderBy('id')
    .executeTakeFirst();

export const deletePause = (tx: Tx, id: Id<'pau'>) => tx.deleteFrom('pauses').where('id', '=', id).executeTakeFirst();

export const selectPauseOver = (tx: Tx) =>
  tx.selectFrom('pauses').select('id').where('until', '<=', tx.now).orderBy('until').limit(1).executeTakeFirst();

export const insertPause = (tx: Tx, pause: Insertable<Tables['pauses']>) =>
  tx.insertInto('pauses').values(pause).execute();

export const upsertWorker = (tx: Tx, worker: Insertable<Tables['workers']>) =>
  tx
    .insertInto('workers')
    .values(worker)
    .onConflict((on) => on.column('id').doUpdateSet({ lease_until: worker.lease_until }))
    .execute();

export const updateWorkerLease = (tx: Tx, id: Id<'wrk'>, leaseUntil: number) =>
  tx.updateTable('workers').set({ lease_until: leaseUntil }).where('id', '=', id).executeTakeFirst();

export const deleteWorker = (tx: Tx, id: Id<'wrk'>) => tx.deleteFrom('workers').where('id', '=', id).execute();

export const deleteOtherWorkers = (tx: Tx, id: Id<'wrk'>) => tx.deleteFrom('workers').where('id', '<>', id).execute();

export const deleteDeadWorkers = (tx: Tx) => tx.deleteFrom('workers').where('lease_until', '<', tx.now).execute();
