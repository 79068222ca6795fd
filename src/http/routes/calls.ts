import * as z from 'zod';
import { listCalls, recordRejection, requireCall, requireRinging, viewCall } from '../../domain/calls/index.ts';
import { requireInstance } from '../../domain/instances/index.ts';
import type { Edge } from '../edge.ts';
import { callSchema, renderCall } from '../render-call.ts';
import { exampleId, pageOf, pageQuery, readPage, renderPage } from '../schemas.ts';
import { askErrors } from './chats.ts';
import { instanceParams, readInstanceId } from './instances.ts';

export function addCallRoutes(edge: Edge): void {
  const { app, deps } = edge;

  app.get(
    '/v1/instances/:id/calls',
    {
      config: { errors: ['instance_not_found'] },
      schema: {
        operationId: 'listCalls',
        summary: 'List calls, newest first',
        tags: ['Calls'],
        params: instanceParams,
        querystring: z.strictObject(pageQuery),
        response: { 200: pageOf(callSchema) },
      },
    },
    async (request) => {
      const caller = edge.callerOf(request);
      const { id } = await requireInstance(deps.db.read, caller, readInstanceId(request.params.id));
      const calls = await listCalls(deps.db.read, caller, id, readPage('cll', request.query));
      return renderPage(calls, request.query.limit, renderCall);
    },
  );

  app.post(
    '/v1/instances/:id/calls/:call_id/reject',
    {
      config: { errors: ['instance_not_found', 'call_not_found', 'call_not_ringing', ...askErrors] },
      schema: {
        operationId: 'rejectCall',
        summary: 'Turn a call down',
        description: 'It stops ringing on all devices of the number. The setting `calls` has it done by itself.',
        tags: ['Calls'],
        params: instanceParams.extend({
          call_id: z.string().meta({ description: 'The call.', examples: [exampleId('cll')] }),
        }),
        response: { 200: callSchema },
      },
    },
    async (request) => {
      const caller = edge.callerOf(request);
      const { params } = request;
      const instance = await requireInstance(deps.db.read, caller, readInstanceId(params.id));
      const call = await requireCall(deps.db.read, caller, instance.id, params.call_id);
      requireRinging(call, deps.clock.now());
      const input = { networkId: call.network_id, address: call.address };
      await deps.networkAccess.ask(instance, 'reject_call', input);
      return deps.db.tx(async (tx) => {
        await recordRejection(tx, caller, call);
        return renderCall(await viewCall(tx, await requireCall(tx, caller, instance.id, call.id)));
      });
    },
  );
}
