import type { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import * as z from 'zod';
import type { Caller } from '../../domain/customers/index.ts';
import { listAnyEvents, pullEvents, readLogEnd, requireEvent, requireResumable } from '../../domain/events/index.ts';
import { encodeCursor, type Id, isId } from '../../lib/index.ts';
import { GatewayError } from '../../platform/index.ts';
import { chooseType } from '../accepted-type.ts';
import type { Visitor } from '../authenticate.ts';
import type { Edge } from '../edge.ts';
import { eventFilterQuery, readEventFilter } from '../event-query.ts';
import { eventSchema, renderEvent } from '../render-event.ts';
import { idIn, idParams, pageQuery, readPage, requirePathId } from '../schemas.ts';

export const eventStreamType = 'text/event-stream';

const lastEventHeader = 'last-event-id';

const eventQuery = z.strictObject({
  ...pageQuery,
  ...eventFilterQuery,
  cursor: z.string().min(1).max(512).optional().meta({
    description: 'The next_cursor of the answer before; from the oldest event that is kept when left out.',
  }),
  last_event_id: idIn(
    'evt',
    'Go on behind this event; a cursor, and for streams the header, goes before it.',
  ).optional(),
});

const eventPage = z.object({
  data: z.array(eventSchema),
  next_cursor: z.string().nullable().meta({
    description: 'Hand it back as ?cursor= to go on behind this page; null before the first event.',
  }),
  has_more: z.boolean().meta({ description: 'Whether there may be more already: then ask again at once.' }),
});

const description = `For those without a public URL, in two ways.

**Pull** (JSON, the default): oldest first. Keep the last \`next_cursor\` and ask again; \`has_more\` says whether to do so at once.

**Listen** (\`Accept: ${eventStreamType}\`): server-sent events as they happen, in the order of their ids. \`id:\` is the event's id, \`event:\` its
type, \`data:\` the body that webhooks carry. With \`Last-Event-ID\` the stream goes on exactly behind that event, without it it begins now;
\`limit\` and \`cursor\` have no meaning. A comment comes when nothing else does. The stream ends when the API key does.`;

export function addEventRoutes(edge: Edge): void {
  const { app, deps } = edge;

  app.get(
    '/v1/events',
    {
      config: { errors: ['event_unknown', 'last_event_unknown', 'stream_limit'] },
      schema: {
        operationId: 'pullEvents',
        summary: 'Pull events, or listen to them',
        description,
        tags: ['Events'],
        querystring: eventQuery,
        // Loose, since what passes takes the place of all headers.
        headers: z.looseObject({
          accept: z.string().optional(),
          [lastEventHeader]: z.string().optional().meta({ description: 'For streams: the event to go on behind.' }),
        }),
        response: {
          200: {
            description: 'Events, oldest first.',
            content: {
              'application/json': { schema: eventPage },
              [eventStreamType]: { schema: z.string().meta({ description: 'Server-sent events without end.' }) },
            },
          },
        },
      },
    },
    async (request, reply) => {
      const { query, headers } = request;
      const filter = readEventFilter(query);
      if (chooseType(headers.accept, ['application/json', eventStreamType]) === eventStreamType) {
        const visitor = edge.visitorOf(request);
        const after = await readPlace(edge, visitor, readLastEventId(headers[lastEventHeader]) ?? query.last_event_id);
        return answerStream(reply, edge.streams.open({ visitor, filter, after }, reply.raw));
      }
      const { before: cursor } = readPage('evt', query);
      const after = cursor ?? (await readResumed(edge, edge.callerOf(request), query.last_event_id));
      const page = { after, limit: query.limit };
      const { ids, upTo, more } = await pullEvents(deps.db.read, edge.callerOf(request), filter, page);
      // A power cut must not undo what somebody has been shown.
      await deps.db.settled();
      const rows = await listAnyEvents(deps.db.read, ids);
      return { data: rows.map(renderEvent), next_cursor: upTo === null ? null : encodeCursor([upTo]), has_more: more };
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

/** Clients send an empty one before they have seen any. */
function readLastEventId(text: string | undefined): Id<'evt'> | undefined {
  if (text === undefined || text === '') return undefined;
  if (isId('evt', text)) return text;
  const fields = [{ field: 'Last-Event-ID', problem: 'Must be an id that begins with evt_' }];
  throw new GatewayError('invalid_request', { in: 'headers', fields });
}

/** An event that the log is to be gone on with behind; null when none is named. */
async function readResumed(edge: Edge, caller: Caller, id: Id<'evt'> | undefined): Promise<Id<'evt'> | null> {
  if (id === undefined) return null;
  await requireResumable(edge.deps.db.read, caller, id);
  return id;
}

/** Where a stream begins: behind that event, or now. */
const readPlace = async (edge: Edge, { caller }: Visitor, id: Id<'evt'> | undefined): Promise<Id<'evt'> | null> =>
  (await readResumed(edge, caller, id)) ?? readLogEnd(edge.deps.db.read, caller.customerId);

function answerStream(reply: FastifyReply, body: Readable) {
  return reply
    .headers({
      'content-type': eventStreamType,
      // Neither kept nor packed nor held back on its way; nginx needs it in a word of its own.
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      // Nobody asks anything else on it, and a stop need not wait until it is idle.
      connection: 'close',
    })
    .send(body);
}
