import * as z from 'zod';
import { sendTestEvent } from '../../domain/events/index.ts';
import {
  chatTypeFilters,
  deleteEndpoint,
  disableEndpoint,
  type EndpointPatch,
  enableEndpoint,
  listEndpoints,
  requireEndpoint,
  rotationOverlapMaxMs,
} from '../../domain/webhooks/index.ts';
import { GatewayError } from '../../platform/index.ts';
import { answerCreation, type Edge } from '../edge.ts';
import { headersIn, requireForeignHeaders } from '../endpoint-headers.ts';
import { endpointSchema, endpointWithSecretSchema, renderEndpoint } from '../render-endpoint.ts';
import {
  exampleId,
  idIn,
  idOut,
  idParams,
  pageOf,
  pageQuery,
  readPage,
  renderPage,
  requirePathId,
} from '../schemas.ts';

/** Standard Webhooks' own table ends at 75 hours; nobody waits longer than a week for one attempt. */
const retryWaitSecondsMax = 604_800;
const retriesMax = 20;
/** Every event is held against all of them. */
const chatsMax = 500;

const fields = {
  description: z.string().max(500).nullable().optional(),
  events: z
    .array(z.string().max(100))
    .min(1)
    .max(100)
    .optional()
    .meta({ description: 'Names of events; `message.*` for a family, `*` for all, which is the default.' }),
  instance_ids: z
    .array(idIn('ins', 'An instance.'))
    .min(1)
    .max(1_000)
    .nullable()
    .optional()
    .meta({ description: 'Null or left out for all, those of the future included.' }),
  chat_type_filter: z.enum(chatTypeFilters).optional().meta({
    description:
      '`all` (default), `direct_only` (chats with a person) or `groups_only`. The last two leave out what happens in no chat, too.',
  }),
  chat_ids: z
    .array(idIn('cht', 'A chat.'))
    .min(1)
    .max(chatsMax)
    .nullable()
    .optional()
    .meta({ description: 'Only what happens in these chats. Null or left out for all.' }),
  headers: headersIn.nullable().optional(),
  ordering: z.enum(['none', 'instance', 'strict']).optional().meta({
    description:
      '`none` (default): several at once. `instance`: in order within an instance. `strict`: one after the other.',
  }),
  retry_schedule: z
    .array(z.number().min(0).max(retryWaitSecondsMax))
    .min(1)
    .max(retriesMax)
    .nullable()
    .optional()
    .meta({ description: 'Seconds before each attempt, the first included.' }),
  redrive: z.boolean().optional(),
  enabled: z.boolean().optional(),
};
const url = z
  .string()
  .min(1)
  .max(2_048)
  .meta({ examples: ['https://hooks.example.com/whatsapp'] });

const newEndpointBody = z
  .strictObject({ url, ...fields })
  .meta({ examples: [{ url: 'https://hooks.example.com/whatsapp', events: ['message.*'] }] });
const endpointPatchBody = z
  .strictObject({ url: url.optional(), ...fields })
  .meta({ examples: [{ events: ['message.*', 'instance.*'] }] });

const endpointParams = idParams('end', 'The endpoint.');
const readEndpointId = (text: string) => requirePathId('end', text, 'endpoint_not_found');
const bodyErrors = ['instance_not_found', 'chat_not_found', 'event_unknown', 'endpoint_url_forbidden'] as const;

export function addEndpointRoutes(edge: Edge): void {
  addCollectionRoutes(edge);
  addSingleRoutes(edge);
  addSwitchRoutes(edge);
  addSecretRoutes(edge);
}

/** Asks name servers, so it runs before any transaction. */
async function requireAllowed(edge: Edge, address: string): Promise<string> {
  const checked = await edge.deps.checkUrl(address);
  if (checked.ok) return checked.url.href;
  throw new GatewayError('endpoint_url_forbidden', { problem: checked.why });
}

