import * as z from 'zod';
import { listAttempts, listDeliveries, replayDelivery, requireDelivery } from '../../domain/webhooks/index.ts';
import type { Edge } from '../edge.ts';
import { eventNamesQuery, readEventNames } from '../event-query.ts';
import {
  deliverySchema,
  deliveryStatuses,
  deliveryWithAttemptsSchema,
  renderAttempt,
  renderDelivery,
} from '../render-delivery.ts';
import { idIn, idParams, pageOf, pageQuery, readPage, renderPage, requirePathId, timeIn } from '../schemas.ts';

const listQuery = z.strictObject({
  ...pageQuery,
  status: z.enum(deliveryStatuses).optional(),
  event: eventNamesQuery,
  endpoint_id: idIn('end', 'Only those to this endpoint.').optional(),
  instance_id: idIn('ins', 'Only those that concern this instance.').optional(),
  from: timeIn('Only those made from then on.').optional(),
  to: timeIn('Only those made before then.').optional(),
});

const deliveryParams = idParams('dlv', 'The delivery.');
const readDeliveryId = (text: string) => requirePathId('dlv', text, 'delivery_not_found');

export function addDeliveryRoutes(edge: Edge): void {
  const { app, deps } = edge;

  app.get(
    '/v1/deliveries',
    {
      config: { errors: ['event_unknown'] },
      schema: {
        operationId: 'listDeliveries',
        summary: 'List deliveries, such as those that failed',
        tags: ['Deliveries'],
        querystring: listQuery,
        response: { 200: pageOf(deliverySchema) },
      },
    },
    async (request) => {
      const { query } = request;
      const { status, event, endpoint_id: endpointId, instance_id: instanceId, from: fromMs, to: toMs } = query;
      const rows = await listDeliveries(deps.db.read, edge.callerOf(request), {
        ...readPage('dlv', query),
        ...(status && { statuses: [status] }),
        events: readEventNames(event),
        endpointId,
        instanceId,
        fromMs,
        toMs,
      });
      return renderPage(rows, query.limit, renderDelivery);
    },
  );

  app.get(
    '/v1/deliveries/:id',
    {
      config: { errors: ['delivery_not_found'] },
      schema: {
        operationId: 'readDelivery',
        summary: 'Read a delivery with its attempts',
        tags: ['Deliveries'],
        params: deliveryParams,
        response: { 200: deliveryWithAttemptsSchema },
      },
    },
    async (request) => {
      const id = readDeliveryId(request.params.id);
      const row = await requireDelivery(deps.db.read, edge.callerOf(request), id);
      const attempts = await listAttempts(deps.db.read, row);
      return { ...renderDelivery(row), attempts: attempts.map(renderAttempt) };
    },
  );

  app.post(
    '/v1/deliveries/:id/replay',
    {
      config: { errors: ['delivery_not_found', 'delivery_not_replayable'] },
      schema: {
        operationId: 'replayDelivery',
        summary: 'Deliver once more, under the same event id',
        description: 'For a delivery that has ended, well or not. It goes to the end of its endpoint’s lane.',
        tags: ['Deliveries'],
        params: deliveryParams,
        response: { 202: deliverySchema },
      },
    },
    async (request, reply) => {
      const id = readDeliveryId(request.params.id);
      const row = await deps.db.tx((tx) => replayDelivery(tx, edge.callerOf(request), id));
      return reply.code(202).send(renderDelivery(row));
    },
  );
}
