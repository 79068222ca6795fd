import { proto } from 'baileys';
import { generateKeyPair, type KeyPair, sign } from '../lib/curve.ts';

/** What a server proves itself with. The root signs the intermediate, which signs the server's Noise key. */
export type ServerIdentity = { root: KeyPair; intermediate: KeyPair; noise: KeyPair; certificate: Buffer };

const INTERMEDIATE_SERIAL = 1;
const LEAF_SERIAL = 2;
const VALID_SECONDS = 10 * 365 * 24 * 3600;

/** Makes a fresh root and a chain below it; signed once, since every handshake sends the same bytes. */
export const createServerIdentity = (nowSeconds: number): ServerIdentity => {
  const root = generateKeyPair();
  const intermediate = generateKeyPair();
  const noise = generateKeyPair();
  const validity = { notBefore: nowSeconds - 3600, notAfter: nowSeconds + VALID_SECONDS };
  const Details = proto.CertChain.NoiseCertificate.Details;
  // WhatsApp's root has serial 0, and clients compare exactly that.
  const intermediateDetails = Details.encode({
    serial: INTERMEDIATE_SERIAL,
    issuerSerial: 0,
    key: intermediate.publicKey,
    ...validity,
  }).finish();
  const leafDetails = Details.encode({
    serial: LEAF_SERIAL,
    issuerSerial: INTERMEDIATE_SERIAL,
    key: noise.publicKey,
    ...validity,
  }).finish();
  const certificate = proto.CertChain.encode({
    intermediate: { details: intermediateDetails, signature: sign(root.privateKey, intermediateDetails) },
    leaf: { details: leafDetails, signature: sign(intermediate.privateKey, leafDetails) },
  }).finish();
  return { root, intermediate, noise, certificate: Buffer.from(certificate) };
};
