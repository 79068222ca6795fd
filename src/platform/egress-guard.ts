import { isIP } from 'node:net';
import {
  type AddressVerdict,
  type AllowList,
  isListedHost,
  isLocalHost,
  isMetadataHost,
  vetAddress,
} from '../lib/index.ts';

/** Where a request is going: a host without brackets, and whether TLS proves that it is that host. */
export type Target = { host: string; secure: boolean };

export type ReadUrl = { ok: true; url: URL; target: Target } | { ok: false; why: string };

export type Guard = {
  /** All that can be told without asking a name server. `why` is a sentence. */
  readUrl(text: string): ReadUrl;
  /** Whether this target may be reached at this address. `why` ends "it is ...". */
  vet(target: Target, ip: string): AddressVerdict;
};

const urlCharsMax = 2_048;

/**
 * The rules of what may be called from here. https to public addresses; plain http, private addresses and names of one
 * network only where the operator's list names the host or the address; clouds' metadata never.
 */
export function createGuard(allow: AllowList): Guard {
  function readUrl(text: string): ReadUrl {
    if (text.length > urlCharsMax) return refused(`The URL is longer than ${urlCharsMax} characters.`);
    if (!URL.canParse(text)) return refused('This is not a complete URL. Write it as in https://example.com/webhooks.');
    const url = new URL(text);
    if (url.protocol !== 'https:' && url.protocol !== 'http:') return refused('The URL must begin with https://.');
    if (url.username !== '' || url.password !== '') return refused('The URL must not hold a user name or a password.');
    if (url.hash !== '') return refused('The URL must not have a fragment (#...): it would never be sent.');
    const target = { host: bareHost(url), secure: url.protocol === 'https:' };
    const why = isIP(target.host) === 0 ? whyNotName(target) : whyNotLiteral(target);
    return why === undefined ? { ok: true, url, target } : refused(why);
  }

  function whyNotName(target: Target): string | undefined {
    if (isMetadataHost(target.host)) return `${target.host} is a cloud's metadata service.`;
    // A listed network may still cover what the name resolves to; with none, no answer of a name server could help.
    if (allow.networks.length > 0 || isListedHost(target.host, allow)) return undefined;
    if (isLocalHost(target.host)) return `${target.host} is a name inside one network only, not a public one.`;
    return target.secure ? undefined : plainHttpSentence;
  }

  function whyNotLiteral(target: Target): string | undefined {
    const verdict = vet(target, target.host);
    if (verdict.ok) return undefined;
    return verdict.why === plainHttp ? plainHttpSentence : `${target.host} is ${verdict.why}.`;
  }

  function vet(target: Target, ip: string): AddressVerdict {
    const verdict = vetAddress(ip, allow, target.host);
    if (!verdict.ok || verdict.listed) return verdict;
    if (!target.secure) return { ok: false, why: plainHttp };
    if (isIP(target.host) === 0 && isLocalHost(target.host))
      return { ok: false, why: 'a public address under a local name' };
    return verdict;
  }

  return { readUrl, vet };
}

const plainHttp = 'an address that is reached by https only';
const plainHttpSentence = 'The URL must begin with https://. Plain http is for hosts that the operator has listed.';

/** Without the brackets around IPv6 and without the dot that ends a full name. */
function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

function refused(why: string): { ok: false; why: string } {
  return { ok: false, why };
}
