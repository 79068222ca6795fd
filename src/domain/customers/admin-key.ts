import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Reader, Tx } from '../../db/index.ts';
import { type Canary, hashApiKey } from '../../platform/index.ts';
import { recordAudit } from '../audit/index.ts';
import { selectSetting, upsertSetting } from './settings.sql.ts';

const setting = 'admin_key_hash';
const secretPrefix = 'slc_admin_';
const secretBytes = 32;

/** At the first start ever: makes the operator's key and answers it, once. Undefined when there is one already. */
export async function ensureAdminKey(tx: Tx, pepper: string): Promise<{ secret: string } | undefined> {
  if (await selectSetting(tx, setting)) return undefined;
  return makeAdminKey(tx, pepper, 'admin_key.created');
}

/** Makes a new key in place of the operator's, for one that was lost or seen by others. The old one is worth nothing then. */
export const renewAdminKey = (tx: Tx, pepper: string): Promise<{ secret: string }> =>
  makeAdminKey(tx, pepper, 'admin_key.renewed');

async function makeAdminKey(tx: Tx, pepper: string, action: string): Promise<{ secret: string }> {
  const secret = `${secretPrefix}${randomBytes(secretBytes).toString('base64url')}`;
  await upsertSetting(tx, setting, hashApiKey(pepper, secret));
  await recordAudit(tx, { customerId: null, actor: 'system', correlationId: null }, { action, target: 'admin' });
  return { secret };
}

/** Takes the same time for every wrong key. */
export async function isAdminKey(from: Reader, pepper: string, secret: string): Promise<boolean> {
  const stored = await selectSetting(from, setting);
  const expected = Buffer.from(stored?.value ?? '', 'hex');
  const given = Buffer.from(hashApiKey(pepper, secret), 'hex');
  return expected.length === given.length && timingSafeEqual(expected, given);
}

const canarySetting = 'canary';

/** What tells at every start whether the secrets are still those that this database was written with. */
export async function readCanary(from: Reader): Promise<Canary | undefined> {
  const stored = await selectSetting(from, canarySetting);
  return stored && asCanary(stored.value);
}

export async function recordCanary(tx: Tx, canary: Canary): Promise<void> {
  await upsertSetting(tx, canarySetting, JSON.stringify(canary));
}

/** Only `recordCanary` writes this setting. */
function asCanary(json: string): Canary {
  return JSON.parse(json) as Canary;
}
