import * as z from 'zod';
import { listEventsAfter, requireEvent } from '../../domain/events/index.ts';
import { eventTypes } from '../../domain/webhooks/index.ts';
import { encodeCursor } from '../../lib/index.ts';
import type { Edge } from '../edge.ts';
import { eventSchema, renderEvent } from '../render-event.ts';
import { idIn, idParams, pageQuery, readPage, requirePathId } from '../schemas.ts';

const eventQuery = z.strictObject({
  ...pageQuery,
  cursor: z.string().min(1).max(512).optional().meta({
    description: 'The next_cursor of the answer before; from the oldest event that is kept when left out.',
  }),
  event: z.enum(eventTypes).optional(),
  instance_id: idIn('ins', 'Only those that concern this instance.').optional(),
});

const eventPage = z.object({
  data: z.array(eventSchema),
  next_cursor: z.string().nullable().meta({
    description: 'Hand it back as ?cursor= to go on behind the last event of this page; null before the first event.',
  }),
});

export function addEventRoutes(edge: Edge): void {
  const { app, deps } = edge;

  app.get(
    '/v1/events',
    {
      schema: {
        operationId: 'pullEvents',
        summary: 'Pull events, oldest first',
        description:
          'For those without a public URL. Keep the last next_cursor and ask again: an empty page means that nothing happened since.',
        tags: ['Events'],
        querystring: eventQuery,
        response: { 200: eventPage },
      },
    },
    async (request) => {
      const { query } = request;
      const { before: after } = readPage('evt', query);
      const rows = await listEventsAfter(deps.db.read, edge.callerOf(request), {
        type: query.event,
        instanceId: query.instance_id,
        limit: query.limit,
        after,
      });
      const last = rows.at(-1);
      return { data: rows.map(renderEvent), next_cursor: last ? encodeCursor([last.id]) : (query.cursor ?? null) };
    },
  );

  app.get(
    '/v1/events/:id',
    {
      config: { errors: ['event_not_found'] },
      schema: {
        operationId: 'readEvent',
        summary: 'Read an event',
        tags: ['Events'],
        params: idParams('evt', 'The event.'),
        response: { 200: eventSchema },
      },
    },
    async (request) => {
      const id = requirePathId('evt', request.params.id, 'event_not_found');
      return renderEvent(await requireEvent(deps.db.read, edge.callerOf(request), id));
    },
  );
}
