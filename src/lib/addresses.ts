import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import ipaddr from 'ipaddr.js';

export type AddressClass =
  | 'public'
  | 'private'
  | 'loopback'
  | 'link_local'
  | 'metadata'
  | 'shared'
  | 'multicast'
  | 'unspecified'
  | 'reserved'
  | 'invalid';

/** What an operator allows beyond public addresses. */
export type AllowList = { readonly networks: readonly Network[]; readonly hosts: readonly string[] };

/** `listed` tells an address that the operator named from one that anybody may use. */
export type AddressVerdict = { ok: true; listed: boolean } | { ok: false; why: string };

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = readonly [Address, number];

/**
 * Addresses at which a cloud hands its machine's credentials to whoever asks: AWS, Google, Azure, Alibaba, Oracle,
 * Tencent, Scaleway, and what they reserve around them. 192.0.0.192 is Oracle's old one.
 */
const metadataNetworks: readonly Network[] = [
  '169.254.169.0/24',
  '169.254.170.0/24',
  '169.254.0.23/32',
  '169.254.42.42/32',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '192.0.0.192/32',
  'fd00:ec2::/32',
  'fd20:ce::254/128',
  'fd00:42::42/128',
  'fe80::a9fe:a9fe/128',
].map((text) => ipaddr.parseCIDR(text));

const metadataHosts = [
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'metadata.tencentyun.com',
  'instance-data',
  'instance-data.ec2.internal',
];

/** IPv6 forms under which the very host of the IPv4 address in their last 32 bits is reached. */
const sameHostNetworks: readonly Network[] = ['::ffff:0:0/96', '64:ff9b::/96'].map((text) => ipaddr.parseCIDR(text));

const lastBytes = [12, 13, 14, 15];

/**
 * IPv6 forms that carry an IPv4 address, and the bytes it is found in: compatible, translated, local NAT64 (whose prefix
 * may have any of four lengths, RFC 6052), 6to4, and Teredo, which names a server and hides a client by inverting it.
 */
const carrierNetworks: readonly { network: Network; at: readonly number[][]; inverted?: boolean }[] = [
  { network: ipaddr.parseCIDR('::/96'), at: [lastBytes] },
  { network: ipaddr.parseCIDR('::ffff:0:0:0/96'), at: [lastBytes] },
  { network: ipaddr.parseCIDR('64:ff9b:1::/48'), at: [lastBytes, [6, 7, 9, 10], [7, 9, 10, 11], [9, 10, 11, 12]] },
  { network: ipaddr.parseCIDR('2002::/16'), at: [[2, 3, 4, 5]] },
  { network: ipaddr.parseCIDR('2001::/32'), at: [[4, 5, 6, 7]] },
  { network: ipaddr.parseCIDR('2001::/32'), at: [lastBytes], inverted: true },
];

/** The only IPv6 space that is routed between networks. */
const globalUnicast = ipaddr.parseCIDR('2000::/3');

/** What the library's names mean to us; a name that is not here counts as reserved. */
const classOfRange: Readonly<Record<string, AddressClass>> = {
  unicast: 'public',
  private: 'private',
  uniqueLocal: 'private',
  deprecatedSiteLocal: 'private',
  loopback: 'loopback',
  linkLocal: 'link_local',
  carrierGradeNat: 'shared',
  multicast: 'multicast',
  unspecified: 'unspecified',
};

const sentenceEnds: Readonly<Record<Exclude<AddressClass, 'public'>, string>> = {
  private: 'a private address',
  loopback: 'a loopback address, which is this machine itself',
  link_local: 'a link-local address',
  metadata: 'a cloud metadata address',
  shared: "a carrier's shared address",
  multicast: 'a multicast address',
  unspecified: 'an unspecified address',
  reserved: 'a reserved address',
  invalid: 'no IP address',
};

/**
 * What kind of address this is, for the canonical text of an IPv4 or IPv6 address, as a resolver, a socket or a parsed
 * URL gives it. Odd notations (`127.1`, `0x7f000001`, `010.0.0.1`) are `invalid`: programs disagree on what they mean.
 */
export function classifyAddress(ip: string): AddressClass {
  const address = readAddress(ip);
  return address === undefined ? 'invalid' : classOf(address);
}

/**
 * Public addresses are in order, others only where the operator's list names them or the host that they belong to.
 * Metadata addresses are refused even then. `why` ends a sentence: "it is ...".
 */
export function vetAddress(ip: string, allow: AllowList, host?: string): AddressVerdict {
  const addressClass = classifyAddress(ip);
  const address = readAddress(ip);
  if (address === undefined) return { ok: false, why: sentenceEnds.invalid };
  if (addressClass === 'metadata') return { ok: false, why: sentenceEnds.metadata };
  if (isInAny(address, allow.networks) || (host !== undefined && isListedHost(host, allow))) {
    return { ok: true, listed: true };
  }
  return addressClass === 'public' ? { ok: true, listed: false } : { ok: false, why: sentenceEnds[addressClass] };
}

