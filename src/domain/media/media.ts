import type { Reader, Row, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import { GatewayError } from '../../platform/index.ts';
import type { Caller } from '../customers/index.ts';
import {
  selectMedia,
  selectMediaByIds,
  selectMediaPage,
  selectWaitingMessage,
  updateMedia,
  updateUsage,
} from './media.sql.ts';

export type MediaRow = Row<'media'>;

export type MediaState = 'pending' | 'not_fetched' | 'ready' | 'failed' | 'expired' | 'deleted';

/** A file as the API and every event show it. Times are ISO-8601 in UTC. */
export type MediaView = Readonly<Record<string, unknown>> & { readonly id: Id<'med'> };

export function viewMedia(row: MediaRow): MediaView {
  return {
    id: row.id,
    instance_id: row.instance_id,
    message_id: row.message_id,
    source: row.source,
    state: row.state,
    mime_type: row.mime_type,
    filename: row.filename,
    bytes: row.bytes,
    sha256: row.sha256,
    ...asFacts(row.facts),
    error: row.error_code === null ? null : { code: row.error_code },
    created_at: asTime(row.created_at),
    expires_at: asTime(row.expires_at),
  };
}

const asTime = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

type Facts = {
  readonly width?: number;
  readonly height?: number;
  readonly seconds?: number;
  readonly animated?: boolean;
};

/** Only this folder writes the column: width, height, seconds and animated, as far as they are known. */
export function asFacts(json: string): Facts {
  return JSON.parse(json) as Facts;
}

/** Throws `media_not_found`, also for what was deleted and for what the caller's key does not reach. */
export async function requireMedia(from: Tx | Reader, caller: Caller, id: Id<'med'>): Promise<MediaRow> {
  const row = await selectMedia(from, caller.customerId, id);
  const outOfReach = caller.instanceId !== null && row?.instance_id !== caller.instanceId;
  if (!row || outOfReach || row.state === 'deleted') throw new GatewayError('media_not_found', { id });
  return row;
}

export type MediaFilter = {
  readonly before: Id<'med'> | null;
  readonly limit: number;
  readonly instanceId?: Id<'ins'> | undefined;
  readonly source?: string | undefined;
  readonly state?: string | undefined;
};

/** The files of messages, by their ids. */
export async function readMediaOf(
  from: Tx | Reader,
  customerId: Id<'cus'>,
  ids: readonly (Id<'med'> | null)[],
): Promise<ReadonlyMap<string, MediaRow>> {
  const wanted = ids.filter((id) => id !== null);
  if (wanted.length === 0) return new Map();
  return new Map((await selectMediaByIds(from, customerId, wanted)).map((row) => [row.id, row]));
}

/** Newest first. A bound key sees the media of its instance only. */
export const listMedia = (from: Reader, caller: Caller, filter: MediaFilter): Promise<MediaRow[]> =>
  selectMediaPage(from, caller.customerId, { ...filter, instanceId: caller.instanceId ?? filter.instanceId });

/** The row stays and says what became of the content, which nobody finds any more; the file itself is removed later. */
export async function endContent(tx: Tx, row: MediaRow, state: 'expired' | 'deleted'): Promise<void> {
  await updateMedia(tx, row.customer_id, row.id, { state, sha256: null, expires_at: null });
  if (row.state === 'ready') await updateUsage(tx, row.customer_id, -(row.bytes ?? 0));
}

/** Whether a message that has not left yet needs it. */
export const isAwaited = async (tx: Tx, id: Id<'med'>): Promise<boolean> =>
  (await selectWaitingMessage(tx, id)) !== undefined;
