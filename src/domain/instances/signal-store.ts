import type { Db, Tx } from '../../db/index.ts';
import { enqueueJob, requireOwnedLane } from '../../lanes/index.ts';
import { type Id, newId } from '../../lib/index.ts';
import type { InboundCapture, SignalBatch, SignalStore } from '../../network/index.ts';
import type { Vault } from '../../platform/index.ts';
import {
  deleteSignalKey,
  insertInbound,
  insertPlaintext,
  selectCredentials,
  selectInboundByKey,
  selectPlaintext,
  selectSignalKeys,
  updateInboundComplete,
  upsertCredentials,
  upsertSignalKey,
} from './signal-store.sql.ts';

/** Whose keys, and by which claim they are written: a worker that lost the instance must not touch its ratchets. */
export type StoreClaim = {
  readonly instanceId: Id<'ins'>;
  readonly customerId: Id<'cus'>;
  readonly worker: Id<'wrk'>;
  readonly epoch: number;
};

/** The store of one session. Ratchet, plaintext and job reach the disk in one transaction, or none of them does. */
export function createSignalStore(deps: { db: Db; vault: Vault }, claim: StoreClaim): SignalStore {
  const { db, vault } = deps;
  const { instanceId } = claim;
  let held = false;

  return {
    readCredentials: async () => {
      const row = await selectCredentials(db.read, instanceId);
      held = row !== undefined;
      return row && vault.decrypt(row.sealed, aad.credentials(instanceId));
    },
    readKeys: async (kind, ids) => {
      if (ids.length === 0) return new Map();
      const rows = await selectSignalKeys(db.read, instanceId, kind, ids);
      return new Map(
        rows.map((row) => [row.key_id, vault.decrypt(row.sealed, aad.signalKey(instanceId, kind, row.key_id))]),
      );
    },
    readPlaintext: async (hash) => {
      const row = await selectPlaintext(db.read, instanceId, hash);
      return row && vault.decrypt(row.sealed, aad.inbound(instanceId));
    },
    commit: async (batch) => {
      await db.tx((tx) => writeBatch(tx, vault, { ...claim, held }, batch));
      held ||= batch.credentials !== undefined;
    },
  };
}

/** What a sealed value is and whose, so that one cannot be passed off as another. */
export const aad = {
  credentials: (instanceId: Id<'ins'>) => `credentials:${instanceId}`,
  signalKey: (instanceId: Id<'ins'>, kind: string, id: string) => `signal:${instanceId}:${kind}:${id}`,
  inbound: (instanceId: Id<'ins'>) => `inbound:${instanceId}`,
};

async function writeBatch(
  tx: Tx,
  vault: Vault,
  claim: StoreClaim & { readonly held: boolean },
  batch: SignalBatch,
): Promise<void> {
  const { instanceId } = claim;
  await requireOwnedLane(tx, { family: 'send', scopeId: instanceId }, claim.worker, claim.epoch);
  // A link that was ended while its session lives: what it receives is kept, and of its secrets nothing comes back.
  const ended = claim.held && !(await selectCredentials(tx, instanceId));
  if (!ended) await writeSecrets(tx, vault, instanceId, batch);
  if (batch.inbound) await writeInbound(tx, vault, claim, batch.inbound);
}

async function writeSecrets(tx: Tx, vault: Vault, instanceId: Id<'ins'>, batch: SignalBatch): Promise<void> {
  if (batch.credentials) {
    await upsertCredentials(tx, instanceId, vault.encrypt(batch.credentials, aad.credentials(instanceId)));
  }
  for (const { kind, id, value } of batch.keys ?? []) {
    if (value === null) await deleteSignalKey(tx, instanceId, kind, id);
    else await upsertSignalKey(tx, instanceId, kind, id, vault.encrypt(value, aad.signalKey(instanceId, kind, id)));
  }
}

async function writeInbound(tx: Tx, vault: Vault, claim: StoreClaim, capture: InboundCapture): Promise<void> {
  const { instanceId, customerId } = claim;
  const known = await selectInboundByKey(tx, instanceId, capture.dedupeKey);
  if (known?.complete) return;

  const id = known?.id ?? newId('inb', tx.now);
  const failure = capture.failure ?? null;
  if (!known) {
    await insertInbound(tx, {
      id,
      instanceId,
      dedupeKey: capture.dedupeKey,
      kind: capture.kind,
      sealed: vault.encrypt(capture.stanza, aad.inbound(instanceId)),
      failure,
      complete: capture.complete,
    });
  }
  for (const part of capture.parts) {
    await insertPlaintext(tx, {
      instanceId,
      hash: part.ciphertextHash,
      inboundId: id,
      position: part.position,
      sealed: vault.encrypt(part.plaintext, aad.inbound(instanceId)),
    });
  }
  if (!capture.complete) return;
  if (known) await updateInboundComplete(tx, id, failure);
  await enqueueJob(
    tx,
    { family: 'receive', customerId, scopeId: instanceId },
    { kind: capture.kind, ref: id, orderKey: '' },
  );
}
