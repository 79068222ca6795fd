import * as z from 'zod';
import { apiVersion, buildEnvelope, type EventRow } from '../domain/events/index.ts';
import { exampleId, exampleTime, idOut, timeOut } from './schemas.ts';

export const eventExample = {
  event: 'instance.connected',
  event_id: exampleId('evt'),
  api_version: apiVersion,
  instance_id: exampleId('ins'),
  occurred_at: exampleTime,
  data: { state: 'connected', reason: null, phone_number: '4917012345678' },
};

export const eventSchema = z
  .object({
    event: z.string(),
    event_id: idOut('evt', 'The event: receivers tell repeats by it.'),
    api_version: z.string(),
    instance_id: idOut('ins', 'The instance that it concerns.').nullable(),
    occurred_at: timeOut('When it happened.'),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({
    id: 'Event',
    description: 'The same body that a webhook carries.',
    examples: [eventExample],
  });

/** Read back from the very bytes that are posted, so that pulling and being called cannot tell different things. */
export function renderEvent(row: EventRow): z.output<typeof eventSchema> {
  return JSON.parse(buildEnvelope(row).toString()) as z.output<typeof eventSchema>;
}
