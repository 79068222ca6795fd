import type { Reader, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import { GatewayError, type Vault } from '../../platform/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Caller } from '../customers/index.ts';
import { selectAnyMedia, updateMedia } from './media.sql.ts';
import { type MediaRow, requireMedia } from './media.ts';

/**
 * A token that opens this file, and nothing else, to whoever has it, until `expiresAtMs`. It is bound to the file, its
 * customer and the epoch of its links.
 */
export function makeLink(vault: Vault, row: MediaRow, expiresAtMs: number): string {
  return vault.encrypt(String(expiresAtMs), aadOf(row)).toString('base64url');
}

const aadOf = (row: Pick<MediaRow, 'id' | 'customer_id' | 'links_epoch'>): string =>
  `media_link/${row.customer_id}/${row.id}/${row.links_epoch}`;

/** The file that a token opens now. Throws `media_not_found` for everything that is not quite right. */
export async function openLink(
  from: Reader,
  vault: Vault,
  link: { readonly id: Id<'med'>; readonly token: string },
  nowMs: number,
): Promise<MediaRow> {
  const row = await selectAnyMedia(from, link.id);
  const expiresAtMs = row && row.state !== 'deleted' ? readExpiry(vault, row, link.token) : 0;
  if (!row || expiresAtMs <= nowMs) throw new GatewayError('media_not_found', { id: link.id });
  return row;
}

function readExpiry(vault: Vault, row: MediaRow, token: string): number {
  try {
    return Number(vault.decrypt(Buffer.from(token, 'base64url'), aadOf(row)).toString());
  } catch {
    return 0;
  }
}

/** Makes every link to this file that was given out worthless. */
export async function revokeLinks(tx: Tx, caller: Caller, id: Id<'med'>): Promise<void> {
  const row = await requireMedia(tx, caller, id);
  await updateMedia(tx, caller.customerId, id, { links_epoch: row.links_epoch + 1 });
  await recordAudit(tx, caller, {
    action: 'media.links_revoked',
    target: id,
    ...(row.instance_id !== null && { instanceId: row.instance_id }),
  });
}
