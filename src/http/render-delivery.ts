import * as z from 'zod';
import type { AttemptRow, DeliveryRow } from '../domain/webhooks/index.ts';
import { exampleId, exampleTime, idOut, renderTime, renderTimeOrNull, timeOut } from './schemas.ts';

export const deliveryStatuses = ['pending', 'retrying', 'delivered', 'failed'] as const;

const fields = {
  id: idOut('dlv', 'The delivery.'),
  endpoint_id: idOut('end', 'Where it goes.'),
  event_id: idOut('evt', 'What it carries: the same on every attempt and every replay.'),
  event: z.string(),
  instance_id: idOut('ins', 'The instance that the event concerns.').nullable(),
  status: z.enum(deliveryStatuses),
  attempt_count: z.number().int(),
  next_attempt_at: timeOut('When it is tried again.').nullable(),
  last_error: z.string().nullable(),
  last_response_status: z.number().int().nullable(),
  delivered_at: timeOut('When the endpoint answered with 2xx.').nullable(),
  created_at: timeOut('When the event happened.'),
  updated_at: timeOut('When it was last tried or replayed.'),
};

const example = {
  id: exampleId('dlv'),
  endpoint_id: exampleId('end'),
  event_id: exampleId('evt'),
  event: 'message.received',
  instance_id: exampleId('ins'),
  status: 'failed' as const,
  attempt_count: 6,
  next_attempt_at: null,
  last_error: 'http_503',
  last_response_status: 503,
  delivered_at: null,
  created_at: exampleTime,
  updated_at: exampleTime,
};

export const deliverySchema = z.object(fields).meta({ id: 'Delivery', examples: [example] });

const attemptSchema = z
  .object({
    number: z.number().int(),
    started_at: timeOut('When it began.'),
    duration_ms: z.number().int(),
    connect_ms: z.number().int().nullable().meta({ description: 'Of it, for connecting; null on an open connection.' }),
    response_status: z.number().int().nullable(),
    response_body: z.string().nullable().meta({ description: 'The first 16 kB of the answer.' }),
    error: z.string().nullable(),
  })
  .meta({ id: 'Attempt' });

export const deliveryWithAttemptsSchema = z
  .object({ ...fields, attempts: z.array(attemptSchema).meta({ description: 'The latest first.' }) })
  .meta({ id: 'DeliveryWithAttempts', examples: [{ ...example, attempts: [] }] });

export const renderDelivery = (row: DeliveryRow): z.output<typeof deliverySchema> => ({
  id: row.id,
  endpoint_id: row.endpoint_id,
  event_id: row.event_id,
  event: row.event_type,
  instance_id: row.instance_id,
  status: asStatus(row.status),
  attempt_count: row.attempts,
  next_attempt_at: renderTimeOrNull(row.next_attempt_at),
  last_error: row.last_error,
  last_response_status: row.last_response_status,
  delivered_at: renderTimeOrNull(row.delivered_at),
  created_at: renderTime(row.created_at),
  updated_at: renderTime(row.updated_at),
});

export const renderAttempt = (row: AttemptRow): z.output<typeof attemptSchema> => ({
  number: row.number,
  started_at: renderTime(row.started_at),
  duration_ms: row.duration_ms,
  connect_ms: row.connect_ms,
  response_status: row.response_status,
  response_body: row.response_body,
  error: row.error,
});

/** A check of the column allows nothing else. */
function asStatus(status: string): (typeof deliveryStatuses)[number] {
  return status as (typeof deliveryStatuses)[number];
}
