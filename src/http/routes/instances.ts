import * as z from 'zod';
import type { Tx } from '../../db/index.ts';
import type { Caller } from '../../domain/customers/index.ts';
import {
  createInstance,
  deleteInstance,
  type InstanceRow,
  listInstances,
  patchInstance,
  requestConnect,
  requestDisconnect,
  requestUnlink,
  requireInstance,
} from '../../domain/instances/index.ts';
import { endSchedule } from '../../domain/messages/index.ts';
import type { Id } from '../../lib/index.ts';
import type { ErrorCode } from '../../platform/index.ts';
import { answerCreation, type Edge } from '../edge.ts';
import { instanceSchema, renderInstance } from '../render-instance.ts';
import { idParams, metadata, name, pageOf, pageQuery, readPage, renderPage, requirePathId } from '../schemas.ts';

export const instanceParams = idParams('ins', 'The instance.');
export const readInstanceId = (text: string): Id<'ins'> => requirePathId('ins', text, 'instance_not_found');

export function addInstanceRoutes(edge: Edge): void {
  addCollectionRoutes(edge);
  addSingleRoutes(edge);
  addRequestRoutes(edge);
}

function addCollectionRoutes(edge: Edge): void {
  const { app, deps } = edge;

  app.post(
    '/v1/instances',
    {
      config: { replays: true },
      schema: {
        operationId: 'createInstance',
        summary: 'Make an instance',
        description: 'It begins `pending`. Connect it and scan its QR code to link a WhatsApp number.',
        tags: ['Instances'],
        body: z
          .strictObject({ name, metadata: metadata.optional() })
          .meta({ examples: [{ name: 'Shop', metadata: { crm_id: '4711' } }] }),
        response: { 201: instanceSchema },
      },
    },
    async (request, reply) =>
      answerCreation(edge, request, reply, 201, async () => {
        const input = { name: request.body.name, metadata: request.body.metadata ?? {} };
        return async (tx) => renderInstance(await createInstance(tx, edge.callerOf(request), input));
      }),
  );

  app.get(
    '/v1/instances',
    {
      schema: {
        operationId: 'listInstances',
        summary: 'List instances',
        tags: ['Instances'],
        querystring: z.strictObject(pageQuery),
        response: { 200: pageOf(instanceSchema) },
      },
    },
    async (request) => {
      const rows = await listInstances(deps.db.read, edge.callerOf(request), readPage('ins', request.query));
      return renderPage(rows, request.query.limit, renderInstance);
    },
  );
}

function addSingleRoutes(edge: Edge): void {
  const { app, deps } = edge;
  const config = { errors: ['instance_not_found'] } as const;

  app.get(
    '/v1/instances/:id',
    {
      config,
      schema: {
        operationId: 'readInstance',
        summary: 'Read an instance, its state and what to do about it',
        tags: ['Instances'],
        params: instanceParams,
        response: { 200: instanceSchema },
      },
    },
    async (request) => {
      const id = readInstanceId(request.params.id);
      return renderInstance(await requireInstance(deps.db.read, edge.callerOf(request), id));
    },
  );

  app.patch(
    '/v1/instances/:id',
    {
      config,
      schema: {
        operationId: 'patchInstance',
        summary: 'Rename an instance, or replace its metadata',
        tags: ['Instances'],
        params: instanceParams,
        body: z
          .strictObject({ name: name.optional(), metadata: metadata.optional() })
          .meta({ examples: [{ name: 'Shop, upstairs' }] }),
        response: { 200: instanceSchema },
      },
    },
    async (request) => {
      const id = readInstanceId(request.params.id);
      return renderInstance(await deps.db.tx((tx) => patchInstance(tx, edge.callerOf(request), id, request.body)));
    },
  );

  app.delete(
    '/v1/instances/:id',
    {
      config,
      schema: {
        operationId: 'deleteInstance',
        summary: 'Delete an instance',
        description:
          'Its link ends and its waiting messages are cancelled. What was sent and received stays on record.',
        tags: ['Instances'],
        params: instanceParams,
        response: { 204: z.undefined().describe('It is deleted.') },
      },
    },
    async (request, reply) => {
      const id = readInstanceId(request.params.id);
      await deps.db.tx(async (tx) => {
        await endSchedule(tx, edge.callerOf(request), id);
        await deleteInstance(tx, edge.callerOf(request), id);
      });
      return reply.code(204).send();
    },
  );
}

type Request = {
  readonly path: 'connect' | 'disconnect' | 'unlink';
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly errors: readonly ErrorCode[];
  readonly verb: (tx: Tx, caller: Caller, id: Id<'ins'>) => Promise<InstanceRow>;
};

/** What a customer can want of a connection. The answer is what is wanted now; the worker sees to it. */
function addRequestRoutes(edge: Edge): void {
  const { app, deps } = edge;
  const sessionsMax = deps.config.maxSessionsPerWorker;
  const requests: readonly Request[] = [
    {
      path: 'connect',
      operationId: 'connectInstance',
      summary: 'Connect an instance',
      description: 'Stays wanted across restarts until it is disconnected. One that is not linked shows a QR code.',
      errors: ['pairing_cooldown', 'worker_at_capacity'],
      verb: (tx, caller, id) => requestConnect(tx, caller, id, { sessionsMax }),
    },
    {
      path: 'disconnect',
      operationId: 'disconnectInstance',
      summary: 'Disconnect an instance and keep its link',
      description: 'Connecting again needs no QR code. Messages wait meanwhile.',
      errors: [],
      verb: requestDisconnect,
    },
    {
      path: 'unlink',
      operationId: 'unlinkInstance',
      summary: 'Unlink an instance',
      description:
        'WhatsApp forgets this device; the next connection needs a new QR code. One that is being linked is disconnected.',
      errors: ['invalid_lifecycle_transition'],
      verb: requestUnlink,
    },
  ];

  for (const { path, operationId, summary, description, errors, verb } of requests) {
    app.post(
      `/v1/instances/:id/${path}`,
      {
        config: { errors: ['instance_not_found', ...errors] },
        schema: {
          operationId,
          summary,
          description,
          tags: ['Instances'],
          params: instanceParams,
          response: { 202: instanceSchema },
        },
      },
      async (request, reply) => {
        const id = readInstanceId(request.params.id);
        const row = await deps.db.tx((tx) => verb(tx, edge.callerOf(request), id));
        return reply.code(202).send(renderInstance(row));
      },
    );
  }
}
