/**
 * What each event carries, a file a family: the one table behind the `webhooks` of the API's description, docs/events.md and
 * the tests, which hold every event that they see against it. The events themselves are made in domain/.
 *
 * To add one: its name in domain/webhooks/event-types.ts, then an entry here (the compiler asks for it) with when it comes,
 * the schema of its `data` and an example, then `npm run docs`. Schemas are plain `z.object`: a field that an event has and
 * its schema has not fails the tests.
 */
import * as z from 'zod';
import type { EventType } from '../../domain/webhooks/index.ts';
import { eventExample, eventSchema } from '../render-event.ts';
import { callEvents } from './call.ts';
import { chatEvents } from './chat.ts';
import { contactEvents } from './contact.ts';
import type { EventDescription } from './describe-event.ts';
import { endpointEvents } from './endpoint.ts';
import { groupEvents } from './group.ts';
import { instanceEvents } from './instance.ts';
import { labelEvents } from './label.ts';
import { mediaEvents } from './media.ts';
import { messageEvents, storyEvents } from './message.ts';
import { messageChangeEvents } from './message-change.ts';
import { newsletterEvents } from './newsletter.ts';

export const eventDescriptions: Readonly<Record<EventType, EventDescription>> = {
  ...instanceEvents,
  ...messageEvents,
  ...messageChangeEvents,
  ...storyEvents,
  ...callEvents,
  ...mediaEvents,
  ...chatEvents,
  ...labelEvents,
  ...contactEvents,
  ...groupEvents,
  ...newsletterEvents,
  ...endpointEvents,
};

/** Whole bodies by the event's name, as they are posted, pulled and streamed; each is a component of the API's description. */
export const eventBodies = Object.entries(eventDescriptions).map(([type, { when, data, example }]) => {
  const component = `${type.replaceAll(/(?:^|[._])([a-z])/g, (_all, letter: string) => letter.toUpperCase())}Event`;
  const body = { ...eventExample, event: type, data: example };
  const schema = eventSchema
    .extend({ event: z.literal(type), data })
    .meta({ id: component, description: `${when[0]?.toUpperCase()}${when.slice(1)}.` });
  return { type, when, component, schema, example: body };
});
