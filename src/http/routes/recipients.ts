import * as z from 'zod';
import { lookUpRecipients } from '../../domain/contacts/index.ts';
import { requireInstance } from '../../domain/instances/index.ts';
import { normaliseMsisdn } from '../../lib/index.ts';
import type { Edge } from '../edge.ts';
import { instanceParams, readInstanceId } from './instances.ts';

const numbersMax = 100;
const numberCharsMax = 64;

const recipientSchema = z.object({
  input: z.string().meta({ description: 'The number as it was written in the request.' }),
  status: z.enum(['on_whatsapp', 'not_on_whatsapp', 'invalid']),
  wa_id: z.string().nullable().meta({
    description:
      'The number that WhatsApp knows the person by, which may be spelt differently; null when there is none.',
  }),
  lid: z
    .string()
    .nullable()
    .meta({ description: 'The id of the person that is no number, as far as WhatsApp told it.' }),
  problem: z.string().nullable().meta({ description: 'Why it is no phone number, in a sentence.' }),
});

type Recipient = z.output<typeof recipientSchema>;

const recipientsSchema = z.object({ data: z.array(recipientSchema) }).meta({
  id: 'Recipients',
  examples: [
    {
      data: [
        { input: '+55 11 98765-4321', status: 'on_whatsapp', wa_id: '551187654321', lid: null, problem: null },
        {
          input: '0170 1234567',
          status: 'invalid',
          wa_id: null,
          lid: null,
          problem: 'The country code is missing: replace the leading 0 by it, as in +49 170 1234567.',
        },
      ],
    },
  ],
});

export function addRecipientRoutes(edge: Edge): void {
  const { app, deps } = edge;

  app.post(
    '/v1/instances/:id/recipients',
    {
      config: { errors: ['instance_not_found', 'not_connected', 'not_supported'] },
      schema: {
        operationId: 'checkRecipients',
        summary: 'Check which numbers are on WhatsApp',
        description: `Up to ${numbersMax} numbers, each with a result of its own, in the order given. Answers are kept: a yes for seven days, a no for ten minutes. WhatsApp restricts numbers that ask about many strangers.`,
        tags: ['Messages'],
        params: instanceParams,
        body: z
          .strictObject({ numbers: z.array(z.string().min(1).max(numberCharsMax)).min(1).max(numbersMax) })
          .meta({ examples: [{ numbers: ['+55 11 98765-4321', '0170 1234567'] }] }),
        response: { 200: recipientsSchema },
      },
    },
    async (request) => {
      const caller = edge.callerOf(request);
      const instance = await requireInstance(deps.db.read, caller, readInstanceId(request.params.id));
      deps.networkAccess.requireCapability(instance, 'look_up_recipients');
      const numbers = request.body.numbers.map((input) => ({ input, number: normaliseMsisdn(input) }));
      const found = await lookUpRecipients(deps, {
        instanceId: instance.id,
        network: instance.network,
        phones: numbers.flatMap(({ number }) => (number.ok ? [number.msisdn] : [])),
        timeoutMs: deps.config.lookUpTimeoutMs,
      });
      const data = numbers.map(({ input, number }): Recipient => {
        const nobody = { input, wa_id: null, lid: null, problem: null };
        if (!number.ok) return { ...nobody, status: 'invalid', problem: number.why };
        const check = found.get(number.msisdn);
        if (!check?.exists) return { ...nobody, status: 'not_on_whatsapp' };
        const { phone = number.msisdn, lid = null } = check.identity;
        return { ...nobody, status: 'on_whatsapp', wa_id: phone, lid };
      });
      return { data };
    },
  );
}
