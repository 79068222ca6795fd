import * as z from 'zod';
import { requireInstance } from '../../domain/instances/index.ts';
import { GatewayError } from '../../platform/index.ts';
import type { Edge } from '../edge.ts';
import { readRecipient } from '../read-recipient.ts';
import { instanceParams, readInstanceId } from './instances.ts';

const ours = z.enum(['available', 'unavailable']);
const inChat = z.enum(['typing', 'recording', 'paused']);

const presenceBody = z
  .discriminatedUnion('presence', [
    z.strictObject({ presence: ours }),
    z.strictObject({
      presence: inChat,
      to: z.string().min(1).max(64).meta({ description: 'A phone number, a contact id, or a chat id.' }),
    }),
  ])
  .meta({ examples: [{ presence: 'typing', to: '+49 170 12345678' }] });

export function addPresenceRoutes(edge: Edge): void {
  const { app, deps } = edge;

  app.put(
    '/v1/instances/:id/presence',
    {
      config: {
        errors: [
          'instance_not_found',
          'recipient_invalid',
          'recipient_not_on_whatsapp',
          'not_connected',
          'not_supported',
          'refused_by_whatsapp',
          'whatsapp_rate_limited',
          'whatsapp_timeout',
        ],
      },
      schema: {
        operationId: 'setPresence',
        summary: 'Show the number as there, away, typing or recording',
        description: 'WhatsApp forgets it after a few seconds, and with the connection; nothing of it is kept here.',
        tags: ['Instances'],
        params: instanceParams,
        body: presenceBody,
        response: { 204: z.undefined().describe('WhatsApp was told.') },
      },
    },
    async (request, reply) => {
      const caller = edge.callerOf(request);
      const instance = await requireInstance(deps.db.read, caller, readInstanceId(request.params.id));
      const { body } = request;
      const destination = 'to' in body ? await readDestination(body.to) : undefined;
      const input = { presence: body.presence, ...(destination !== undefined && { destination }) };
      await deps.networkAccess.ask(instance, 'set_presence', input);
      return reply.code(204).send();

      async function readDestination(to: string): Promise<string> {
        const recipient = await readRecipient(deps, caller, instance, to);
        if (recipient.kind !== 'person') return recipient.address;
        if (recipient.destination === null) throw new GatewayError('not_connected', { looked_up: false });
        return recipient.destination;
      }
    },
  );
}
