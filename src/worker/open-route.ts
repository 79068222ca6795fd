import type { Db } from '../db/index.ts';
import { readProxyUrlOf } from '../domain/instances/index.ts';
import type { Id } from '../lib/index.ts';
import { createProxyRoute, type Egress, type ProxyRoute, type Vault } from '../platform/index.ts';

export type RouteDeps = {
  readonly db: Db;
  readonly vault: Vault;
  readonly egress: Pick<Egress, 'findAddress'>;
  readonly config: { readonly connectDeadlineMs: number };
};

/**
 * The way by which an instance reaches WhatsApp: undefined for directly. Throws when it has a proxy that may not be used, so that
 * nothing ever goes past it.
 */
export async function openRoute(deps: RouteDeps, id: Id<'ins'>): Promise<ProxyRoute | undefined> {
  const url = await readProxyUrlOf(deps.db.read, deps.vault, id);
  if (url === null) return undefined;
  const found = await deps.egress.findAddress(url.hostname);
  if (!found.ok) throw new Error(`The proxy cannot be used. ${found.why}`);
  return createProxyRoute(url, found.ip, deps.config.connectDeadlineMs);
}
