import type { Reader, Tx } from '../../db/index.ts';
import { type Id, newId } from '../../lib/index.ts';
import { GatewayError } from '../../platform/index.ts';
import { type AuditActor, recordAudit } from '../audit/index.ts';
import { createApiKey } from './api-keys.ts';
import { systemCaller } from './caller.ts';
import {
  type CustomerRow,
  insertCustomer,
  selectAnyCustomer,
  selectCustomer,
  selectCustomers,
  updateCustomer,
} from './customers.sql.ts';

export type { CustomerRow } from './customers.sql.ts';

/** Null goes back to the installation's own figure. */
export type CustomerPatch = {
  readonly name?: string | undefined;
  readonly rateLimitBurst?: number | null | undefined;
  readonly rateLimitPerSecond?: number | null | undefined;
};

type Operator = Pick<AuditActor, 'actor' | 'correlationId'>;

export async function createCustomer(
  tx: Tx,
  operator: Operator,
  input: { readonly name: string } & CustomerPatch,
): Promise<CustomerRow> {
  const id = newId('cus', tx.now);
  await insertCustomer(tx, {
    id,
    name: input.name,
    rate_limit_burst: input.rateLimitBurst ?? null,
    rate_limit_per_second: input.rateLimitPerSecond ?? null,
    created_at: tx.now,
  });
  await recordAudit(tx, { ...operator, customerId: id }, { action: 'customer.created', target: id });
  return requireCustomer(tx, id);
}

export async function requireCustomer(from: Tx | Reader, id: Id<'cus'>): Promise<CustomerRow> {
  const row = await selectCustomer(from, id);
  if (!row) throw new GatewayError('customer_not_found', { id });
  return row;
}

/** Newest first, those before `before`. */
export const listCustomers = (
  from: Reader,
  page: { readonly before: Id<'cus'> | null; readonly limit: number },
): Promise<CustomerRow[]> => selectCustomers(from, page.before, page.limit);

export async function patchCustomer(
  tx: Tx,
  operator: Operator,
  id: Id<'cus'>,
  patch: CustomerPatch,
): Promise<CustomerRow> {
  const { name, rateLimitBurst, rateLimitPerSecond } = patch;
  const before = await requireCustomer(tx, id);
  await updateCustomer(tx, id, {
    name: name ?? before.name,
    rate_limit_burst: rateLimitBurst === undefined ? before.rate_limit_burst : rateLimitBurst,
    rate_limit_per_second: rateLimitPerSecond === undefined ? before.rate_limit_per_second : rateLimitPerSecond,
  });
  await recordAudit(
    tx,
    { ...operator, customerId: id },
    {
      action: 'customer.changed',
      target: id,
      detail: { rate_limit_burst: rateLimitBurst, rate_limit_per_second: rateLimitPerSecond },
    },
  );
  return requireCustomer(tx, id);
}

/** At the first start ever: a customer with one API key, whose secret nobody can read again. Undefined later on. */
export async function ensureFirstCustomer(tx: Tx, pepper: string): Promise<{ secret: string } | undefined> {
  if (await selectAnyCustomer(tx)) return undefined;
  const { id } = await createCustomer(tx, { actor: 'system', correlationId: null }, { name: 'default' });
  const holder = { caller: systemCaller(id), expiresAt: null };
  const { secret } = await createApiKey(tx, holder, pepper, { name: 'first key', instanceId: null, expiresAt: null });
  return { secret };
}
