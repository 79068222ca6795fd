import type { FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import {
  cancelReplay,
  countReplayable,
  listReplays,
  type ReplayWish,
  requireReplay,
  startReplay,
} from '../../domain/events/index.ts';
import { parseEventNames } from '../../domain/webhooks/index.ts';
import type { Id } from '../../lib/index.ts';
import { GatewayError } from '../../platform/index.ts';
import { answerCreation, type Edge } from '../edge.ts';
import { dryRunSchema, renderReplay, replaySchema } from '../render-replay.ts';
import {
  exampleId,
  exampleTime,
  idIn,
  idParams,
  pageOf,
  pageQuery,
  readPage,
  renderPage,
  requirePathId,
  timeIn,
} from '../schemas.ts';

const fields = {
  events: z
    .array(z.string().max(100))
    .min(1)
    .max(100)
    .optional()
    .meta({ description: 'Names of events; `message.*` for a family. All when left out.' }),
  instance_id: idIn('ins', 'Only what concerns this instance.').optional(),
  to: timeIn('Only what was recorded before then; now when left out.').optional(),
  dry_run: z.boolean().default(false).meta({ description: 'Only count what would be delivered again.' }),
};

const deliveriesBody = z
  .strictObject({
    endpoint_id: idIn('end', 'Only to this endpoint; to all that are enabled when left out.').optional(),
    status: z.enum(['failed', 'delivered']).default('failed'),
    from: timeIn('Only what was recorded from then on.').optional(),
    ...fields,
  })
  .meta({ examples: [{ endpoint_id: exampleId('end'), from: exampleTime, dry_run: true }] });

const eventsBody = z
  .strictObject({
    from: timeIn('What was recorded from then on.'),
    undelivered_only: z
      .boolean()
      .default(false)
      .meta({ description: 'Leave out what was delivered to this endpoint already.' }),
    ...fields,
  })
  .meta({ examples: [{ from: exampleTime, events: ['message.received'] }] });

const replayParams = idParams('rpl', 'The replay.');
const readReplayId = (text: string) => requirePathId('rpl', text, 'replay_not_found');
const startErrors = ['event_unknown', 'endpoint_not_found', 'endpoint_disabled', 'limit_reached'] as const;
const startResponses = { 200: dryRunSchema, 202: replaySchema };

export function addReplayRoutes(edge: Edge): void {
  addStartRoutes(edge);
  addReplayedRoutes(edge);
}

function addStartRoutes(edge: Edge): void {
  const { app } = edge;

  app.post(
    '/v1/deliveries/replay',
    {
      config: { replays: true, errors: startErrors },
      schema: {
        operationId: 'replayDeliveries',
        summary: 'Deliver again what failed, or what was delivered',
        description:
          'In the background, under the same event ids, the oldest first and as fast as the endpoints take it: new events wait behind a few hundred of them at most. Survives a restart.',
        tags: ['Deliveries'],
        body: deliveriesBody,
        response: startResponses,
      },
    },
    async (request, reply) => {
      const { endpoint_id: endpointId = null, status, dry_run: isDryRun, from: fromMs = 0 } = request.body;
      const wish = { source: 'deliveries', status, ...readRange(edge, { ...request.body, from: fromMs }) } as const;
      return answerReplay(edge, request, reply, { endpointId, wish, isDryRun });
    },
  );

  app.post(
    '/v1/endpoints/:id/replay',
    {
      config: { replays: true, errors: startErrors },
      schema: {
        operationId: 'replayEvents',
        summary: 'Deliver events to an endpoint again, or for the first time',
        description:
          'What its filter takes of all that was recorded since `from`, delivered before or not: for one that was made late, or whose receiver lost what it had. In the background, like a replay of deliveries.',
        tags: ['Endpoints'],
        params: idParams('end', 'The endpoint.'),
        body: eventsBody,
        response: startResponses,
      },
    },
    async (request, reply) => {
      const endpointId = requirePathId('end', request.params.id, 'endpoint_not_found');
      const { undelivered_only: undeliveredOnly, dry_run: isDryRun } = request.body;
      const wish = { source: 'events', undeliveredOnly, ...readRange(edge, request.body) } as const;
      return answerReplay(edge, request, reply, { endpointId, wish, isDryRun });
    },
  );
}

/** A moment that has no end yet ends now: what happens from here on is delivered anyway. */
function readRange(
  edge: Edge,
  body: { events?: string[] | undefined; instance_id?: Id<'ins'> | undefined; from: number; to?: number | undefined },
): Pick<ReplayWish, 'events' | 'instanceId' | 'fromMs' | 'toMs'> {
  const toMs = Math.min(body.to ?? Number.POSITIVE_INFINITY, edge.deps.db.now() + 1);
  if (body.from >= toMs) {
    const fields = [{ field: 'from', problem: 'Must be in the past, and before to' }];
    throw new GatewayError('invalid_request', { in: 'body', fields });
  }
  return {
    events: parseEventNames(body.events ?? ['*']),
    instanceId: body.instance_id ?? null,
    fromMs: body.from,
    toMs,
  };
}

type Asked = { readonly endpointId: Id<'end'> | null; readonly wish: ReplayWish; readonly isDryRun: boolean };

async function answerReplay(
  edge: Edge,
  request: Pick<FastifyRequest, 'headers' | 'method' | 'url' | 'body'>,
  reply: FastifyReply,
  { endpointId, wish, isDryRun }: Asked,
) {
  const { db, clock } = edge.deps;
  const caller = edge.callerOf(request);
  if (!isDryRun) {
    const write = async () => async (tx: Parameters<typeof startReplay>[0]) =>
      renderReplay(await startReplay(tx, caller, endpointId, wish));
    return answerCreation(edge, request, reply, 202, write);
  }
  const counted = await countReplayable(db.read, caller, endpointId, wish, () => clock.sleep(0));
  return { dry_run: true as const, ...counted };
}

function addReplayedRoutes(edge: Edge): void {
  const { app, deps } = edge;

  app.get(
    '/v1/deliveries/replays',
    {
      schema: {
        operationId: 'listReplays',
        summary: 'List replays',
        tags: ['Deliveries'],
        querystring: z.strictObject(pageQuery),
        response: { 200: pageOf(replaySchema) },
      },
    },
    async (request) => {
      const rows = await listReplays(deps.db.read, edge.callerOf(request), readPage('rpl', request.query));
      return renderPage(rows, request.query.limit, renderReplay);
    },
  );

  app.get(
    '/v1/deliveries/replays/:id',
    {
      config: { errors: ['replay_not_found'] },
      schema: {
        operationId: 'readReplay',
        summary: 'Read how far a replay is',
        tags: ['Deliveries'],
        params: replayParams,
        response: { 200: replaySchema },
      },
    },
    async (request) =>
      renderReplay(await requireReplay(deps.db.read, edge.callerOf(request), readReplayId(request.params.id))),
  );

  app.post(
    '/v1/deliveries/replays/:id/cancel',
    {
      config: { errors: ['replay_not_found'] },
      schema: {
        operationId: 'cancelReplay',
        summary: 'End a replay',
        description: 'What it has put into the lanes of endpoints is delivered all the same.',
        tags: ['Deliveries'],
        params: replayParams,
        response: { 200: replaySchema },
      },
    },
    async (request) => {
      const id = readReplayId(request.params.id);
      return renderReplay(await deps.db.tx((tx) => cancelReplay(tx, edge.callerOf(request), id)));
    },
  );
}
