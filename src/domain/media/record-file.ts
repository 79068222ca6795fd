import type { Reader, Tx } from '../../db/index.ts';
import { type Id, newId } from '../../lib/index.ts';
import { GatewayError } from '../../platform/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Caller } from '../customers/index.ts';
import type { FileFacts } from './describe-file.ts';
import { insertMedia, selectUsage, updateUsage } from './media.sql.ts';
import { type MediaRow, requireMedia } from './media.ts';

/** Throws `limit_reached` when the customer's files would take more than they may. */
export async function requireMediaRoom(
  from: Tx | Reader,
  customerId: Id<'cus'>,
  quotaBytes: number,
  moreBytes: number,
): Promise<void> {
  const used = await selectUsage(from, customerId);
  if (used + moreBytes > quotaBytes)
    throw new GatewayError('limit_reached', { limit: quotaBytes, used, unit: 'bytes' });
}

/** Records what a file of a customer was turned into, for whoever may see that file. It is kept as long as an upload. */
export async function recordConverted(tx: Tx, original: MediaRow, file: FileFacts, keepMs: number): Promise<Id<'med'>> {
  const { mimeType, filename, sha256, bytes, ...facts } = file;
  const { customer_id, instance_id } = original;
  const id = newId('med', tx.now);
  await insertMedia(tx, {
    id,
    customer_id,
    instance_id,
    source: 'conversion',
    state: 'ready',
    mime_type: mimeType,
    filename,
    facts: JSON.stringify(facts),
    sha256,
    bytes,
    created_at: tx.now,
    ready_at: tx.now,
    expires_at: tx.now + keepMs,
  });
  await updateUsage(tx, customer_id, bytes);
  return id;
}

/** Records a file that the caller brought and that lies in its place in the blob store. */
export async function recordFile(
  tx: Tx,
  caller: Caller,
  file: FileFacts,
  how: { readonly source: 'upload' | 'url'; readonly quotaBytes: number; readonly keepMs: number },
): Promise<MediaRow> {
  await requireMediaRoom(tx, caller.customerId, how.quotaBytes, file.bytes);
  const { mimeType, filename, sha256, bytes, ...facts } = file;
  const id = newId('med', tx.now);
  await insertMedia(tx, {
    id,
    customer_id: caller.customerId,
    instance_id: caller.instanceId,
    source: how.source,
    state: 'ready',
    mime_type: mimeType,
    filename,
    facts: JSON.stringify(facts),
    sha256,
    bytes,
    created_at: tx.now,
    ready_at: tx.now,
    expires_at: tx.now + how.keepMs,
  });
  await updateUsage(tx, caller.customerId, bytes);
  await recordAudit(tx, caller, {
    action: 'media.uploaded',
    target: id,
    ...(caller.instanceId !== null && { instanceId: caller.instanceId }),
    detail: { source: how.source, bytes },
  });
  return requireMedia(tx, caller, id);
}
