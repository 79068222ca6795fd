import type { Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import { GatewayError } from '../../platform/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Caller } from '../customers/index.ts';
import { endContent, isAwaited, type MediaRow, requireMedia } from './media.ts';

/** Deletes a file for good, and answers what it was, so that its content can be removed once this is committed. */
export async function deleteMedia(tx: Tx, caller: Caller, id: Id<'med'>): Promise<MediaRow> {
  const row = await requireMedia(tx, caller, id);
  if (await isAwaited(tx, id)) throw new GatewayError('media_in_use', { id });
  await endContent(tx, row, 'deleted');
  await recordAudit(tx, caller, {
    action: 'media.deleted',
    target: id,
    ...(row.instance_id !== null && { instanceId: row.instance_id }),
  });
  return row;
}
