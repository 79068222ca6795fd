import type { Reader, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import type { InboundKind } from '../../network/index.ts';

export const selectCredentials = (from: Tx | Reader, instanceId: Id<'ins'>) =>
  from
    .selectFrom('credentials')
    .select('sealed')
    .where('instance_id', '=', instanceId)
    .where('wiped_at', 'is', null)
    .executeTakeFirst();

export const upsertCredentials = (tx: Tx, instanceId: Id<'ins'>, sealed: Uint8Array) =>
  tx
    .insertInto('credentials')
    .values({ instance_id: instanceId, sealed, updated_at: tx.now, wiped_at: null })
    .onConflict((on) => on.column('instance_id').doUpdateSet({ sealed, updated_at: tx.now, wiped_at: null }))
    .execute();

export const updateCredentialsWiped = (tx: Tx, instanceId: Id<'ins'>) =>
  tx
    .updateTable('credentials')
    .set({ wiped_at: tx.now })
    .where('instance_id', '=', instanceId)
    .where('wiped_at', 'is', null)
    .execute();

export const deleteCredentialsWipedBefore = (tx: Tx, beforeMs: number) =>
  tx.deleteFrom('credentials').where('wiped_at', '<', beforeMs).executeTakeFirst();

export const selectSignalKeys = (from: Reader, instanceId: Id<'ins'>, kind: string, ids: readonly string[]) =>
  from
    .selectFrom('signal_keys')
    .select(['key_id', 'sealed'])
    .where('instance_id', '=', instanceId)
    .where('kind', '=', kind)
    .where('key_id', 'in', ids)
    .execute();

export const upsertSignalKey = (tx: Tx, instanceId: Id<'ins'>, kind: string, keyId: string, sealed: Uint8Array) =>
  tx
    .insertInto('signal_keys')
    .values({ instance_id: instanceId, kind, key_id: keyId, sealed })
    .onConflict((on) => on.columns(['instance_id', 'kind', 'key_id']).doUpdateSet({ sealed }))
    .execute();

export const deleteSignalKey = (tx: Tx, instanceId: Id<'ins'>, kind: string, keyId: string) =>
  tx
    .deleteFrom('signal_keys')
    .where('instance_id', '=', instanceId)
    .where('kind', '=', kind)
    .where('key_id', '=', keyId)
    .execute();

export const deleteSignalKeys = (tx: Tx, instanceId: Id<'ins'>) =>
  tx.deleteFrom('signal_keys').where('instance_id', '=', instanceId).execute();

export const selectInboundByKey = (tx: Tx, instanceId: Id<'ins'>, dedupeKey: string) =>
  tx
    .selectFrom('inbound')
    .select(['id', 'complete'])
    .where('instance_id', '=', instanceId)
    .where('dedupe_key', '=', dedupeKey)
    .executeTakeFirst();

export const insertInbound = (
  tx: Tx,
  row: {
    id: string;
    instanceId: Id<'ins'>;
    dedupeKey: string;
    kind: InboundKind;
    sealed: Uint8Array;
    failure: string | null;
    complete: boolean;
  },
) =>
  tx
    .insertInto('inbound')
    .values({
      id: row.id,
      instance_id: row.instanceId,
      dedupe_key: row.dedupeKey,
      kind: row.kind,
      sealed: row.sealed,
      failure: row.failure,
      complete: row.complete ? 1 : 0,
      received_at: tx.now,
      recorded_at: null,
      set_aside: null,
    })
    .execute();

export const updateInboundComplete = (tx: Tx, id: string, failure: string | null) =>
  tx.updateTable('inbound').set({ complete: 1, failure }).where('id', '=', id).execute();

export const selectInbound = (tx: Tx, id: string) =>
  tx.selectFrom('inbound').selectAll().where('id', '=', id).executeTakeFirst();

export const updateInboundRecorded = (tx: Tx, id: string, setAside: string | null) =>
  tx.updateTable('inbound').set({ recorded_at: tx.now, set_aside: setAside }).where('id', '=', id).execute();

export const insertPlaintext = (
  tx: Tx,
  row: { instanceId: Id<'ins'>; hash: string; inboundId: string; position: number; sealed: Uint8Array },
) =>
  tx
    .insertInto('inbound_plaintexts')
    .values({
      instance_id: row.instanceId,
      ciphertext_hash: row.hash,
      inbound_id: row.inboundId,
      position: row.position,
      sealed: row.sealed,
      received_at: tx.now,
    })
    .onConflict((on) => on.columns(['instance_id', 'ciphertext_hash']).doNothing())
    .execute();

export const selectPlaintext = (from: Reader, instanceId: Id<'ins'>, hash: string) =>
  from
    .selectFrom('inbound_plaintexts')
    .select('sealed')
    .where('instance_id', '=', instanceId)
    .where('ciphertext_hash', '=', hash)
    .executeTakeFirst();

export const selectPlaintexts = (tx: Tx, inboundId: string) =>
  tx
    .selectFrom('inbound_plaintexts')
    .select('sealed')
    .where('inbound_id', '=', inboundId)
    .orderBy('position')
    .execute();

export const deletePlaintextsBefore = (tx: Tx, beforeMs: number, limit: number) =>
  tx
    .deleteFrom('inbound_plaintexts')
    .where('ciphertext_hash', 'in', (eb) =>
      eb
        .selectFrom('inbound_plaintexts')
        .select('ciphertext_hash')
        .where('received_at', '<', beforeMs)
        .orderBy('received_at')
        .limit(limit),
    )
    .where('received_at', '<', beforeMs)
    .executeTakeFirst();

export const deleteInboundBefore = (tx: Tx, beforeMs: number, limit: number) =>
  tx
    .deleteFrom('inbound')
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('inbound')
        .select('id')
        .where('received_at', '<', beforeMs)
        .where('recorded_at', 'is not', null)
        .orderBy('received_at')
        .limit(limit),
    )
    .executeTakeFirst();
