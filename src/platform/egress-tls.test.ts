import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { parseAllowList } from '../lib/index.ts';
import { createEgress } from './egress.ts';

const opened: (() => Promise<unknown>)[] = [];
const trusted = getCACertificates('default');

afterEach(async () => {
  setDefaultCACertificates(trusted);
  for (const close of opened.splice(0)) await close();
});

const dayMs = 86_400_000;

async function startServer(certificate: {
  name: string;
  endsInDays: number;
  trusted: boolean;
}): Promise<{ port: number; hits: string[] }> {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const cert = selfSigned(pair, certificate.name, certificate.endsInDays * dayMs);
  if (certificate.trusted) setDefaultCACertificates([...trusted, cert]);
  const hits: string[] = [];
  const key = pair.privateKey.export({ type: 'pkcs8', format: 'pem' });
  const server = createSecureServer({ cert, key, allowHTTP1: true }, (request, response) => {
    hits.push(request.url);
    response.end(`over ${request.httpVersion}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push(async () => {
    server.close();
    await once(server, 'close');
  });
  return { port: (server.address() as AddressInfo).port, hits };
}

async function post(port: number) {
  const parsed = parseAllowList('127.0.0.1');
  if (!parsed.ok) throw new Error(parsed.why);
  const egress = createEgress({ allow: parsed.allow, lookup: () => Promise.resolve(['127.0.0.1']) });
  opened.unshift(egress.close);
  const url = `https://hooks.example:${port}/`;
  return await egress.post({ url, headers: {}, body: Buffer.from('{}'), timeoutMs: 5_000 });
}

test('a server with a certificate for its name, from someone we trust, is posted to over HTTP/1.1 though it has 2', async () => {
  const server = await startServer({ name: 'hooks.example', endsInDays: 1, trusted: true });
  expect(await post(server.port)).toMatchObject({ kind: 'answered', statusCode: 200, bodyText: 'over 1.1' });
});

test.each([
  ['from nobody we trust', { name: 'hooks.example', endsInDays: 1, trusted: false }, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ['for another name', { name: 'other.example', endsInDays: 1, trusted: true }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['that has expired', { name: 'hooks.example', endsInDays: -1, trusted: true }, 'CERT_HAS_EXPIRED'],
])('a server with a certificate %s gets nothing', async (_, certificate, code) => {
  const server = await startServer(certificate);
  expect(await post(server.port)).toMatchObject({
    kind: 'failed',
    code: 'tls',
    message: expect.stringContaining(code),
  });
  expect(server.hits).toHaveLength(0);
});

/** A certificate that a key gives to itself, written in DER by hand: Node makes keys but no certificates. */
function selfSigned(pair: { publicKey: KeyObject; privateKey: KeyObject }, name: string, endsInMs: number): string {
  const ecdsaWithSha256 = sequence(der(0x06, Buffer.from('2a8648ce3d040302', 'hex')));
  const commonName = der(0x06, Buffer.from('550403', 'hex'));
  const issuer = sequence(der(0x31, sequence(commonName, der(0x0c, Buffer.from(name)))));
  const validity = sequence(time(Date.now() - 30 * dayMs), time(Date.now() + endsInMs));
  const alternativeName = sequence(der(0x82, Buffer.from(name)));
  const extension = sequence(der(0x06, Buffer.from('551d11', 'hex')), der(0x04, alternativeName));
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    ecdsaWithSha256,
    issuer,
    validity,
    issuer,
    pair.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(extension)),
  );
  const signature = der(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', content, pair.privateKey)]));
  const certificate = sequence(content, ecdsaWithSha256, signature);
  return `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64')}\n-----END CERTIFICATE-----\n`;
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function time(ms: number): Buffer {
  return der(0x18, Buffer.from(new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '')));
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const lengthBytes = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...lengthBytes]), content]);
}
