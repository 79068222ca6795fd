import { GatewayError } from '../platform/index.ts';
import { accessOf } from './access.ts';
import { createAuthenticator, type Visitor } from './authenticate.ts';
import { correlationHeader, readCorrelationId } from './correlation.ts';
import type { App, HttpDeps } from './deps.ts';
import type { Edge } from './edge.ts';
import { createRateLimits, type RateState } from './rate-limits.ts';

export type Gate = Omit<Edge, 'app' | 'deps' | 'callerOf' | 'streams'> & {
  /** Who asks; undefined where no API key was needed, or none was good. */
  readVisitor(request: object): Visitor | undefined;
  /** From now on whoever still comes is told to come back later. */
  startClosing(): void;
  /** Resolves when everything that was noticed beside the requests is written down. */
  settle(): Promise<void>;
};

/** Asking how much is left costs nothing. */
const freePath = '/v1/limits';

/** What every request passes before its route: a name for the log, a key that is good for the route, and a token. */
export function createGate(app: App, deps: HttpDeps): Gate {
  const visitors = new WeakMap<object, Visitor>();
  const correlations = new WeakMap<object, string>();
  const authenticator = createAuthenticator(deps);
  const limits = createRateLimits(deps);
  let closing = false;

  app.addHook('onRequest', async (request, reply) => {
    const correlationId = readCorrelationId(request.headers) ?? request.id;
    correlations.set(request, correlationId);
    reply.header(correlationHeader, correlationId);
    const path = request.routeOptions.url;
    if (request.is404 || path === undefined) return;
    const access = accessOf(path);
    if (access === 'public') return;
    if (closing) throw new GatewayError('shutting_down');
    if (access === 'admin') return authenticator.authenticateAdmin(request.headers);

    const visitor = await authenticator.authenticateCustomer(request.headers, correlationId);
    visitors.set(request, visitor);
    const look = path === freePath ? limits.peek : limits.take;
    const state = look(visitor.caller.customerId, visitor.bucketSize);
    for (const [name, value] of Object.entries(rateHeaders(state))) reply.header(name, value);
    if ('taken' in state && !state.taken) {
      throw new GatewayError('rate_limited', { retry_after_seconds: state.retryAfterSeconds });
    }
    if (request.routeOptions.config.replays && !deps.hasDiskRoom()) throw new GatewayError('storage_unavailable');
  });

  // A connection that stays open behind the last answer would keep the server from ending for as long.
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) reply.header('connection', 'close');
    done(null, payload);
  });

  return {
    limits,
    readVisitor: (request) => visitors.get(request),
    visitorOf: (request) => {
      const visitor = visitors.get(request);
      if (!visitor) throw new Error('a route asked who calls it, and nobody had looked');
      return visitor;
    },
    correlationOf: (request) => correlations.get(request) ?? '',
    isAdmin: ({ headers }) => authenticator.isAdmin(headers),
    isClosing: () => closing,
    startClosing: () => {
      closing = true;
    },
    settle: authenticator.settle,
  };
}

const rateHeaders = (state: RateState) => ({
  'x-ratelimit-limit': state.limit,
  'x-ratelimit-remaining': state.remaining,
  'x-ratelimit-reset': Math.ceil(state.resetAt / 1_000),
});
