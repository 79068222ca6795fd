import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { EgressError, isSilence } from './egress-failure.ts';
import type { Guard, Target } from './egress-guard.ts';
import type { Lookup } from './egress-lookup.ts';

/**
 * Opens connections to vetted addresses only. The guard is asked three times, since each way in bypasses the others:
 * literal addresses are never looked up, a name may resolve to another address than it did at registration, and what
 * counts in the end is the peer of the socket.
 */
export function createConnector(input: { guard: Guard; lookup: Lookup; timeoutMs: number }): buildConnector.connector {
  const connectors = { plain: guardedConnector(input, false), secure: guardedConnector(input, true) };

  return (options, callback) => {
    const target = { host: options.hostname, secure: options.protocol === 'https:' };
    const literal = isIP(target.host) === 0 ? undefined : whyNot(input.guard, target, target.host);
    if (literal !== undefined) {
      queueMicrotask(() => callback(literal, null));
      return;
    }
    const connect = target.secure ? connectors.secure : connectors.plain;
    connect(options, (...outcome) => {
      const [error, socket] = outcome;
      if (error !== null) return callback(error, null);
      const peer = whyNot(input.guard, target, socket.remoteAddress ?? '');
      if (peer === undefined) return callback(null, socket);
      socket.destroy();
      return callback(peer, null);
    });
  };
}

function guardedConnector(
  input: { guard: Guard; lookup: Lookup; timeoutMs: number },
  secure: boolean,
): buildConnector.connector {
  return buildConnector({
    allowH2: false,
    timeout: input.timeoutMs,
    autoSelectFamily: true,
    lookup: guardedLookup(input.guard, input.lookup, secure),
  });
}

/** A lookup in the shape that node:net wants, which gives away vetted addresses only. */
function guardedLookup(guard: Guard, lookup: Lookup, secure: boolean): LookupFunction {
  return (host, options, callback) => {
    vettedAddresses(guard, lookup, { host, secure }).then(
      (ips) => {
        const found = ips.map((address) => ({ address, family: isIP(address) }));
        if (options.all) callback(null, found);
        else callback(null, ips[0], found[0]?.family);
      },
      (error: Error) => callback(error, []),
    );
  };
}

async function vettedAddresses(guard: Guard, lookup: Lookup, target: Target): Promise<[string, ...string[]]> {
  const ips = await askLookup(lookup, target.host);
  const [first, ...others] = ips.filter((ip) => guard.vet(target, ip).ok);
  if (first !== undefined) return [first, ...others];
  for (const ip of ips) {
    const why = whyNot(guard, target, ip);
    if (why !== undefined) throw why;
  }
  throw new EgressError('dns', 'The name does not resolve to an address.');
}

async function askLookup(lookup: Lookup, host: string): Promise<readonly string[]> {
  try {
    return await lookup(host);
  } catch (cause) {
    const message = isSilence(cause) ? 'The name servers did not answer.' : 'The name does not resolve to an address.';
    throw new EgressError('dns', message, { cause });
  }
}

/** The address behind a name is not told: it would map the operator's network for a stranger. */
function whyNot(guard: Guard, target: Target, ip: string): EgressError | undefined {
  const verdict = guard.vet(target, ip);
  return verdict.ok ? undefined : new EgressError('forbidden_address', `The host leads to ${verdict.why}.`);
}
