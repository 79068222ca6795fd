import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { newWebhookSecret, signSluice, signStandard } from '../../src/lib/index.ts';
import { verifySluice, verifyStandard } from '../support/verify-signatures.ts';

const id = 'evt_01J9Z3V8Q4T6W0X2Y5B7C9D1E3';
const body = Buffer.from('{"event":"message.received","data":{"text":"olá 👋"}}');

function standardHeaders(secrets: string[], seconds: number, rawBody: Buffer): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': signStandard(secrets, id, seconds, rawBody),
  };
}

test('a secret is whsec_ and 32 bytes, and no two are the same', () => {
  const secret = newWebhookSecret();
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(newWebhookSecret()).not.toBe(secret);
});

test('the standardwebhooks package accepts what we sign, and signs the same', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const secret = newWebhookSecret();
      const seconds = Math.floor(Date.now() / 1_000);
      const text = JSON.stringify(value);
      const webhook = new Webhook(secret);
      const headers = standardHeaders([secret], seconds, Buffer.from(text));
      expect(webhook.verify(text, headers)).toEqual(JSON.parse(text));
      expect(headers['webhook-signature']).toBe(webhook.sign(id, new Date(seconds * 1_000), text));
    }),
  );
});

test('the package refuses what was signed with another secret, time, id or body', () => {
  const secret = newWebhookSecret();
  const seconds = Math.floor(Date.now() / 1_000);
  const headers = standardHeaders([secret], seconds, body);
  const webhook = new Webhook(secret);
  expect(() => webhook.verify(`${body} `, headers)).toThrow('No matching signature');
  expect(() => webhook.verify(body, { ...headers, 'webhook-id': 'evt_other' })).toThrow('No matching signature');
  expect(() => webhook.verify(body, { ...headers, 'webhook-timestamp': String(seconds + 1) })).toThrow('No matching');
  expect(() => new Webhook(newWebhookSecret()).verify(body, headers)).toThrow('No matching signature');
  expect(() => webhook.verify(body, standardHeaders([secret], seconds - 301, body))).toThrow('too old');
});

test('while a secret is rotated, receivers with the old and with the new one are both served', () => {
  const [fresh, old] = [newWebhookSecret(), newWebhookSecret()];
  const seconds = Math.floor(Date.now() / 1_000);
  const headers = standardHeaders([fresh, old], seconds, body);
  const signature = signSluice([fresh, old], seconds, body);
  for (const secret of [fresh, old]) {
    expect(() => new Webhook(secret).verify(body, headers)).not.toThrow();
    expect(verifySluice({ secret, signature, rawBody: body, nowSeconds: seconds })).toEqual({ ok: true });
  }
  const gone = newWebhookSecret();
  expect(verifySluice({ secret: gone, signature, rawBody: body, nowSeconds: seconds }).ok).toBe(false);
});

test('our own signature is the documented one line over the text of the secret', () => {
  const secret = newWebhookSecret();
  const oneLine = createHmac('sha256', secret).update(`1700000000.${body}`).digest('hex');
  expect(signSluice([secret], 1_700_000_000, body)).toBe(`t=1700000000,v1=${oneLine}`);
});

test('both signatures cover raw bytes, also those that are no UTF-8', () => {
  const secret = newWebhookSecret();
  const [one, other] = [Buffer.from([0xff, 0xfe]), Buffer.from([0xff, 0xfd])];
  expect(signSluice([secret], 1, one)).not.toBe(signSluice([secret], 1, other));
  expect(signStandard([secret], id, 1, one)).not.toBe(signStandard([secret], id, 1, other));
});

const nowSeconds = 1_700_000_000;
const secret = newWebhookSecret();
const verifiers = {
  standard: (change: {
    seconds?: number;
    signature?: (own: string) => string;
    rawBody?: Buffer;
    tolerance?: number;
  }) => {
    const seconds = change.seconds ?? nowSeconds;
    const own = signStandard([secret], id, seconds, body);
    const signature = change.signature?.(own) ?? own;
    const rawBody = change.rawBody ?? body;
    const toleranceSeconds = change.tolerance ?? 300;
    return verifyStandard({ secret, id, timestamp: `${seconds}`, signature, rawBody, nowSeconds, toleranceSeconds });
  },
  sluice: (change: { seconds?: number; signature?: (own: string) => string; rawBody?: Buffer; tolerance?: number }) => {
    const own = signSluice([secret], change.seconds ?? nowSeconds, body);
    const signature = change.signature?.(own) ?? own;
    const rawBody = change.rawBody ?? body;
    return verifySluice({ secret, signature, rawBody, nowSeconds, toleranceSeconds: change.tolerance ?? 300 });
  },
};

test.each(Object.entries(verifiers))(
  'the %s verification accepts what is right and refuses what was changed',
  (_, verify) => {
    expect(verify({})).toEqual({ ok: true });
    expect(verify({ rawBody: Buffer.from(`${body} `) }).ok).toBe(false);
    expect(verify({ signature: (own) => own.replace('v1', 'v2') }).ok).toBe(false);
    expect(verify({ signature: (own) => own.slice(0, -2) }).ok).toBe(false);
    expect(verify({ signature: () => '' }).ok).toBe(false);
  },
);

test.each(Object.entries(verifiers))('the %s verification bounds the time both ways', (_, verify) => {
  for (const seconds of [nowSeconds - 300, nowSeconds + 300]) expect(verify({ seconds }).ok).toBe(true);
  for (const seconds of [nowSeconds - 301, nowSeconds + 301]) {
    expect(verify({ seconds })).toEqual({ ok: false, why: "the signature's time is 301 s away" });
  }
  expect(verify({ seconds: nowSeconds - 20, tolerance: 10 }).ok).toBe(false);
});

test('a timestamp that is no number is refused', () => {
  const signature = signStandard([secret], id, nowSeconds, body);
  expect(verifyStandard({ secret, id, timestamp: 'soon', signature, rawBody: body, nowSeconds }).ok).toBe(false);
  expect(verifySluice({ secret, signature: 't=soon,v1=00', rawBody: body, nowSeconds }).ok).toBe(false);
});

test('an empty secret never signs', () => {
  expect(() => signStandard(['whsec_'], id, nowSeconds, body)).toThrow('secret');
  expect(() => signSluice([''], nowSeconds, body)).toThrow('secret');
});
