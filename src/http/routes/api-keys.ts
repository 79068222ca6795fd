import * as z from 'zod';
import { createApiKey, listApiKeys, revokeApiKey } from '../../domain/customers/index.ts';
import { requireInstance } from '../../domain/instances/index.ts';
import { GatewayError } from '../../platform/index.ts';
import type { Edge } from '../edge.ts';
import { apiKeySchema, newApiKeySchema, renderApiKey } from '../render-api-key.ts';
import {
  exampleId,
  idIn,
  idParams,
  name,
  pageOf,
  pageQuery,
  readPage,
  renderPage,
  requirePathId,
  timeIn,
} from '../schemas.ts';

export const newApiKeyBody = z
  .strictObject({
    name,
    instance_id: idIn('ins', 'Binds the key to this instance: it sees no other.').nullable().optional(),
    expires_at: timeIn('From when on the key is refused.').nullable().optional(),
  })
  .meta({ examples: [{ name: 'crm' }, { name: 'shop floor', instance_id: exampleId('ins') }] });

/** What a body says, with a time that has not passed. */
export function readNewApiKey(body: z.output<typeof newApiKeyBody>, nowMs: number) {
  const expiresAt = body.expires_at ?? null;
  if (expiresAt !== null && expiresAt <= nowMs) {
    const fields = [{ field: 'expires_at', problem: 'Must be in the future' }];
    throw new GatewayError('invalid_request', { in: 'body', fields });
  }
  return { name: body.name, instanceId: body.instance_id ?? null, expiresAt };
}

export const onceDescription =
  'The key is in this answer and never again. An Idempotency-Key has no effect here: keeping the answer would keep the key.';

export function addApiKeyRoutes(edge: Edge): void {
  const { app, deps } = edge;

  app.post(
    '/v1/api-keys',
    {
      config: { errors: ['instance_not_found'] },
      schema: {
        operationId: 'createApiKey',
        summary: 'Make an API key',
        description: `${onceDescription} A key makes no key that reaches further or lives longer than itself.`,
        tags: ['API keys'],
        body: newApiKeyBody,
        response: { 201: newApiKeySchema },
      },
    },
    async (request, reply) => {
      const visitor = edge.visitorOf(request);
      const input = readNewApiKey(request.body, deps.clock.now());
      const { key, secret } = await deps.db.tx(async (tx) => {
        if (input.instanceId) await requireInstance(tx, visitor.caller, input.instanceId);
        return createApiKey(tx, visitor, deps.pepper, input);
      });
      return reply.code(201).send({ ...renderApiKey(key), secret });
    },
  );

  app.get(
    '/v1/api-keys',
    {
      schema: {
        operationId: 'listApiKeys',
        summary: 'List API keys, revoked ones too',
        tags: ['API keys'],
        querystring: z.strictObject(pageQuery),
        response: { 200: pageOf(apiKeySchema) },
      },
    },
    async (request) => {
      const rows = await listApiKeys(deps.db.read, edge.callerOf(request), readPage('key', request.query));
      return renderPage(rows, request.query.limit, renderApiKey);
    },
  );

  app.delete(
    '/v1/api-keys/:id',
    {
      config: { errors: ['api_key_not_found'] },
      schema: {
        operationId: 'revokeApiKey',
        summary: 'Revoke an API key',
        description: 'From the next request on it is refused. A key may revoke itself.',
        tags: ['API keys'],
        params: idParams('key', 'The API key.'),
        response: { 204: z.undefined().describe('It is revoked.') },
      },
    },
    async (request, reply) => {
      const id = requirePathId('key', request.params.id, 'api_key_not_found');
      await deps.db.tx((tx) => revokeApiKey(tx, edge.callerOf(request), id));
      return reply.code(204).send();
    },
  );
}