function readPatch(edge: Edge, body: z.output<typeof endpointPatchBody>): EndpointPatch {
  requireForeignHeaders(body.headers ?? {}, edge.deps.config.webhookHeaderPrefix);
  const schedule = body.retry_schedule;
  return {
    description: body.description,
    events: body.events,
    instanceIds: body.instance_ids,
    chatTypes: body.chat_type_filter,
    chatIds: body.chat_ids,
    headers: body.headers,
    ordering: body.ordering,
    retryWaitsMs: schedule === null ? null : schedule?.map((seconds) => Math.round(seconds * 1_000)),
    redrive: body.redrive,
    enabled: body.enabled,
  };
}

function addCollectionRoutes(edge: Edge): void {
  const { app, deps } = edge;

  app.post(
    '/v1/endpoints',
    {
      config: { replays: true, errors: [...bodyErrors, 'limit_reached'] },
      schema: {
        operationId: 'createEndpoint',
        summary: 'Make an endpoint',
        description:
          'Its secret is in this answer and, kept encrypted, in answers to the same Idempotency-Key; nowhere else. Plain http and private addresses only where the operator allows them.',
        tags: ['Endpoints'],
        body: newEndpointBody,
        response: { 201: endpointWithSecretSchema },
      },
    },
    async (request, reply) =>
      answerCreation(edge, request, reply, 201, async () => {
        const input = { ...readPatch(edge, request.body), url: await requireAllowed(edge, request.body.url) };
        return async (tx) => {
          const { endpoint, secret } = await deps.endpoints.create(tx, edge.callerOf(request), input);
          return { ...renderEndpoint(endpoint), secret };
        };
      }),
  );

  app.get(
    '/v1/endpoints',
    {
      schema: {
        operationId: 'listEndpoints',
        summary: 'List endpoints',
        tags: ['Endpoints'],
        querystring: z.strictObject(pageQuery),
        response: { 200: pageOf(endpointSchema) },
      },
    },
    async (request) => {
      const rows = await listEndpoints(deps.db.read, edge.callerOf(request), readPage('end', request.query));
      return renderPage(rows, request.query.limit, renderEndpoint);
    },
  );
}

function addSingleRoutes(edge: Edge): void {
  const { app, deps } = edge;

  app.get(
    '/v1/endpoints/:id',
    {
      config: { errors: ['endpoint_not_found'] },
      schema: {
        operationId: 'readEndpoint',
        summary: 'Read an endpoint',
        tags: ['Endpoints'],
        params: endpointParams,
        response: { 200: endpointSchema },
      },
    },
    async (request) => {
      const id = readEndpointId(request.params.id);
      return renderEndpoint(await requireEndpoint(deps.db.read, edge.callerOf(request), id));
    },
  );

  app.patch(
    '/v1/endpoints/:id',
    {
      config: { errors: ['endpoint_not_found', ...bodyErrors] },
      schema: {
        operationId: 'patchEndpoint',
        summary: 'Change an endpoint',
        description: 'What is left out stays. A new address is checked like a first one.',
        tags: ['Endpoints'],
        params: endpointParams,
        body: endpointPatchBody,
        response: { 200: endpointSchema },
      },
    },
    async (request) => {
      const id = readEndpointId(request.params.id);
      const caller = edge.callerOf(request);
      await requireEndpoint(deps.db.read, caller, id);
      const address = request.body.url === undefined ? undefined : await requireAllowed(edge, request.body.url);
      const patch = { ...readPatch(edge, request.body), ...(address !== undefined && { url: address }) };
      return renderEndpoint(await deps.db.tx((tx) => deps.endpoints.patch(tx, caller, id, patch)));
    },
  );

  app.delete(
    '/v1/endpoints/:id',
    {
      config: { errors: ['endpoint_not_found'] },
      schema: {
        operationId: 'deleteEndpoint',
        summary: 'Delete an endpoint',
        description: 'What still waited for it fails. Its deliveries stay readable.',
        tags: ['Endpoints'],
        params: endpointParams,
        response: { 204: z.undefined().describe('It is deleted.') },
      },
    },
    async (request, reply) => {
      const id = readEndpointId(request.params.id);
      await deps.db.tx((tx) => deleteEndpoint(tx, edge.callerOf(request), id));
      return reply.code(204).send();
    },
  );
}

