import type { Tx } from '../../db/index.ts';
import { enqueueJob } from '../../lanes/index.ts';
import { type Id, newId } from '../../lib/index.ts';
import type { ChatKind, InboundMedia } from '../../network/index.ts';
import { recordEvent } from '../events/index.ts';
import type { FileFacts } from './describe-file.ts';
import { insertMedia, updateMedia, updateUsage } from './media.sql.ts';
import { type MediaRow, viewMedia } from './media.ts';
import { requireMediaRoom } from './record-file.ts';

/** The message that brings a file, as far as the file has to know it. */
export type Bringer = {
  readonly id: Id<'msg'>;
  readonly customer_id: Id<'cus'>;
  readonly instance_id: Id<'ins'>;
  readonly chat_id: Id<'cht'>;
  readonly chat_kind: ChatKind;
};

/** Why a file that came is not here. Codes are API. */
export type FetchFailure =
  | 'media_gone'
  | 'media_damaged'
  | 'media_unusable'
  | 'media_too_large'
  | 'media_fetch_failed'
  | 'media_quota_reached'
  | 'instance_deleted';

const unknownType = 'application/octet-stream';

/** Records that a message brings a file, and has it fetched unless it says that it is larger than `autoFetchBytesMax`. */
export async function recordInboundFile(
  tx: Tx,
  message: Pick<Bringer, 'id' | 'customer_id' | 'instance_id'>,
  said: InboundMedia,
  autoFetchBytesMax: number,
): Promise<Id<'med'>> {
  const id = newId('med', tx.now);
  const fetchNow = (said.bytes ?? 0) <= autoFetchBytesMax && autoFetchBytesMax > 0;
  const { width, height, seconds, animated } = said;
  await insertMedia(tx, {
    id,
    customer_id: message.customer_id,
    instance_id: message.instance_id,
    message_id: message.id,
    source: 'inbound',
    state: fetchNow ? 'pending' : 'not_fetched',
    mime_type: said.mimeType ?? unknownType,
    filename: said.filename ?? null,
    facts: JSON.stringify({ width, height, seconds, animated }),
    bytes: said.bytes ?? null,
    created_at: tx.now,
  });
  if (fetchNow) await enqueueFetch(tx, message, id);
  return id;
}

async function enqueueFetch(
  tx: Tx,
  message: Pick<Bringer, 'customer_id' | 'instance_id'>,
  id: Id<'med'>,
): Promise<void> {
  const lane = { family: 'media', customerId: message.customer_id, scopeId: message.instance_id } as const;
  await enqueueJob(tx, lane, { kind: 'download', ref: id, orderKey: id });
}

/** Has a file fetched that is not here. What is here, or on its way, stays as it is. */
export async function requestFetch(tx: Tx, row: MediaRow): Promise<void> {
  if (row.instance_id === null || row.state === 'ready' || row.state === 'pending') return;
  await updateMedia(tx, row.customer_id, row.id, { state: 'pending', error_code: null });
  await enqueueFetch(tx, { customer_id: row.customer_id, instance_id: row.instance_id }, row.id);
}

/** A file has come, whole, and lies in its place. Throws `limit_reached` when the customer has no room for it. */
export async function recordFetched(
  tx: Tx,
  row: MediaRow,
  message: Bringer,
  file: FileFacts,
  how: { readonly quotaBytes: number; readonly keepMs: number },
): Promise<void> {
  await requireMediaRoom(tx, row.customer_id, how.quotaBytes, file.bytes);
  const { mimeType, filename, sha256, bytes, ...found } = file;
  const facts = { ...JSON.parse(row.facts), ...found };
  const ready = {
    state: 'ready',
    mime_type: mimeType,
    filename: row.filename ?? filename,
    facts: JSON.stringify(facts),
    sha256,
    bytes,
    error_code: null,
    ready_at: tx.now,
    expires_at: tx.now + how.keepMs,
  };
  await updateMedia(tx, row.customer_id, row.id, ready);
  await updateUsage(tx, row.customer_id, bytes);
  await tell(tx, { ...row, ...ready }, message, 'media.ready');
}

/** A file will not come by itself any more. */
export async function recordNotFetched(tx: Tx, row: MediaRow, message: Bringer, code: FetchFailure): Promise<void> {
  const failed = { state: 'failed', error_code: code };
  await updateMedia(tx, row.customer_id, row.id, failed);
  await tell(tx, { ...row, ...failed }, message, 'media.failed');
}

async function tell(tx: Tx, row: MediaRow, message: Bringer, type: 'media.ready' | 'media.failed'): Promise<void> {
  await recordEvent(tx, {
    customerId: row.customer_id,
    instanceId: message.instance_id,
    messageId: message.id,
    chat: { id: message.chat_id, type: message.chat_kind },
    type,
    data: { media: viewMedia(row) },
  });
}
