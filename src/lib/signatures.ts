import { createHmac, randomBytes } from 'node:crypto';

const secretPrefix = 'whsec_';
const secretBytes = 32;

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

function standardHmac(secret: string, id: string, timestampSeconds: number, rawBody: Uint8Array): string {
  const key = Buffer.from(secret.startsWith(secretPrefix) ? secret.slice(secretPrefix.length) : secret, 'base64');
  if (key.length === 0) throw new Error('a webhook secret must hold a key in base64');
  return createHmac('sha256', key).update(`${id}.${timestampSeconds}.`).update(rawBody).digest('base64');
}

function sluiceHmac(secret: string, timestampSeconds: number, rawBody: Uint8Array): string {
  if (secret === '') throw new Error('a webhook secret must not be empty');
  return createHmac('sha256', secret).update(`${timestampSeconds}.`).update(rawBody).digest('hex');
}
