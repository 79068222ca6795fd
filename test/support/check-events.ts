import { isDeepStrictEqual } from 'node:util';
import { buildEnvelope, type EventRow } from '../../src/domain/events/index.ts';
import { eventBodies } from '../../src/http/event-schemas/index.ts';

const bodies = new Map<unknown, (typeof eventBodies)[number]>(eventBodies.map((body) => [body.type, body]));

/**
 * Why the body of an event is not what the table of events says it is; undefined when it is. A field that the table does not
 * know counts as well as one that is missing: receivers are promised what is there.
 */
export function findMisfit(body: Readonly<Record<string, unknown>>): string | undefined {
  const known = bodies.get(body.event);
  if (!known) return `there is no event ${body.event}`;
  const parsed = known.schema.safeParse(body);
  const shown = JSON.stringify(body);
  if (!parsed.success) return `${known.type} does not fit its schema: ${parsed.error.message} in ${shown}`;
  if (isDeepStrictEqual(parsed.data, body)) return undefined;
  return `${known.type} has fields that its schema has not: ${shown} shrinks to ${JSON.stringify(parsed.data)}`;
}

/** Throws when one of these events, as the database has them, does not fit the table. */
export function requireFit(events: readonly EventRow[]): void {
  const misfits = events.flatMap((event) => findMisfit(JSON.parse(buildEnvelope(event).toString())) ?? []);
  if (misfits.length > 0) throw new Error([...new Set(misfits)].join('\n'));
}