function addSwitchRoutes(edge: Edge): void {
  const { app, deps } = edge;
  const switches = [
    {
      path: 'enable',
      operationId: 'enableEndpoint',
      summary: 'Enable an endpoint: what waited goes out',
      verb: enableEndpoint,
    },
    {
      path: 'disable',
      operationId: 'disableEndpoint',
      summary: 'Disable an endpoint: what waits is held, nothing new comes to it',
      verb: disableEndpoint,
    },
  ] as const;

  for (const { path, operationId, summary, verb } of switches) {
    app.post(
      `/v1/endpoints/:id/${path}`,
      {
        config: { errors: ['endpoint_not_found'] },
        schema: {
          operationId,
          summary,
          tags: ['Endpoints'],
          params: endpointParams,
          response: { 200: endpointSchema },
        },
      },
      async (request) => {
        const id = readEndpointId(request.params.id);
        return renderEndpoint(await deps.db.tx((tx) => verb(tx, edge.callerOf(request), id)));
      },
    );
  }
}

const testSchema = z
  .object({ event_id: idOut('evt', 'The test event.'), delivery_id: idOut('dlv', 'Its way to the endpoint.') })
  .meta({ id: 'TestEvent', examples: [{ event_id: exampleId('evt'), delivery_id: exampleId('dlv') }] });

function addSecretRoutes(edge: Edge): void {
  const { app, deps } = edge;

  app.post(
    '/v1/endpoints/:id/rotate-secret',
    {
      config: { replays: true, errors: ['endpoint_not_found'] },
      schema: {
        operationId: 'rotateEndpointSecret',
        summary: 'Give an endpoint a new secret',
        description: 'The present one signs beside it for a while, so that receivers can follow.',
        tags: ['Endpoints'],
        params: endpointParams,
        body: z
          .strictObject({
            overlap_seconds: z
              .number()
              .int()
              .min(0)
              .max(rotationOverlapMaxMs / 1_000)
              .optional()
              .meta({ description: 'How long both sign; a day when left out, 0 for not at all.' }),
          })
          .nullish()
          .meta({ examples: [{ overlap_seconds: 3_600 }] }),
        response: { 200: endpointWithSecretSchema },
      },
    },
    async (request, reply) => {
      const id = readEndpointId(request.params.id);
      const seconds = request.body?.overlap_seconds;
      return answerCreation(edge, request, reply, 200, async () => async (tx) => {
        const overlapMs = seconds === undefined ? undefined : seconds * 1_000;
        const { endpoint, secret } = await deps.endpoints.rotateSecret(tx, edge.callerOf(request), id, overlapMs);
        return { ...renderEndpoint(endpoint), secret };
      });
    },
  );

  app.post(
    '/v1/endpoints/:id/test',
    {
      config: { errors: ['endpoint_not_found', 'endpoint_disabled'] },
      schema: {
        operationId: 'testEndpoint',
        summary: 'Send an endpoint.test event',
        description: 'Signed and tried like any other; GET /v1/deliveries/{delivery_id} tells what came of it.',
        tags: ['Endpoints'],
        params: endpointParams,
        response: { 202: testSchema },
      },
    },
    async (request, reply) => {
      const id = readEndpointId(request.params.id);
      const { event, deliveryId } = await deps.db.tx((tx) => sendTestEvent(tx, edge.callerOf(request), id));
      return reply.code(202).send({ event_id: event.id, delivery_id: deliveryId });
    },
  );
}
