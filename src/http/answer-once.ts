import type { IncomingHttpHeaders } from 'node:http';
import type { Reader, Tx } from '../db/index.ts';
import { type Caller, readAnswer, recordAnswer } from '../domain/customers/index.ts';
import { canonicalJson, sha256Hex } from '../lib/index.ts';
import { GatewayError } from '../platform/index.ts';
import type { HttpDeps } from './deps.ts';

export const idempotencyHeader = 'idempotency-key';

const keyPattern = /^[\x20-\x7e]{1,255}$/;
const dayMs = 86_400_000;

export type Answer<T> = { readonly statusCode: number; readonly body: T };

type Asked = {
  readonly headers: IncomingHttpHeaders;
  readonly method: string;
  /** With the ids in it. */
  readonly url: string;
  /** As it was parsed. */
  readonly body?: unknown;
};

/**
 * Writes, and remembers the answer in the same transaction when the request carries an Idempotency-Key: whoever asks the
 * same again gets the same answer and nothing is written; the same key with another request is refused. `prepare` is for
 * what must come before a transaction, and is skipped when the answer is known.
 */
export async function answerOnce<T>(
  deps: Pick<HttpDeps, 'db' | 'vault' | 'clock' | 'config'>,
  caller: Caller,
  asked: Asked,
  prepare: () => Promise<(tx: Tx) => Promise<Answer<T>>>,
): Promise<Answer<T> & { readonly replayed: boolean }> {
  const key = readIdempotencyKey(asked.headers);
  if (key === undefined) {
    const write = await prepare();
    return { ...(await deps.db.tx(write)), replayed: false };
  }
  const requestHash = hashRequest(caller, asked);
  const sinceMs = deps.clock.now() - deps.config.idempotencyKeepDays * dayMs;

  const readKnown = async (from: Tx | Reader) => {
    const stored = await readAnswer(from, deps.vault, caller.customerId, key, sinceMs);
    if (!stored) return undefined;
    if (stored.requestHash !== requestHash) throw new GatewayError('idempotency_conflict');
    return { statusCode: stored.statusCode, body: asOwnBody<T>(stored.body), replayed: true };
  };

  const known = await readKnown(deps.db.read);
  // Through a transaction, which waits for the disk: the answer that is repeated may be a moment old and not there yet.
  if (known) return deps.db.tx(async () => known);
  const write = await prepare();
  return deps.db.tx(async (tx) => {
    const meanwhile = await readKnown(tx);
    if (meanwhile) return meanwhile;
    const answer = await write(tx);
    await recordAnswer(tx, deps.vault, caller.customerId, key, { requestHash, ...answer }, sinceMs);
    return { ...answer, replayed: false };
  });
}

function readIdempotencyKey(headers: IncomingHttpHeaders): string | undefined {
  const given = headers[idempotencyHeader];
  if (given === undefined) return undefined;
  if (typeof given === 'string' && keyPattern.test(given)) return given;
  throw new GatewayError('idempotency_key_invalid');
}

/** How far the key reaches is part of it: a bound key is not told what a wider one was. */
function hashRequest(caller: Caller, asked: Asked): string {
  const [path] = asked.url.split('?');
  return sha256Hex(
    canonicalJson({ method: asked.method, path, body: asked.body ?? null, bound_to: caller.instanceId }),
  );
}

/** The hash names route and body, so what is stored is what this very route answered. */
function asOwnBody<T>(body: unknown): T {
  return body as T;
}
