import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type AllowList,
  classifyAddress,
  isListedHost,
  isLocalHost,
  isMetadataHost,
  parseAllowList,
  vetAddress,
} from './addresses.ts';

const nothingListed = parseAllowList('');
if (!nothingListed.ok) throw new Error(nothingListed.why);
const emptyAllowList = nothingListed.allow;

const allow = (text: string): AllowList => {
  const parsed = parseAllowList(text);
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.allow;
};

test.each([
  ['public', ['8.8.8.8', '1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450:4001::200e']],
  ['private', ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fd12:3456::1', 'fc00::1', 'fec0::1']],
  ['loopback', ['127.0.0.1', '127.255.255.254', '::1']],
  ['link_local', ['169.254.1.1', 'fe80::1', 'fe80::1%eth0']],
  ['shared', ['100.64.0.1', '100.127.255.255']],
  ['multicast', ['224.0.0.1', '239.255.255.255', 'ff02::1']],
  ['unspecified', ['0.0.0.0', '0.1.2.3', '::']],
  [
    'reserved',
    [
      ...['198.18.0.1', '198.19.255.255', '192.0.2.1', '198.51.100.1', '203.0.113.1', '192.0.0.1', '192.88.99.1'],
      ...['240.0.0.1', '255.255.255.255', '2001:db8::1', '3fff::1', '100::1', '5f00::1', '2001:2::1', '2001:20::1'],
      ...['4000::1', '1::1', '2001:10::1', '::2'],
    ],
  ],
  [
    'metadata',
    [
      ...['169.254.169.254', '169.254.170.2', '169.254.170.23', '100.100.100.200', '168.63.129.16', '192.0.0.192'],
      ...['fd00:ec2::254', 'fd00:ec2::23', 'fd20:ce::254', 'fe80::a9fe:a9fe'],
    ],
  ],
  [
    'invalid',
    ['', 'localhost', '127.1', '0x7f000001', '2130706433', '010.0.0.1', '1.2.3.4.5', '[::1]', '127.0.0.1:80'],
  ],
] as const)('%s addresses are told as such', (addressClass, ips) => {
  for (const ip of ips) expect([ip, classifyAddress(ip)]).toEqual([ip, addressClass]);
});

test('an IPv4-mapped address is the IPv4 address, however it is written', () => {
  expect(classifyAddress('::ffff:127.0.0.1')).toBe('loopback');
  expect(classifyAddress('::ffff:7f00:1')).toBe('loopback');
  expect(classifyAddress('0:0:0:0:0:ffff:a00:1')).toBe('private');
  expect(classifyAddress('::ffff:169.254.169.254')).toBe('metadata');
  expect(classifyAddress('::ffff:8.8.8.8')).toBe('public');
});

test('behind NAT64 counts what the translated address is', () => {
  expect(classifyAddress('64:ff9b::7f00:1')).toBe('loopback');
  expect(classifyAddress('64:ff9b::10.0.0.1')).toBe('private');
  expect(classifyAddress('64:ff9b::169.254.169.254')).toBe('metadata');
  expect(classifyAddress('64:ff9b::8.8.8.8')).toBe('public');
});

test('tunnels and other translations are reserved, whatever public address they carry', () => {
  const carriers = ['::8.8.8.8', '::ffff:0:8.8.8.8', '64:ff9b:1::8.8.8.8', '2002:808:808::1', '2001:0:808:808::1'];
  for (const ip of carriers) expect([ip, classifyAddress(ip)]).toEqual([ip, 'reserved']);
});

test('a metadata address hides in no tunnel or translation', () => {
  const hidden = [
    ...['::169.254.169.254', '::ffff:0:a9fe:a9fe', '64:ff9b:1::a9fe:a9fe', '2002:a9fe:a9fe::1'],
    ...['64:ff9b:1:a9fe:a9:fe00::', '64:ff9b:1:a9:fe:a9fe::', '64:ff9b:1:0:a9:fea9:fe00:0'],
    ...['2001:0:a9fe:a9fe::1', '2001:0:808:808:0:0:5601:5601'],
  ];
  for (const ip of hidden) expect([ip, classifyAddress(ip)]).toEqual([ip, 'metadata']);
});

test('every mapped and every translated address is judged as the address it stands for', () => {
  fc.assert(
    fc.property(fc.ipV4(), (ip) => {
      expect(classifyAddress(`::ffff:${ip}`)).toBe(classifyAddress(ip));
      expect(classifyAddress(`64:ff9b::${ip}`)).toBe(classifyAddress(ip));
    }),
    { numRuns: 500 },
  );
});

test('nothing outside the routed part of IPv6 is public', () => {
  fc.assert(
    fc.property(fc.ipV6(), (ip) => {
      fc.pre(classifyAddress(ip) === 'public');
      expect(ip).toMatch(/^([23][0-9a-f]{3}:|::ffff:|0*:|64:ff9b:)/i);
    }),
    { numRuns: 2_000 },
  );
});

test('without a list only public addresses are in order', () => {
  expect(vetAddress('8.8.8.8', emptyAllowList)).toEqual({ ok: true, listed: false });
  expect(vetAddress('127.0.0.1', emptyAllowList)).toEqual({ ok: false, why: expect.stringContaining('loopback') });
  expect(vetAddress('10.0.0.1', emptyAllowList)).toEqual({ ok: false, why: 'a private address' });
  expect(vetAddress('127.1', emptyAllowList)).toEqual({ ok: false, why: 'no IP address' });
});

test('a listed network opens its addresses in every form, and no others', () => {
  const list = allow('10.0.0.0/8, 127.0.0.1 fd00:1::/32');
  for (const ip of ['10.200.0.1', '::ffff:10.0.0.1', '64:ff9b::10.0.0.1', '127.0.0.1', 'fd00:1::9']) {
    expect(vetAddress(ip, list)).toEqual({ ok: true, listed: true });
  }
  for (const ip of ['11.0.0.1', '127.0.0.2', '192.168.0.1', 'fd00:2::9', '::1']) {
    expect(vetAddress(ip, list)).toEqual(
      ip === '11.0.0.1' ? { ok: true, listed: false } : { ok: false, why: expect.any(String) },
    );
  }
});

test('a listed host opens the addresses it has', () => {
  const list = allow('hooks.corp.example,*.svc.cluster.local');
  expect(vetAddress('10.0.0.1', list, 'hooks.corp.example')).toEqual({ ok: true, listed: true });
  expect(vetAddress('10.0.0.1', list, 'Hooks.Corp.Example.')).toEqual({ ok: true, listed: true });
  expect(vetAddress('10.0.0.1', list, 'app.default.svc.cluster.local')).toEqual({ ok: true, listed: true });
  expect(vetAddress('10.0.0.1', list, 'other.corp.example').ok).toBe(false);
  expect(vetAddress('10.0.0.1', list, 'evilhooks.corp.example').ok).toBe(false);
  expect(vetAddress('10.0.0.1', list).ok).toBe(false);
});

test('a wildcard does not list the domain itself', () => {
  expect(isListedHost('svc.example', allow('*.svc.example'))).toBe(false);
  expect(isListedHost('evilsvc.example', allow('*.svc.example'))).toBe(false);
  expect(isListedHost('a.b.svc.example', allow('*.svc.example'))).toBe(true);
});

test('no list opens a metadata address', () => {
  const list = allow('0.0.0.0/0 ::/0 169.254.169.254 fd00:ec2::254 metadata.google.internal');
  for (const ip of [
    '169.254.169.254',
    '::ffff:169.254.169.254',
    'fd00:ec2::254',
    '100.100.100.200',
    '64:ff9b::a9fe:a9fe',
  ]) {
    expect(vetAddress(ip, list, 'metadata.google.internal')).toEqual({ ok: false, why: 'a cloud metadata address' });
  }
});

test.each([
  '10.0.0.0/33',
  '10.0.0.0/x',
  '::/129',
  '127.1',
  '0x7f000001',
  'host:80',
  'http://host',
  '[::1]',
  'a..b',
  '*',
  'a.*.b',
  '-a',
  'a/8',
])('a list with %j is refused, naming it', (item) => {
  expect(parseAllowList(`10.0.0.0/8 ${item}`)).toEqual({ ok: false, why: expect.stringContaining(`"${item}"`) });
});

test('an empty list is a list', () => {
  expect(parseAllowList(' , ')).toEqual({ ok: true, allow: emptyAllowList });
});

test('names are listed in their ASCII form', () => {
  expect(allow('Bücher.example').hosts).toEqual(['xn--bcher-kva.example']);
});

test('names that only mean something inside a network are told from public ones', () => {
  for (const host of ['localhost', 'app', 'a.localhost', 'x.internal', 'printer.local', 'nas.lan.', 'r.home.arpa']) {
    expect([host, isLocalHost(host)]).toEqual([host, true]);
  }
  for (const host of ['example.com', 'localhost.example.com', 'internal.example'])
    expect(isLocalHost(host)).toBe(false);
});

test('metadata names are known in any spelling', () => {
  for (const host of ['metadata.google.internal', 'METADATA.google.internal.', 'metadata']) {
    expect(isMetadataHost(host)).toBe(true);
  }
  expect(isMetadataHost('metadata.example.com')).toBe(false);
});
