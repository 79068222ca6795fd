import { randomBytes } from 'node:crypto';
import type { Reader, Tx } from '../../db/index.ts';
import { type Id, newId } from '../../lib/index.ts';
import { GatewayError, hashApiKey } from '../../platform/index.ts';
import { recordAudit } from '../audit/index.ts';
import {
  type ApiKeyRow,
  insertApiKey,
  selectAnyApiKey,
  selectApiKey,
  selectApiKeyByHash,
  selectApiKeys,
  updateApiKeyRevoked,
  updateApiKeyUsed,
} from './api-keys.sql.ts';
import { type Caller, operatorOf } from './caller.ts';

export type { ApiKeyRow } from './api-keys.sql.ts';

const secretPrefix = 'slc_live_';
const secretBytes = 32;
/** As much of a key as is stored in clear, so that people can tell their keys apart. */
const prefixChars = 12;

/** Who makes a key, and until when they are let in themselves: nobody makes a key that outlives their own. */
export type KeyHolder = { readonly caller: Caller; readonly expiresAt: number | null };

export type NewApiKey = {
  readonly name: string;
  /** Must exist and be the customer's: whoever calls has made sure. */
  readonly instanceId: Id<'ins'> | null;
  readonly expiresAt: number | null;
};

/** The secret is in this answer and nowhere else: stored are its first characters and its hash. */
export async function createApiKey(
  tx: Tx,
  holder: KeyHolder,
  pepper: string,
  input: NewApiKey,
): Promise<{ key: ApiKeyRow; secret: string }> {
  const { caller } = holder;
  const { instanceId, expiresAt } = narrow(holder, input);
  const id = newId('key', tx.now);
  const secret = `${secretPrefix}${randomBytes(secretBytes).toString('base64url')}`;
  await insertApiKey(tx, {
    id,
    customer_id: caller.customerId,
    instance_id: instanceId,
    name: input.name,
    prefix: secret.slice(0, prefixChars),
    hash: hashApiKey(pepper, secret),
    created_at: tx.now,
    expires_at: expiresAt,
  });
  await recordAudit(tx, caller, {
    action: 'api_key.created',
    target: id,
    ...(instanceId && { instanceId }),
    detail: { name: input.name, expires_at: expiresAt },
  });
  return { key: await requireApiKey(tx, caller, id), secret };
}

/** What is left out is taken from the holder's own key; what reaches further than that is refused. */
function narrow(holder: KeyHolder, input: NewApiKey): Pick<NewApiKey, 'instanceId' | 'expiresAt'> {
  const bound = holder.caller.instanceId;
  const instanceId = input.instanceId ?? bound;
  if (bound && instanceId !== bound) throw new GatewayError('key_scope', { bound_to: bound });
  const expiresAt = input.expiresAt ?? holder.expiresAt;
  if (holder.expiresAt !== null && expiresAt !== null && expiresAt > holder.expiresAt) {
    throw new GatewayError('key_scope', { expires_at_max: new Date(holder.expiresAt).toISOString() });
  }
  return { instanceId, expiresAt };
}

async function requireApiKey(tx: Tx, caller: Caller, id: Id<'key'>): Promise<ApiKeyRow> {
  const row = await selectApiKey(tx, caller.customerId, id);
  if (!row || (caller.instanceId && row.instance_id !== caller.instanceId)) {
    throw new GatewayError('api_key_not_found', { id });
  }
  return row;
}

/** Newest first, revoked ones too. A bound caller sees the keys of its instance. */
export const listApiKeys = (
  from: Reader,
  caller: Caller,
  page: { readonly before: Id<'key'> | null; readonly limit: number },
): Promise<ApiKeyRow[]> => selectApiKeys(from, caller.customerId, { ...page, only: caller.instanceId });

/** From the next request on. Revoking twice is no error. */
export async function revokeApiKey(tx: Tx, caller: Caller, id: Id<'key'>): Promise<void> {
  await revoke(tx, caller, await requireApiKey(tx, caller, id));
}

/** The operator's way, who need not know whose key it is. */
export async function revokeAnyApiKey(tx: Tx, correlationId: string | null, id: Id<'key'>): Promise<void> {
  const row = await selectAnyApiKey(tx, id);
  if (!row) throw new GatewayError('api_key_not_found', { id });
  await revoke(tx, operatorOf(row.customer_id, correlationId), row);
}

async function revoke(tx: Tx, caller: Caller, key: ApiKeyRow): Promise<void> {
  if (key.revoked_at !== null) return;
  await updateApiKeyRevoked(tx, caller.customerId, key.id);
  tx.announce(apiKeyTopic(key.id));
  await recordAudit(tx, caller, {
    action: 'api_key.revoked',
    target: key.id,
    ...(key.instance_id && { instanceId: key.instance_id }),
  });
}

/** The topic that is announced when a key is revoked. */
export const apiKeyTopic = (id: Id<'key'>): string => `api-keys/${id}`;

/** Whether a key that was let in lets in still: for answers that go on for long. */
export async function isKeyGood(from: Reader, id: Id<'key'>, nowMs: number): Promise<boolean> {
  const row = await selectAnyApiKey(from, id);
  return row !== undefined && row.revoked_at === null && (row.expires_at === null || row.expires_at > nowMs);
}

/** The key with this hash, revoked and expired ones too, and the limits of its customer. */
export const readKeyByHash = (from: Reader, hash: string) => selectApiKeyByHash(from, hash);

export async function recordKeyUse(tx: Tx, customerId: Id<'cus'>, id: Id<'key'>): Promise<void> {
  await updateApiKeyUsed(tx, customerId, id);
}
