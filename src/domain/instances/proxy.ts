import type { Reader, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import { nameProxy, readProxyUrl, type Vault } from '../../platform/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Caller } from '../customers/index.ts';
import { selectAnyInstance, updateInstance } from './instances.sql.ts';
import { controlTopic, type InstanceRow, requireInstance } from './instances.ts';

/** A proxy as it may be shown: without its password. */
export type ProxyView = { readonly protocol: string; readonly host: string; readonly username: string | null };

const proxyAad = (id: Id<'ins'>): string => `proxy:${id}`;

/**
 * From now on all that an instance says to WhatsApp goes through this proxy or not at all; null for directly. A session that is
 * open is opened anew. The URL was vetted by the caller.
 */
export async function setProxy(
  tx: Tx,
  vault: Vault,
  caller: Caller,
  input: { readonly id: Id<'ins'>; readonly url: URL | null },
): Promise<ProxyView | null> {
  const { id, url } = input;
  const instance = await requireInstance(tx, caller, id);
  await updateInstance(tx, caller.customerId, id, {
    sealed_proxy: url && vault.encrypt(url.href, proxyAad(id)),
    // A wish of its own, so that whoever holds the session lets go of it and begins again.
    ...(instance.wanted === 1 && { wanted_since: tx.now }),
  });
  const action = url ? 'instance.proxy_set' : 'instance.proxy_removed';
  await recordAudit(tx, caller, {
    action,
    target: id,
    instanceId: id,
    ...(url && { detail: { proxy: nameProxy(url) } }),
  });
  tx.announce(controlTopic(id));
  return url && viewProxy(url);
}

/** What was set last; null for none. */
export function readProxy(vault: Vault, instance: Pick<InstanceRow, 'id' | 'sealed_proxy'>): ProxyView | null {
  const url = openProxy(vault, instance);
  return url && viewProxy(url);
}

/** For the worker: the proxy that an instance has at this moment, with its password. */
export async function readProxyUrlOf(from: Reader, vault: Vault, id: Id<'ins'>): Promise<URL | null> {
  const instance = await selectAnyInstance(from, id);
  return instance ? openProxy(vault, instance) : null;
}

function openProxy(vault: Vault, instance: Pick<InstanceRow, 'id' | 'sealed_proxy'>): URL | null {
  if (instance.sealed_proxy === null) return null;
  const read = readProxyUrl(vault.decrypt(instance.sealed_proxy, proxyAad(instance.id)).toString());
  if (!read.ok) throw new Error(`the proxy of ${instance.id} is none: ${read.why}`);
  return read.url;
}

const viewProxy = (url: URL): ProxyView => ({
  protocol: url.protocol.slice(0, -1),
  host: nameProxy(url),
  username: url.username === '' ? null : decodeURIComponent(url.username),
});
