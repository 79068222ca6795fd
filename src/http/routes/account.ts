import * as z from 'zod';
import { listAuditEvents } from '../../domain/audit/index.ts';
import type { Edge } from '../edge.ts';
import { auditEventSchema, renderAuditEvent } from '../render-audit-event.ts';
import { idIn, pageOf, pageQuery, readPage, renderPage, renderTime, timeOut } from '../schemas.ts';

const limitsSchema = z
  .object({
    per_customer: z.object({
      limit: z.number().int().meta({ description: 'Requests that fit into the bucket.' }),
      per_second: z.number().meta({ description: 'Requests that flow back a second.' }),
      remaining: z.number().int(),
      reset_at: timeOut('When the bucket is full again.'),
    }),
  })
  .meta({
    id: 'Limits',
    examples: [{ per_customer: { limit: 60, per_second: 1, remaining: 58, reset_at: '2026-05-04T12:00:02.000Z' } }],
  });

const auditQuery = z.strictObject({
  ...pageQuery,
  action: z.string().max(100).optional().meta({ description: 'As in `api_key.revoked`.' }),
  target: z.string().max(100).optional().meta({ description: 'The id of what it was done to.' }),
  instance_id: idIn('ins', 'Only what concerns this instance.').optional(),
});

export function addAccountRoutes(edge: Edge): void {
  const { app, deps } = edge;

  app.get(
    '/v1/limits',
    {
      schema: {
        operationId: 'readLimits',
        summary: 'How many requests are left',
        description: 'Costs nothing. The bucket is the customer’s: all its API keys draw on it.',
        tags: ['Account'],
        response: { 200: limitsSchema },
      },
    },
    async (request) => {
      const { caller, bucketSize } = edge.visitorOf(request);
      const state = edge.limits.peek(caller.customerId, bucketSize);
      return {
        per_customer: {
          limit: state.limit,
          per_second: state.perSecond,
          remaining: state.remaining,
          reset_at: renderTime(state.resetAt),
        },
      };
    },
  );

  app.get(
    '/v1/audit-events',
    {
      schema: {
        operationId: 'listAuditEvents',
        summary: 'Who did what',
        description: 'A key that is bound to an instance sees what concerns that instance.',
        tags: ['Account'],
        querystring: auditQuery,
        response: { 200: pageOf(auditEventSchema) },
      },
    },
    async (request) => {
      const { query } = request;
      const { action, target, instance_id: instanceId } = query;
      const page = { ...readPage('aud', query), action, target, instanceId };
      const rows = await listAuditEvents(deps.db.read, edge.callerOf(request), page);
      return renderPage(rows, query.limit, renderAuditEvent);
    },
  );
}
