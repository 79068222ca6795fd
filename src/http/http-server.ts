import type { IncomingMessage, ServerResponse } from 'node:http';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { fastify, LogController } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { newId } from '../lib/index.ts';
import { GatewayError, startTimer } from '../platform/index.ts';
import { accessOf } from './access.ts';
import { answerError, type ErrorAnswer } from './answer-errors.ts';
import { correlationHeader, readCorrelationId } from './correlation.ts';
import type { App, HttpDeps } from './deps.ts';
import { type ApiDocument, securitySchemes, tags, transformDocument, transformRoute } from './document.ts';
import type { Edge } from './edge.ts';
import { createEventStreams } from './event-streams.ts';
import { createGate, type Gate } from './gate.ts';
import { compileValidator } from './parse-input.ts';
import { eventStreamType } from './routes/events.ts';
import { addRoutes } from './routes/index.ts';

export type HttpServer = {
  /** Resolves with the address that it can be reached at. */
  listen(): Promise<string>;
  /** Answers what is being answered, refuses what still comes, and resolves when all is said. */
  close(): Promise<void>;
  /** The description of every route, as served at /openapi.json. */
  openapi(): Promise<ApiDocument>;
};

/** How long a caller may take to send a request: a file that it uploads, or anything else. */
const streamTimeoutMs = 15 * 60_000;
const requestTimeoutMs = 30_000;
/** Longer than proxies keep idle connections, so that they never use one that we are just closing. */
const keepAliveTimeoutMs = 72_000;

export function createHttpServer(deps: HttpDeps): HttpServer {
  const app = createApp(deps);
  const gate = createGate(app, deps);
  addReports(app, deps, gate);

  const streams = createEventStreams(deps);
  const edge: Edge = { ...gate, app, deps, streams, callerOf: (request) => gate.visitorOf(request).caller };
  app.register(swagger, documentOptions(deps));
  app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    // Without the bar on top, which is somebody else's and offers to explore any address.
    uiConfig: { docExpansion: 'list', tryItOutEnabled: true, layout: 'BaseLayout', persistAuthorization: true },
    theme: { title: 'Sluice API' },
  });
  app.after(() => addRoutes(edge));

  return {
    listen: () => app.listen({ port: deps.config.port, host: deps.config.host }),
    close: async () => {
      gate.startClosing();
      streams.closeAll();
      await app.close();
      await gate.settle();
    },
    openapi: async () => {
      await app.ready();
      return readDocument(app);
    },
  };
}

function createApp(deps: HttpDeps): App {
  const app = fastify({
    loggerInstance: deps.log,
    logController: new LogController({ disableRequestLogging: true }),
    childLoggerFactory: (log, bindings, _options, request: IncomingMessage) => {
      const requestId = String(bindings.reqId);
      return log.child({ request_id: requestId, correlation_id: readCorrelationId(request.headers) ?? requestId });
    },
    genReqId: () => newId('req', deps.clock.now()),
    requestIdHeader: false,
    // People type /docs/ and copy addresses with the slash.
    routerOptions: { ignoreTrailingSlash: true },
    bodyLimit: deps.config.bodyLimitBytes,
    requestTimeout: streamTimeoutMs,
    http: { headersTimeout: requestTimeoutMs },
    keepAliveTimeout: keepAliveTimeoutMs,
    return503OnClosing: false,
    exposeHeadRoutes: false,
    frameworkErrors: (error, request, reply) => {
      reply.hijack();
      sendUnrouted(reply.raw, answerError(error, request.id));
    },
  }).withTypeProvider<ZodTypeProvider>();

  limitBodyTime(app);
  app.setValidatorCompiler(compileValidator);
  // What is sent is held against the schemas by the compiler; doing it again for each answer would cost more than the answer.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.removeAllContentTypeParsers();
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    // Clients that set the type on every POST send it with nothing behind it, too.
    const text = String(body);
    if (text === '') done(null, undefined);
    else parseJson(request, text, (error, value) => (error ? done(explainJson(text, error)) : done(null, value)));
  });
  return app;
}

