import * as z from 'zod';
import { chatTypeFilters, type Endpoint } from '../domain/webhooks/index.ts';
import { maskHeaders } from './endpoint-headers.ts';
import { exampleId, exampleTime, idOut, renderTime, renderTimeOrNull, timeOut } from './schemas.ts';

const fields = {
  id: idOut('end', 'The endpoint.'),
  customer_id: idOut('cus', 'Whose it is.'),
  url: z.string(),
  description: z.string().nullable(),
  events: z.array(z.string()).meta({ description: 'Names of events; `message.*` for a family, `*` for all.' }),
  instance_ids: z.array(z.string()).nullable().meta({ description: 'Null for all, those of the future included.' }),
  chat_type_filter: z.enum(chatTypeFilters),
  chat_ids: z.array(z.string()).nullable().meta({ description: 'Null for all chats.' }),
  headers: z
    .record(z.string(), z.string())
    .meta({ description: 'Your own, sent with every delivery; values are not shown.' }),
  ordering: z.enum(['none', 'instance', 'strict']),
  retry_schedule: z
    .array(z.number())
    .nullable()
    .meta({ description: "Seconds before each attempt, the first included; null for the installation's." }),
  redrive: z.boolean().meta({ description: 'Whether what had failed is tried once more when it answers again.' }),
  enabled: z.boolean(),
  disabled_reason: z
    .enum(['by_customer', 'gone', 'failing'])
    .nullable()
    .meta({ description: '`gone`: it answered 410. `failing`: nothing got through for too long.' }),
  unanswered_since: timeOut('Since when no delivery has got through; null after a success.').nullable(),
  previous_secret_until: timeOut('Until when the secret before signs too.').nullable(),
  created_at: timeOut('When it was made.'),
  updated_at: timeOut('When it was last changed.'),
};

const example = {
  id: exampleId('end'),
  customer_id: exampleId('cus'),
  url: 'https://hooks.example.com/whatsapp',
  description: null,
  events: ['message.*'],
  instance_ids: null,
  chat_type_filter: 'all' as const,
  chat_ids: null,
  headers: {},
  ordering: 'none' as const,
  retry_schedule: null,
  redrive: true,
  enabled: true,
  disabled_reason: null,
  unanswered_since: null,
  previous_secret_until: null,
  created_at: exampleTime,
  updated_at: exampleTime,
};

export const endpointSchema = z.object(fields).meta({ id: 'Endpoint', examples: [example] });

export const endpointWithSecretSchema = z
  .object({
    ...fields,
    secret: z.string().meta({ description: 'Signs what is sent to it. Shown here and never again.' }),
  })
  .meta({ id: 'EndpointWithSecret', examples: [{ ...example, secret: 'whsec_…' }] });

export const renderEndpoint = (endpoint: Endpoint): z.output<typeof endpointSchema> => ({
  id: endpoint.id,
  customer_id: endpoint.customerId,
  url: endpoint.url,
  description: endpoint.description,
  events: [...endpoint.events],
  instance_ids: endpoint.instanceIds && [...endpoint.instanceIds],
  chat_type_filter: endpoint.chatTypes,
  chat_ids: endpoint.chatIds && [...endpoint.chatIds],
  headers: maskHeaders(endpoint.headerNames),
  ordering: endpoint.ordering,
  retry_schedule: endpoint.retryWaitsMs === null ? null : endpoint.retryWaitsMs.map((waitMs) => waitMs / 1_000),
  redrive: endpoint.redrive,
  enabled: endpoint.enabled,
  disabled_reason: endpoint.disabledReason,
  unanswered_since: renderTimeOrNull(endpoint.unansweredSince),
  previous_secret_until: renderTimeOrNull(endpoint.previousSecretUntil),
  created_at: renderTime(endpoint.createdAt),
  updated_at: renderTime(endpoint.updatedAt),
});
