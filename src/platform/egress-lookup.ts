import { Resolver, lookup as systemLookup } from 'node:dns/promises';
import { type AllowList, isListedHost, isLocalHost } from '../lib/index.ts';

/** The addresses of a name, at most a handful; rejects, or resolves to none, when there are none. */
export type Lookup = (host: string) => Promise<readonly string[]>;

const addressesMax = 8;
const triesMax = 2;

/**
 * Public names are asked of the name servers directly. The system's own lookup would take a thread for as long as a name
 * server keeps silent, and the database syncs its files on the same few threads: whoever owns a slow name server could
 * stop the gateway. Listed and local names do go through the system, since they may stand in a hosts file.
 */
export function createLookup(options: { allow: AllowList; timeoutMs: number }): { lookup: Lookup; close(): void } {
  const tryMs = Math.max(1, Math.floor(options.timeoutMs / (triesMax + 1)));
  const resolver = new Resolver({ timeout: tryMs, maxTimeout: tryMs, tries: triesMax });

  async function lookup(host: string): Promise<readonly string[]> {
    if (isListedHost(host, options.allow) || isLocalHost(host)) {
      const found = await systemLookup(host, { all: true, order: 'ipv4first' });
      return found.map(({ address }) => address).slice(0, addressesMax);
    }
    return await askNameServers(resolver, host);
  }

  return { lookup, close: () => resolver.cancel() };
}

/** A name with addresses of one kind only is no failure; one without any fails as the IPv4 question did. */
async function askNameServers(resolver: Resolver, host: string): Promise<readonly string[]> {
  const [ipv4, ipv6] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  const found = [ipv4, ipv6].flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  if (found.length === 0 && ipv4.status === 'rejected') throw ipv4.reason;
  return found.slice(0, addressesMax);
}
