import type { Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import type { OutboundMedia } from '../../network/index.ts';
import { GatewayError } from '../../platform/index.ts';
import type { Caller } from '../customers/index.ts';
import { selectAnyMedia } from './media.sql.ts';
import { asFacts, type MediaRow, requireMedia } from './media.ts';

/** What a message can say of a file of the caller's. Throws `media_not_found`, and `media_not_available` without content. */
export async function requireOutboundFile(tx: Tx, caller: Caller, id: Id<'med'>): Promise<OutboundMedia> {
  const row = await requireMedia(tx, caller, id);
  if (row.state !== 'ready' || row.bytes === null || row.sha256 === null) {
    throw new GatewayError('media_not_available', { state: row.state });
  }
  return {
    mimeType: row.mime_type,
    bytes: row.bytes,
    sha256: row.sha256,
    ...(row.filename !== null && { filename: row.filename }),
    ...asFacts(row.facts),
  };
}

/** For the worker, which serves all customers. */
export const readAnyMedia = (tx: Tx, id: Id<'med'>): Promise<MediaRow | undefined> => selectAnyMedia(tx, id);
