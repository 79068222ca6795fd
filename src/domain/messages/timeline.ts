import type { Reader } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import type { Caller } from '../customers/index.ts';
import { listEventsOfMessage } from '../events/index.ts';
import { selectSteps } from './messages.sql.ts';
import { requireMessage } from './messages.ts';

const entriesMax = 200;

export type TimelineEntry = {
  readonly at: string;
  /** An event's name, or a step that is none, such as `attempt_started`. */
  readonly what: string;
  readonly detail: Readonly<Record<string, unknown>>;
};

/** Everything that happened to a message, oldest first. */
export async function readTimeline(from: Reader, caller: Caller, id: Id<'msg'>): Promise<TimelineEntry[]> {
  await requireMessage(from, caller, id);
  const steps = await selectSteps(from, id);
  const events = await listEventsOfMessage(from, caller, id, entriesMax);
  const entries = [
    ...steps.map(({ at, step, detail }) => ({ at, what: step, detail: asDetail(detail) })),
    ...events.map((event) => ({ at: event.occurred_at, what: event.type, detail: { event_id: event.id } })),
  ];
  return entries.sort((a, b) => a.at - b.at).map((entry) => ({ ...entry, at: new Date(entry.at).toISOString() }));
}

/** Only `recordStep` writes this column. */
function asDetail(json: string): Record<string, unknown> {
  return JSON.parse(json) as Record<string, unknown>;
}
