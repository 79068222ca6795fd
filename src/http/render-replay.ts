import * as z from 'zod';
import type { Replay } from '../domain/events/index.ts';
import { exampleId, exampleTime, idOut, renderTime, renderTimeOrNull, timeOut } from './schemas.ts';

export const replaySchema = z
  .object({
    id: idOut('rpl', 'The replay.'),
    source: z.enum(['deliveries', 'events']).meta({
      description: '`deliveries` that had ended, or `events` whether or not they were delivered.',
    }),
    endpoint_id: idOut('end', 'Where to; null for all that were enabled.').nullable(),
    filter: z.object({
      status: z.enum(['failed', 'delivered']).optional(),
      undelivered_only: z.boolean().optional(),
      events: z.array(z.string()),
      instance_id: z.string().nullable(),
      from: timeOut('From when on.'),
      to: timeOut('Until when.'),
    }),
    status: z.enum(['running', 'done', 'cancelled']),
    replayed: z.number().int().meta({ description: 'Deliveries that began anew so far.' }),
    skipped: z.number().int().meta({ description: 'Left out: being tried anyway, or delivered already.' }),
    created_at: timeOut('When it was asked for.'),
    finished_at: timeOut('When everything was in the lanes of the endpoints.').nullable(),
  })
  .meta({
    id: 'Replay',
    examples: [
      {
        id: exampleId('rpl'),
        source: 'deliveries',
        endpoint_id: exampleId('end'),
        filter: { status: 'failed', events: ['message.*'], instance_id: null, from: exampleTime, to: exampleTime },
        status: 'running',
        replayed: 1_200,
        skipped: 0,
        created_at: exampleTime,
        finished_at: null,
      },
    ],
  });

export const dryRunSchema = z
  .object({
    dry_run: z.literal(true),
    count: z.number().int().meta({ description: 'Deliveries that would begin anew.' }),
    more: z.boolean().meta({ description: 'True when there are so many that counting was given up.' }),
  })
  .meta({ id: 'ReplayDryRun', examples: [{ dry_run: true, count: 1_200, more: false }] });

export function renderReplay({ wish, ...replay }: Replay): z.output<typeof replaySchema> {
  return {
    id: replay.id,
    source: wish.source,
    endpoint_id: replay.endpointId,
    filter: {
      ...(wish.source === 'deliveries' ? { status: wish.status } : { undelivered_only: wish.undeliveredOnly }),
      events: [...wish.events],
      instance_id: wish.instanceId,
      from: renderTime(wish.fromMs),
      to: renderTime(wish.toMs),
    },
    status: replay.status,
    replayed: replay.replayed,
    skipped: replay.skipped,
    created_at: renderTime(replay.createdAt),
    finished_at: renderTimeOrNull(replay.finishedAt),
  };
}
