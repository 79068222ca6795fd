import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { nowMs } from '../lib/clock.ts';
import { bits, integer, objectId, octets, sequence, set, TRUE, tagged, utcTime, utf8 } from './der.ts';

/** Certificates for the media host, which WhatsApp's clients only talk to over HTTPS. */

/** Signs what the host shows; it is this one that clients have to trust. PEM. */
export type Authority = { certificate: string; privateKey: string };

const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3650;
const HOST_DAYS = 397;
const AUTHORITY_NAME = 'WhatsApp emulator media CA';

const ECDSA_SHA256 = sequence(objectId('1.2.840.10045.4.3.2'));
const KEY_CERT_SIGN = bits(Buffer.from([0x04]), 2);
const DIGITAL_SIGNATURE = bits(Buffer.from([0x80]), 7);

const nameOf = (commonName: string): Buffer => sequence(set(sequence(objectId('2.5.4.3'), utf8(commonName))));

const extension = (id: string, value: Buffer, critical = false): Buffer =>
  sequence(objectId(id), ...(critical ? [TRUE] : []), octets(value));

const ipBytes = (address: string): Buffer => {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail = ''] = address.split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const missing = 8 - groups(head).length - groups(tail).length;
  const filled = address.includes('::') ? Array.from({ length: missing }, () => '0') : [];
  const words = [...groups(head), ...filled, ...groups(tail)];
  return Buffer.from(words.map((word) => word.padStart(4, '0')).join(''), 'hex');
};

const alternativeNames = (hosts: string[]): Buffer =>
  sequence(...hosts.map((host) => (isIP(host) ? tagged(0x87, ipBytes(host)) : tagged(0x82, Buffer.from(host)))));

type Claim = { issuer: string; subject: string; publicKey: KeyObject; days: number; extensions: Buffer[] };

const issue = (claim: Claim, issuerKey: KeyObject): string => {
  const body = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(randomBytes(16).fill(1, 0, 1)),
    ECDSA_SHA256,
    nameOf(claim.issuer),
    sequence(utcTime(nowMs() - DAY_MS), utcTime(nowMs() + claim.days * DAY_MS)),
    nameOf(claim.subject),
    claim.publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...claim.extensions)),
  );
  const signature = sign('sha256', body, issuerKey);
  return new X509Certificate(sequence(body, ECDSA_SHA256, bits(signature))).toString();
};

const toPem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

export const createAuthority = (): Authority => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const extensions = [extension('2.5.29.19', sequence(TRUE), true), extension('2.5.29.15', KEY_CERT_SIGN, true)];
  // Whoever trusts two emulators finds the issuer by its name, so no two have the same.
  const name = `${AUTHORITY_NAME} ${randomBytes(6).toString('hex')}`;
  const claim = { issuer: name, subject: name, publicKey, days: AUTHORITY_DAYS, extensions };
  return { certificate: issue(claim, privateKey), privateKey: toPem(privateKey) };
};

/** What a server of these names and addresses shows, in the form that node:https takes. */
export const issueHostCertificate = (authority: Authority, hosts: string[]): { cert: string; key: string } => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const extensions = [
    extension('2.5.29.19', sequence(), true),
    extension('2.5.29.15', DIGITAL_SIGNATURE, true),
    extension('2.5.29.37', sequence(objectId('1.3.6.1.5.5.7.3.1'))),
    extension('2.5.29.17', alternativeNames(hosts)),
  ];
  const issuer = new X509Certificate(authority.certificate).subject.replace(/^CN=/, '');
  const claim = { issuer, subject: 'WhatsApp emulator media', publicKey, days: HOST_DAYS, extensions };
  return { cert: issue(claim, createPrivateKey(authority.privateKey)), key: toPem(privateKey) };
};
