import type { Db, Tx } from '../../db/index.ts';
import type { InboundRecord } from '../../network/index.ts';
import type { Vault } from '../../platform/index.ts';
import type { InstanceRow } from './instances.ts';
import {
  deleteCredentialsWipedBefore,
  deleteInboundBefore,
  deletePlaintextsBefore,
  selectInbound,
  selectPlaintexts,
  updateInboundRecorded,
} from './signal-store.sql.ts';
import { aad } from './signal-store.ts';

/** A journaled stanza as the network can say what it means; undefined once it is gone. */
export async function readJournaled(
  tx: Tx,
  vault: Vault,
  instance: Pick<InstanceRow, 'id' | 'phone' | 'lid'>,
  inboundId: string,
): Promise<InboundRecord | undefined> {
  const row = await selectInbound(tx, inboundId);
  if (!row) return undefined;
  const plaintexts = await selectPlaintexts(tx, inboundId);
  const unseal = (sealed: Uint8Array) => vault.decrypt(sealed, aad.inbound(instance.id));
  return {
    stanza: unseal(row.sealed),
    plaintexts: plaintexts.map(({ sealed }) => unseal(sealed)),
    ...(row.failure !== null && { failure: row.failure }),
    receivedAtMs: row.received_at,
    self: { ...(instance.phone && { phone: instance.phone }), ...(instance.lid && { lid: instance.lid }) },
  };
}

/** Says that a journaled stanza has been turned into rows, or why it was set aside instead. */
export async function settleJournaled(tx: Tx, inboundId: string, setAside?: string): Promise<void> {
  await updateInboundRecorded(tx, inboundId, setAside ?? null);
}

const dayMs = 86_400_000;
/** WhatsApp keeps what it could not deliver for about as long; after that a ciphertext does not come again. */
const journalKeepDays = 30;
const wipedCredentialsKeepDays = 7;
const sweepBatch = 500;

/** Deletes what is past its time, one small batch a call. True when there may be more. */
export async function sweepJournal(db: Db): Promise<boolean> {
  return db.txVolatile(async (tx) => {
    const before = tx.now - journalKeepDays * dayMs;
    const plaintexts = await deletePlaintextsBefore(tx, before, sweepBatch);
    const stanzas = await deleteInboundBefore(tx, before, sweepBatch);
    await deleteCredentialsWipedBefore(tx, tx.now - wipedCredentialsKeepDays * dayMs);
    return plaintexts.numDeletedRows + stanzas.numDeletedRows > 0n;
  });
}
