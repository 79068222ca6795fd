import { signSluice, signStandard } from '../lib/index.ts';

/** Nothing that a caller named may break a header, or fail every attempt. */
const headerText = /^[\x20-\x7e]{1,255}$/;

/**
 * The headers of one attempt: those of Standard Webhooks 1.0, and our own under `prefix`. Ids are the same at every
 * attempt; the time and with it the signatures are those of this one.
 */
export function buildHeaders(input: {
  readonly prefix: string;
  readonly secrets: readonly string[];
  readonly event: { readonly id: string; readonly type: string; readonly correlation_id: string | null };
  readonly endpointId: string;
  /** Those that the endpoint's owner wants; ours go before them. */
  readonly own: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly nowMs: number;
}): Record<string, string> {
  const { prefix, secrets, event, body } = input;
  const seconds = Math.floor(input.nowMs / 1_000);
  const correlationId = event.correlation_id ?? '';
  const ours = {
    'Content-Type': 'application/json',
    'User-Agent': 'Sluice-Webhooks/1.0',
    'webhook-id': event.id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': signStandard(secrets, event.id, seconds, body),
    [`${prefix}-Signature`]: signSluice(secrets, seconds, body),
    [`${prefix}-Event`]: event.type,
    [`${prefix}-Event-Id`]: event.id,
    [`${prefix}-Endpoint-Id`]: input.endpointId,
    ...(headerText.test(correlationId) && { [`${prefix}-Correlation-Id`]: correlationId }),
  };
  const names = new Set(Object.keys(ours).map((name) => name.toLowerCase()));
  const own = Object.entries(input.own).filter(([name]) => !names.has(name.toLowerCase()));
  return { ...Object.fromEntries(own), ...ours };
}