/** The server's own limit is as wide as the widest route needs it. */
function limitBodyTime(app: App): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const { raw, routeOptions } = request;
    const hasBody = raw.headers['transfer-encoding'] !== undefined || Number(raw.headers['content-length'] ?? 0) > 0;
    if (hasBody && routeOptions.config.streams !== true) {
      const stop = startTimer(requestTimeoutMs, () => raw.destroy());
      raw.once('end', stop).once('close', stop);
    }
    done();
  });
}

/** For what never reaches a route or a hook, such as a path that cannot be decoded. */
function sendUnrouted(response: ServerResponse, { statusCode, body }: ErrorAnswer): void {
  response.writeHead(statusCode, { 'content-type': 'application/json', [correlationHeader]: body.request_id });
  response.end(JSON.stringify(body));
}

/** One line in the log for every answer, one more for what went wrong on our side, and a figure for the metrics. */
function addReports(app: App, deps: HttpDeps, gate: Gate): void {
  const requestSeconds = deps.metrics.createHistogram({
    name: 'http_request_seconds',
    help: 'How long requests took, by route and status.',
    labels: ['method', 'route', 'status'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15],
  });

  app.addHook('onResponse', async (request, reply) => {
    const route = request.is404 ? 'unknown' : (request.routeOptions.url ?? 'unknown');
    const seconds = reply.elapsedTime / 1_000;
    // How long somebody listened is not how long an answer took.
    if (reply.getHeader('content-type') !== eventStreamType) {
      requestSeconds.observe({ method: request.method, route, status: String(reply.statusCode) }, seconds);
    }
    const visitor = gate.readVisitor(request);
    const line = {
      method: request.method,
      route,
      status_code: reply.statusCode,
      duration_ms: Math.round(reply.elapsedTime * 10) / 10,
      ...(visitor && { customer_id: visitor.caller.customerId, key_id: visitor.keyId }),
    };
    const isQuiet = accessOf(route) === 'public' || route === '/metrics';
    request.log[isQuiet ? 'debug' : 'info'](line, 'request answered');
  });

  app.setErrorHandler((error, request, reply) => {
    const answer = answerError(error, request.id);
    if (answer.statusCode >= 500) request.log.error({ err: error, code: answer.body.error.code }, 'request failed');
    if (answer.retryAfterSeconds !== undefined) reply.header('retry-after', answer.retryAfterSeconds);
    return reply.code(answer.statusCode).type('application/json').send(answer.body);
  });

  app.setNotFoundHandler((request, reply) => {
    const answer = answerError(new GatewayError('not_found'), request.id);
    return reply.code(answer.statusCode).send(answer.body);
  });
}

/** The words of the language's own parser say where the text breaks off; Fastify's error keeps them to itself. */
function explainJson(text: string, cause: Error): GatewayError {
  try {
    JSON.parse(text);
    return new GatewayError(
      'invalid_json',
      { problem: 'A member must not be named __proto__ or constructor.' },
      { cause },
    );
  } catch (error) {
    return new GatewayError(
      'invalid_json',
      { problem: error instanceof Error ? error.message : String(error) },
      { cause },
    );
  }
}

const documentOptions = (deps: HttpDeps) => ({
  openapi: {
    openapi: '3.1.0',
    info: {
      title: 'Sluice',
      version: deps.version,
      description:
        'A WhatsApp gateway: messages go out through one API, and what happens comes back as signed webhooks. Lists are newest first, times are ISO-8601 in UTC, ids are opaque. Every answer carries X-Correlation-Id.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: deps.config.publicUrl ?? '/' }],
    tags,
    components: { securitySchemes },
  },
  transform: transformRoute,
  transformObject: transformDocument,
});

/** `transformDocument` has built it. */
function readDocument(app: App): ApiDocument {
  return app.swagger() as unknown as ApiDocument;
}
