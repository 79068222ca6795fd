import * as z from 'zod';
import {
  createApiKey,
  createCustomer,
  listApiKeys,
  listCustomers,
  operatorOf,
  patchCustomer,
  requireCustomer,
  revokeAnyApiKey,
} from '../../domain/customers/index.ts';
import { requireInstance } from '../../domain/instances/index.ts';
import type { Edge } from '../edge.ts';
import { apiKeySchema, newApiKeySchema, renderApiKey } from '../render-api-key.ts';
import { customerSchema, renderCustomer } from '../render-customer.ts';
import { idParams, name, pageOf, pageQuery, readPage, renderPage, requirePathId } from '../schemas.ts';
import { newApiKeyBody, onceDescription, readNewApiKey } from './api-keys.ts';

const rateLimit = z.strictObject({
  burst: z.number().int().min(1).max(1_000_000).nullable().optional(),
  per_second: z.number().min(0.001).max(100_000).nullable().optional(),
});

const customerParams = idParams('cus', 'The customer.');

export function addAdminRoutes(edge: Edge): void {
  addCustomerRoutes(edge);
  addCustomerKeyRoutes(edge);
}

function addCustomerRoutes(edge: Edge): void {
  const { app, deps } = edge;
  const operator = (request: object) => ({ actor: 'admin', correlationId: edge.correlationOf(request) });

  app.post(
    '/admin/customers',
    {
      schema: {
        operationId: 'createCustomer',
        summary: 'Make a customer',
        tags: ['Operator'],
        body: z
          .strictObject({ name, rate_limit: rateLimit.optional() })
          .meta({ examples: [{ name: 'Bakery Müller' }] }),
        response: { 201: customerSchema },
      },
    },
    async (request, reply) => {
      const input = { name: request.body.name, ...readRateLimit(request.body.rate_limit) };
      const row = await deps.db.tx((tx) => createCustomer(tx, operator(request), input));
      return reply.code(201).send(renderCustomer(row));
    },
  );

  app.get(
    '/admin/customers',
    {
      schema: {
        operationId: 'listCustomers',
        summary: 'List customers',
        tags: ['Operator'],
        querystring: z.strictObject(pageQuery),
        response: { 200: pageOf(customerSchema) },
      },
    },
    async (request) => {
      const rows = await listCustomers(deps.db.read, readPage('cus', request.query));
      return renderPage(rows, request.query.limit, renderCustomer);
    },
  );

  app.get(
    '/admin/customers/:id',
    {
      config: { errors: ['customer_not_found'] },
      schema: {
        operationId: 'readCustomer',
        summary: 'Read a customer',
        tags: ['Operator'],
        params: customerParams,
        response: { 200: customerSchema },
      },
    },
    async (request) => {
      const id = requirePathId('cus', request.params.id, 'customer_not_found');
      return renderCustomer(await requireCustomer(deps.db.read, id));
    },
  );

  app.patch(
    '/admin/customers/:id',
    {
      config: { errors: ['customer_not_found'] },
      schema: {
        operationId: 'patchCustomer',
        summary: 'Change a customer',
        description: 'What is left out stays; null goes back to the figures of this installation.',
        tags: ['Operator'],
        params: customerParams,
        body: z
          .strictObject({ name: name.optional(), rate_limit: rateLimit.optional() })
          .meta({ examples: [{ rate_limit: { burst: 600, per_second: 20 } }] }),
        response: { 200: customerSchema },
      },
    },
    async (request) => {
      const id = requirePathId('cus', request.params.id, 'customer_not_found');
      const patch = { name: request.body.name, ...readRateLimit(request.body.rate_limit) };
      return renderCustomer(await deps.db.tx((tx) => patchCustomer(tx, operator(request), id, patch)));
    },
  );
}

const readRateLimit = (given: z.output<typeof rateLimit> | undefined) => ({
  rateLimitBurst: given?.burst,
  rateLimitPerSecond: given?.per_second,
});

function addCustomerKeyRoutes(edge: Edge): void {
  const { app, deps } = edge;

  app.post(
    '/admin/customers/:id/api-keys',
    {
      config: { errors: ['customer_not_found', 'instance_not_found'] },
      schema: {
        operationId: 'createApiKeyOfCustomer',
        summary: 'Make an API key for a customer',
        description: onceDescription,
        tags: ['Operator'],
        params: customerParams,
        body: newApiKeyBody,
        response: { 201: newApiKeySchema },
      },
    },
    async (request, reply) => {
      const id = requirePathId('cus', request.params.id, 'customer_not_found');
      const input = readNewApiKey(request.body, deps.clock.now());
      const caller = operatorOf(id, edge.correlationOf(request));
      const { key, secret } = await deps.db.tx(async (tx) => {
        await requireCustomer(tx, id);
        if (input.instanceId) await requireInstance(tx, caller, input.instanceId);
        return createApiKey(tx, { caller, expiresAt: null }, deps.pepper, input);
      });
      return reply.code(201).send({ ...renderApiKey(key), secret });
    },
  );

  app.get(
    '/admin/customers/:id/api-keys',
    {
      config: { errors: ['customer_not_found'] },
      schema: {
        operationId: 'listApiKeysOfCustomer',
        summary: 'List the API keys of a customer',
        tags: ['Operator'],
        params: customerParams,
        querystring: z.strictObject(pageQuery),
        response: { 200: pageOf(apiKeySchema) },
      },
    },
    async (request) => {
      const id = requirePathId('cus', request.params.id, 'customer_not_found');
      await requireCustomer(deps.db.read, id);
      const caller = operatorOf(id, edge.correlationOf(request));
      const rows = await listApiKeys(deps.db.read, caller, readPage('key', request.query));
      return renderPage(rows, request.query.limit, renderApiKey);
    },
  );

  app.delete(
    '/admin/api-keys/:id',
    {
      config: { errors: ['api_key_not_found'] },
      schema: {
        operationId: 'revokeAnyApiKey',
        summary: 'Revoke an API key of any customer',
        tags: ['Operator'],
        params: idParams('key', 'The API key.'),
        response: { 204: z.undefined().describe('It is revoked.') },
      },
    },
    async (request, reply) => {
      const id = requirePathId('key', request.params.id, 'api_key_not_found');
      await deps.db.tx((tx) => revokeAnyApiKey(tx, edge.correlationOf(request), id));
      return reply.code(204).send();
    },
  );
}
