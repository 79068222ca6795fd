import { createHmac, timingSafeEqual } from 'node:crypto';

/** Both signatures as a receiver checks them, written from the documentation and apart from the code that signs. */
export type Verification = { ok: true } | { ok: false; why: string };

const secretPrefix = 'whsec_';

/** How far a signature's time may lie from the receiver's own, as Standard Webhooks recommends. */
const signatureToleranceSeconds = 300;

/** What a receiver does with the three `webhook-*` headers. */
export function verifyStandard(input: {
  secret: string;
  id: string;
  timestamp: string;
  signature: string;
  rawBody: Uint8Array;
  nowSeconds: number;
  toleranceSeconds?: number;
}): Verification {
  const timestampSeconds = readSeconds(input.timestamp);
  if (timestampSeconds === undefined) return { ok: false, why: 'the timestamp is no number of seconds' };
  const expected = standardHmac(input.secret, input.id, timestampSeconds, input.rawBody);
  const given = input.signature.split(' ').flatMap((one) => (one.startsWith('v1,') ? [one.slice(3)] : []));
  return verdict(expected, given, timestampSeconds, input);
}

/** What a receiver does with `X-Sluice-Signature`. */
export function verifySluice(input: {
  secret: string;
  signature: string;
  rawBody: Uint8Array;
  nowSeconds: number;
  toleranceSeconds?: number;
}): Verification {
  const parts = input.signature.split(',');
  const timestampSeconds = readSeconds(parts.find((part) => part.startsWith('t='))?.slice(2) ?? '');
  if (timestampSeconds === undefined) return { ok: false, why: 'the signature has no t=<unix seconds>' };
  const expected = sluiceHmac(input.secret, timestampSeconds, input.rawBody);
  const given = parts.flatMap((part) => (part.startsWith('v1=') ? [part.slice(3)] : []));
  return verdict(expected, given, timestampSeconds, input);
}

function verdict(
  expected: string,
  given: string[],
  timestampSeconds: number,
  input: { nowSeconds: number; toleranceSeconds?: number },
): Verification {
  const apartSeconds = Math.abs(input.nowSeconds - timestampSeconds);
  if (apartSeconds > (input.toleranceSeconds ?? signatureToleranceSeconds)) {
    return { ok: false, why: `the signature's time is ${apartSeconds} s away` };
  }
  if (!given.some((one) => sameText(one, expected)))
    return { ok: false, why: 'no signature fits the secret and the body' };
  return { ok: true };
}

function standardHmac(secret: string, id: string, timestampSeconds: number, rawBody: Uint8Array): string {
  const key = Buffer.from(secret.startsWith(secretPrefix) ? secret.slice(secretPrefix.length) : secret, 'base64');
  return createHmac('sha256', key).update(`${id}.${timestampSeconds}.`).update(rawBody).digest('base64');
}

function sluiceHmac(secret: string, timestampSeconds: number, rawBody: Uint8Array): string {
  return createHmac('sha256', secret).update(`${timestampSeconds}.`).update(rawBody).digest('hex');
}

function readSeconds(text: string): number | undefined {
  return /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}

function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
