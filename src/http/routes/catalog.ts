import * as z from 'zod';
import { readContactIdentity, requireContact } from '../../domain/contacts/index.ts';
import type { Caller } from '../../domain/customers/index.ts';
import { requireInstance } from '../../domain/instances/index.ts';
import { requireMessage, requireOrder } from '../../domain/messages/index.ts';
import { decodeCursor, encodeCursor } from '../../lib/index.ts';
import { GatewayError } from '../../platform/index.ts';
import type { Edge } from '../edge.ts';
import { orderSchema, productSchema, renderOrder, renderProduct } from '../render-product.ts';
import { idIn, idParams, pageOf, requirePathId } from '../schemas.ts';
import { askErrors } from './chats.ts';
import { instanceParams, readInstanceId } from './instances.ts';

const productsDefault = 10;
const productsMax = 100;
const cursorCharsMax = 4_096;

const ownerQuery = { contact_id: idIn('con', "Whose it is; the number's own without it.").optional() };

const catalogQuery = z.strictObject({
  ...ownerQuery,
  limit: z.coerce
    .number<string>()
    .int()
    .min(1)
    .max(productsMax)
    .default(productsDefault)
    .meta({ description: `How many to answer with, at most ${productsMax}.` }),
  cursor: z.string().min(1).max(cursorCharsMax).optional().meta({ description: 'The next_cursor of the page before.' }),
});

const config = { errors: ['instance_not_found', 'contact_not_found', ...askErrors] } as const;

export function addCatalogRoutes(edge: Edge): void {
  addCatalogReading(edge);
  addOrderReading(edge);
}

/** The number that asks, and whose catalogue it asks for. */
async function readOwner(
  { deps }: Edge,
  caller: Caller,
  asked: { readonly id: string; readonly contactId: Parameters<typeof readContactIdentity>[2] | undefined },
) {
  const instance = await requireInstance(deps.db.read, caller, readInstanceId(asked.id));
  if (asked.contactId === undefined) return { instance, owner: {} };
  const { id } = await requireContact(deps.db.read, caller, asked.contactId);
  return { instance, owner: { owner: (await readContactIdentity(deps.db.read, caller.customerId, id)) ?? {} } };
}

function readPlace(cursor: string): string {
  const [after] = decodeCursor(cursor, ['string']) ?? [];
  if (after !== undefined) return after;
  const fields = [{ field: 'cursor', problem: 'Must be a next_cursor of this list, unchanged' }];
  throw new GatewayError('invalid_request', { in: 'querystring', fields });
}

function addCatalogReading(edge: Edge): void {
  const { app, deps } = edge;

  app.get(
    '/v1/instances/:id/catalog',
    {
      config,
      schema: {
        operationId: 'readCatalog',
        summary: 'Read what a business sells',
        description:
          'WhatsApp is asked each time, so the instance has to be connected. Who is no business has no catalogue: `422 refused_by_whatsapp`.',
        tags: ['Catalog'],
        params: instanceParams,
        querystring: catalogQuery,
        response: { 200: pageOf(productSchema) },
      },
    },
    async (request) => {
      const { contact_id: contactId, limit, cursor } = request.query;
      const { instance, owner } = await readOwner(edge, edge.callerOf(request), { id: request.params.id, contactId });
      const input = { ...owner, limit, ...(cursor !== undefined && { after: readPlace(cursor) }) };
      const { products, after } = await deps.networkAccess.ask(instance, 'read_catalog', input);
      return { data: products.map(renderProduct), next_cursor: after === null ? null : encodeCursor([after]) };
    },
  );

  app.get(
    '/v1/instances/:id/catalog/collections',
    {
      config,
      schema: {
        operationId: 'listCollections',
        summary: 'List the collections of a catalogue, each with its products',
        tags: ['Catalog'],
        params: instanceParams,
        querystring: z.strictObject(ownerQuery),
        response: {
          200: z.object({
            data: z.array(z.object({ id: z.string(), name: z.string(), products: z.array(productSchema) })),
          }),
        },
      },
    },
    async (request) => {
      const asked = { id: request.params.id, contactId: request.query.contact_id };
      const { instance, owner } = await readOwner(edge, edge.callerOf(request), asked);
      const { collections } = await deps.networkAccess.ask(instance, 'list_collections', owner);
      return { data: collections.map(({ products, ...rest }) => ({ ...rest, products: products.map(renderProduct) })) };
    },
  );
}

function addOrderReading(edge: Edge): void {
  const { app, deps } = edge;

  app.get(
    '/v1/messages/:id/order',
    {
      config: { errors: ['message_not_found', 'message_unsuitable', ...askErrors] },
      schema: {
        operationId: 'readOrder',
        summary: 'Read what was ordered',
        description: 'Of a message of type `order`, which itself names only the sum. WhatsApp is asked each time.',
        tags: ['Catalog'],
        params: idParams('msg', 'The message.'),
        response: { 200: orderSchema },
      },
    },
    async (request) => {
      const caller = edge.callerOf(request);
      const id = requirePathId('msg', request.params.id, 'message_not_found');
      const { row } = await requireMessage(deps.db.read, caller, id);
      const order = requireOrder(row);
      const instance = await requireInstance(deps.db.read, caller, row.instance_id);
      return renderOrder(await deps.networkAccess.ask(instance, 'read_order', order));
    },
  );
}