/**
 * An operator's allow-list: networks (`10.0.0.0/8`, `fd00::/8`), addresses and host names (`hooks.corp.example`,
 * `*.svc.cluster.local` for all below it), separated by commas or white space.
 */
export function parseAllowList(text: string): { ok: true; allow: AllowList } | { ok: false; why: string } {
  const networks: Network[] = [];
  const hosts: string[] = [];
  for (const item of text.split(/[\s,]+/).filter((part) => part !== '')) {
    const network = readNetwork(item);
    const host = network === undefined ? readHost(item) : undefined;
    if (network !== undefined) networks.push(network);
    else if (host !== undefined) hosts.push(host);
    else return { ok: false, why: `"${item}" is neither a network such as 10.0.0.0/8 nor an address nor a host name` };
  }
  return { ok: true, allow: { networks, hosts } };
}

/** True when the list names this host, or all hosts below one of its parents. */
export function isListedHost(host: string, allow: AllowList): boolean {
  const name = bareHost(host);
  return allow.hosts.some((listed) => (listed.startsWith('*.') ? name.endsWith(listed.slice(1)) : name === listed));
}

/** True for the names under which clouds offer their metadata. */
export function isMetadataHost(host: string): boolean {
  return metadataHosts.includes(bareHost(host));
}

/** True for names that mean something inside one network only: one label, or below a domain kept for that. */
export function isLocalHost(host: string): boolean {
  const name = bareHost(host);
  return !name.includes('.') || /\.(localhost|local|localdomain|internal|intranet|lan|home\.arpa)$/.test(name);
}

/** Lower case, in ASCII, without the dot that ends a full name. */
function bareHost(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}

function classOf(address: Address): AddressClass {
  if (isInAny(address, metadataNetworks)) return 'metadata';
  if (address.kind() === 'ipv4') return classOfRange[address.range()] ?? 'reserved';
  const bytes = address.toByteArray();
  if (within(address, sameHostNetworks)) return classOf(ipv4From(bytes.slice(12)));
  if (carriedBy(address, bytes).some((inner) => within(inner, metadataNetworks))) return 'metadata';
  const addressClass = classOfRange[address.range()] ?? 'reserved';
  return addressClass === 'public' && !isRouted(address) ? 'reserved' : addressClass;
}

function carriedBy(address: Address, bytes: number[]): ipaddr.IPv4[] {
  return carrierNetworks
    .filter(({ network }) => within(address, [network]))
    .flatMap(({ at, inverted }) => {
      const readable = inverted ? bytes.map((byte) => byte ^ 0xff) : bytes;
      return at.map((places) => ipv4From(places.map((place) => readable[place] ?? 0)));
    });
}

/** Tunnels and translations lead somewhere else than they say: none counts as routed. */
function isRouted(address: Address): boolean {
  return within(address, [globalUnicast]) && !carrierNetworks.some(({ network }) => within(address, [network]));
}

/** Whether a network holds this address, or the IPv4 address that it is another form of. */
function isInAny(address: Address, networks: readonly Network[]): boolean {
  if (within(address, networks)) return true;
  return within(address, sameHostNetworks) && within(ipv4From(address.toByteArray().slice(12)), networks);
}

function within(address: Address, networks: readonly Network[]): boolean {
  return networks.some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits));
}

function ipv4From(octets: number[]): ipaddr.IPv4 {
  return new ipaddr.IPv4(octets);
}

function readAddress(ip: string): Address | undefined {
  const version = isIP(ip);
  if (version === 0) return undefined;
  if (version === 4) return ipaddr.parse(ip);
  // The library takes ::1.2.3.4 for ::ffff:1.2.3.4, so that it is shown hexadecimal groups only.
  const [groups] = ip.split('%');
  return ipaddr.parse(new URL(`http://[${groups}]`).hostname.slice(1, -1));
}

function readNetwork(item: string): Network | undefined {
  const [ip = '', bits, ...rest] = item.split('/');
  const address = readAddress(ip);
  if (address === undefined || rest.length > 0) return undefined;
  const bitsMax = address.kind() === 'ipv4' ? 32 : 128;
  if (bits === undefined) return [address, bitsMax];
  return /^\d{1,3}$/.test(bits) && Number(bits) <= bitsMax ? [address, Number(bits)] : undefined;
}

function readHost(item: string): string | undefined {
  if (/[^\p{L}\p{M}\p{N}._*-]/u.test(item)) return undefined;
  const wildcard = item.startsWith('*.') ? '*.' : '';
  const name = bareHost(domainToASCII(item.slice(wildcard.length)));
  const wellFormed = name.split('.').every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label));
  // A last label of digits would be an address in an odd notation.
  return wellFormed && isIP(name) === 0 && !/(^|\.)(\d+|0x[0-9a-f]*)$/.test(name) ? wildcard + name : undefined;
}
