import type { Id } from '../../lib/index.ts';

/** The shape of `data` in events recorded from now on; an event keeps the one under which it was recorded. */
export const apiVersion = '2026-11';

/**
 * The body that is signed and posted: `{event, event_id, api_version, instance_id, occurred_at, data}`. The same bytes
 * for the same row at every attempt, because `data` is put in as it was written down.
 */
export function buildEnvelope(event: {
  readonly id: Id<'evt'>;
  readonly type: string;
  readonly api_version: string;
  readonly instance_id: Id<'ins'> | null;
  readonly occurred_at: number;
  readonly data: string;
}): Buffer {
  const head = JSON.stringify({
    event: event.type,
    event_id: event.id,
    api_version: event.api_version,
    instance_id: event.instance_id,
    occurred_at: new Date(event.occurred_at).toISOString(),
  });
  return Buffer.from(`${head.slice(0, -1)},"data":${event.data}}`);
}
