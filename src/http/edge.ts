import type { Tx } from '../db/index.ts';
import type { Caller } from '../domain/customers/index.ts';
import { answerOnce } from './answer-once.ts';
import type { Visitor } from './authenticate.ts';
import type { App, HttpDeps } from './deps.ts';
import type { EventStreams } from './event-streams.ts';
import type { RateLimits } from './rate-limits.ts';

/** What a file of routes is given. */
export type Edge = {
  readonly app: App;
  readonly deps: HttpDeps;
  readonly limits: RateLimits;
  readonly streams: EventStreams;
  /** Who asks: known for every route that needs an API key. */
  readonly visitorOf: (request: object) => Visitor;
  readonly callerOf: (request: object) => Caller;
  /** Named so in the log, in audit rows and in webhooks. */
  readonly correlationOf: (request: object) => string;
  /** True once a stop was asked for: whoever waits gives up. */
  readonly isClosing: () => boolean;
  readonly isAdmin: (request: { readonly headers: Record<string, string | string[] | undefined> }) => Promise<boolean>;
};

type Asked = Parameters<typeof answerOnce>[2];
type Reply = { header(name: string, value: string): unknown; code(statusCode: number): unknown };

/**
 * Answers a POST that makes something: `write` runs in one transaction with the memory of its answer. The status is set
 * and the body is returned, for the route to send.
 */
export async function answerCreation<T>(
  edge: Edge,
  asked: Asked,
  reply: Reply,
  statusCode: number,
  prepare: () => Promise<(tx: Tx) => Promise<T>>,
): Promise<T> {
  const answer = await answerOnce(edge.deps, edge.callerOf(asked), asked, async () => {
    const write = await prepare();
    return async (tx: Tx) => ({ statusCode, body: await write(tx) });
  });
  reply.code(answer.statusCode);
  if (answer.replayed) reply.header('idempotency-replayed', 'true');
  return answer.body;
}
