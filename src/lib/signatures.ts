import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const secretPrefix = 'whsec_';
const secretBytes = 32;

/** How far a signature's time may lie from the receiver's own, as Standard Webhooks recommends. */
const signatureToleranceSeconds = 300;

export type Verification = { ok: true } | { ok: false; why: string };

/** A secret of Standard Webhooks 1.0: `whsec_` and the base64 of 32 random bytes. */
export function newWebhookSecret(): string {
  return `${secretPrefix}${randomBytes(secretBytes).toString('base64')}`;
}

/**
 * The value of `webhook-signature` by Standard Webhooks 1.0: for each secret `v1,` and the base64 HMAC-SHA256 of
 * `<id>.<timestamp>.<raw body>`, separated by spaces. The key is what stands behind `whsec_`, decoded. During a rotation
 * every current secret signs, the newest first.
 */
export function signStandard(
  secrets: readonly string[],
  id: string,
  timestampSeconds: number,
  rawBody: Uint8Array,
): string {
  return secrets.map((secret) => `v1,${standardHmac(secret, id, timestampSeconds, rawBody)}`).join(' ');
}

/**
 * The value of `X-Sluice-Signature`: `t=<unix seconds>` and for each secret `,v1=` and the hex HMAC-SHA256 of
 * `<t>.<raw body>`. The key is the secret as text, `whsec_` included, so that a receiver needs one line:
 * `hash_hmac('sha256', "$t.$body", $secret)`.
 */
export function signSluice(secrets: readonly string[], timestampSeconds: number, rawBody: Uint8Array): string {
  const signatures = secrets.map((secret) => `v1=${sluiceHmac(secret, timestampSeconds, rawBody)}`);
  return [`t=${timestampSeconds}`, ...signatures].join(',');
}

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
  if (key.length === 0) throw new Error('a webhook secret must hold a key in base64');
  return createHmac('sha256', key).update(`${id}.${timestampSeconds}.`).update(rawBody).digest('base64');
}

function sluiceHmac(secret: string, timestampSeconds: number, rawBody: Uint8Array): string {
  if (secret === '') throw new Error('a webhook secret must not be empty');
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
