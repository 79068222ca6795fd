import * as z from 'zod';
import type { Db } from '../../db/index.ts';
import type { Clock } from '../../platform/index.ts';
import type { HttpDeps } from '../deps.ts';
import type { Edge } from '../edge.ts';

/** A database that takes longer than this to keep nothing is not there. */
const databaseWaitMs = 2_000;

const readinessSchema = z
  .object({
    status: z.enum(['ok', 'degraded', 'unavailable']),
    reasons: z.array(z.string()).meta({ description: 'Why it is not ok, for machines.' }),
    notices: z.array(z.string()).meta({ description: 'What an operator should know all the same.' }),
    details: z.record(z.string(), z.unknown()).optional().meta({ description: 'With the admin key only.' }),
  })
  .meta({
    id: 'Readiness',
    examples: [{ status: 'degraded', reasons: ['whatsapp_unreachable'], notices: [] }],
  });

export function addHealthRoutes(edge: Edge): void {
  const { app, deps } = edge;

  app.get(
    '/healthz',
    {
      schema: {
        operationId: 'readHealth',
        summary: 'Whether the process answers',
        tags: ['Health'],
        response: { 200: z.object({ status: z.literal('ok') }).meta({ id: 'Health' }) },
      },
    },
    async () => ({ status: 'ok' as const }),
  );

  app.get(
    '/readyz',
    {
      schema: {
        operationId: 'readReadiness',
        summary: 'Whether the gateway does its work',
        description: '503 only without database or while stopping. With the admin key it says more.',
        tags: ['Health'],
        response: { 200: readinessSchema, 503: readinessSchema },
      },
    },
    async (request, reply) => {
      const readiness = await readReadiness(deps);
      const details = (await isAdminSafely(edge, request)) ? { details: describe(deps) } : {};
      return reply.code(readiness.status === 'unavailable' ? 503 : 200).send({ ...readiness, ...details });
    },
  );

  app.get(
    '/metrics',
    {
      schema: {
        operationId: 'readMetrics',
        summary: 'Figures for Prometheus',
        tags: ['Health'],
        produces: ['text/plain'],
        response: { 200: z.string() },
      },
    },
    async (_request, reply) => {
      const { contentType, text } = await deps.metrics.render();
      return reply.type(contentType).send(text);
    },
  );

  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
}

async function readReadiness(deps: HttpDeps) {
  const { draining, network, stalled, sessions, capacity } = deps.readWorkerStatus();
  const hasDatabase = await keepsNothing(deps.db, deps.clock);
  const fatal = [...(hasDatabase ? [] : ['database_unavailable']), ...(draining ? ['draining'] : [])];
  const reasons = [
    ...fatal,
    ...(network === 'unreachable' ? ['whatsapp_unreachable'] : []),
    ...(network === 'unknown' ? ['whatsapp_not_tried'] : []),
    ...(stalled > 0 ? ['sessions_stalled'] : []),
    ...(sessions >= capacity ? ['at_capacity'] : []),
    ...(deps.hasDiskRoom() ? [] : ['disk_low']),
  ];
  const whenWell = reasons.length > 0 ? ('degraded' as const) : ('ok' as const);
  return {
    status: fatal.length > 0 ? ('unavailable' as const) : whenWell,
    reasons,
    notices: deps.config.whatsappWebUrl === undefined ? [] : ['not_whatsapp_itself'],
  };
}

/** A whole transaction with its way to the disk, which writes nothing. */
async function keepsNothing(db: Db, clock: Clock): Promise<boolean> {
  const waiting = new AbortController();
  const kept = db.tx(async () => true).catch(() => false);
  const late = clock.sleep(databaseWaitMs, waiting.signal).then(() => false);
  const outcome = await Promise.race([kept, late]);
  waiting.abort();
  return outcome;
}

/** Without a database nobody can be known as the operator, and the answer has to come all the same. */
const isAdminSafely = (edge: Edge, request: Parameters<Edge['isAdmin']>[0]): Promise<boolean> =>
  edge.isAdmin(request).catch(() => false);

function describe(deps: HttpDeps): Record<string, unknown> {
  const { sessions, capacity, connected, stalled, draining, network } = deps.readWorkerStatus();
  return {
    version: deps.version,
    sessions,
    sessions_max: capacity,
    connected,
    stalled,
    draining,
    network,
    whatsapp_web_url: deps.config.whatsappWebUrl ?? null,
  };
}
