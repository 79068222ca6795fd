import type { IncomingHttpHeaders } from 'node:http';
import { type Caller, isAdminKey, type KeyHolder, readKeyByHash, recordKeyUse } from '../domain/customers/index.ts';
import type { BucketSize, Id } from '../lib/index.ts';
import { GatewayError, hashApiKey } from '../platform/index.ts';
import type { HttpDeps } from './deps.ts';

/** A caller that showed an API key, and how fast its customer may ask. */
export type Visitor = KeyHolder & { readonly keyId: Id<'key'>; readonly bucketSize: BucketSize };

export type Authenticator = {
  /** Throws `auth_missing`, `auth_invalid`, `auth_expired` or `key_scope`. */
  authenticateCustomer(headers: IncomingHttpHeaders, correlationId: string): Promise<Visitor>;
  authenticateAdmin(headers: IncomingHttpHeaders): Promise<void>;
  isAdmin(headers: IncomingHttpHeaders): Promise<boolean>;
  /** Resolves when every use of a key that was noticed is written down. */
  settle(): Promise<void>;
};

const useNoticedEveryMs = 60_000;

export function createAuthenticator(deps: Pick<HttpDeps, 'db' | 'pepper' | 'config' | 'clock' | 'log'>): Authenticator {
  const { db, pepper, clock } = deps;
  const noticing = new Map<Id<'key'>, Promise<void>>();

  /** Beside the request, never in its way: when a key was used last is a convenience. */
  const noticeUse = (customerId: Id<'cus'>, id: Id<'key'>, lastUsedAt: number | null): void => {
    if (noticing.has(id) || clock.now() - (lastUsedAt ?? 0) < useNoticedEveryMs) return;
    const noticed = db
      .txVolatile((tx) => recordKeyUse(tx, customerId, id))
      .catch((error: unknown) => deps.log.warn({ err: error, key_id: id }, 'the use of a key was not written down'))
      .finally(() => noticing.delete(id));
    noticing.set(id, noticed);
  };

  const readKey = (secret: string) => readKeyByHash(db.read, hashApiKey(pepper, secret));

  const authenticateCustomer = async (headers: IncomingHttpHeaders, correlationId: string): Promise<Visitor> => {
    const secret = requireSecret(headers);
    const key = await readKey(secret);
    if (!key || key.revoked_at !== null) {
      throw new GatewayError((await isAdminKey(db.read, pepper, secret)) ? 'key_scope' : 'auth_invalid');
    }
    if (key.expires_at !== null && key.expires_at <= clock.now()) throw new GatewayError('auth_expired');
    noticeUse(key.customer_id, key.id, key.last_used_at);
    const caller: Caller = {
      customerId: key.customer_id,
      actor: `key:${key.id}`,
      instanceId: key.instance_id,
      correlationId,
    };
    const bucketSize = {
      burst: key.rate_limit_burst ?? deps.config.rateLimitBurst,
      perSecond: key.rate_limit_per_second ?? deps.config.rateLimitPerSecond,
    };
    return { caller, expiresAt: key.expires_at, keyId: key.id, bucketSize };
  };

  return {
    authenticateCustomer,
    authenticateAdmin: async (headers) => {
      const secret = requireSecret(headers);
      if (await isAdminKey(db.read, pepper, secret)) return;
      const key = await readKey(secret);
      throw new GatewayError(key && key.revoked_at === null ? 'key_scope' : 'auth_invalid');
    },
    isAdmin: async (headers) => {
      const secret = readSecret(headers);
      return secret !== undefined && isAdminKey(db.read, pepper, secret);
    },
    settle: async () => {
      await Promise.all(noticing.values());
    },
  };
}

function requireSecret(headers: IncomingHttpHeaders): string {
  const secret = readSecret(headers);
  if (secret === undefined) throw new GatewayError('auth_missing');
  return secret;
}

function readSecret(headers: IncomingHttpHeaders): string | undefined {
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
  const plain = headers['x-api-key'];
  return bearer ?? (typeof plain === 'string' && plain !== '' ? plain : undefined);
}
