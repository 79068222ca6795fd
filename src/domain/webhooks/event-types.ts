import { GatewayError } from '../../platform/index.ts';

/** Every event there is. A name is API: it is added, never renamed. */
export const eventTypes = [
  'instance.linked',
  'instance.connected',
  'instance.reconnecting',
  'instance.disconnected',
  'instance.qr_required',
  'instance.restricted',
  'instance.failed',
  'instance.profile_changed',
  'instance.unlinked',
  'instance.deleted',
  'qr.updated',
  'message.scheduled',
  'message.queued',
  'message.sent',
  'message.delivered',
  'message.read',
  'message.played',
  'message.failed',
  'message.cancelled',
  'message.expired',
  'message.uncertain',
  'message.received',
  'message.reaction',
  'message.edited',
  'message.deleted',
  'message.poll_vote',
  'message.event_response',
  'message.pinned',
  'message.unpinned',
  'message.kept',
  'message.unkept',
  'message.undecryptable',
  'story.received',
  'story.viewed',
  'media.ready',
  'media.failed',
  'chat.updated',
  'chat.archived',
  'chat.pinned',
  'chat.muted',
  'chat.read',
  'chat.deleted',
  'label.created',
  'label.updated',
  'label.deleted',
  'label.attached',
  'label.detached',
  'contact.updated',
  'group.created',
  'group.joined',
  'group.left',
  'group.updated',
  'group.participant_added',
  'group.participant_removed',
  'group.admin_promoted',
  'group.admin_demoted',
  'group.join_requested',
  'group.join_request_ended',
  'group.invite_changed',
  'newsletter.created',
  'newsletter.followed',
  'newsletter.updated',
  'newsletter.unfollowed',
  'newsletter.deleted',
  'presence.updated',
  'call.offered',
  'call.terminated',
  'endpoint.failing',
  'endpoint.recovered',
  'endpoint.disabled',
  'endpoint.test',
] as const;

export type EventType = (typeof eventTypes)[number];

/** What somebody subscribes to: names of events, `message.*` for a family, `*` for all, in the order given. */
export type EventNames = readonly string[];

const families = new Set(eventTypes.map((type) => `${familyOf(type)}.*`));
const known: ReadonlySet<string> = new Set(['*', ...families, ...eventTypes]);

/** Takes what a caller wrote; throws `event_unknown` for a name that no event has and a wildcard that covers none. */
export function parseEventNames(names: readonly string[]): EventNames {
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length > 0) throw new GatewayError('event_unknown', { unknown, known: [...known] });
  return [...new Set(names)];
}

export function coversType(names: EventNames, type: string): boolean {
  return names.includes('*') || names.includes(type) || names.includes(`${familyOf(type)}.*`);
}

/** Every event that the names stand for. */
export const listTypes = (names: EventNames): readonly EventType[] =>
  eventTypes.filter((type) => coversType(names, type));

function familyOf(type: string): string {
  return type.slice(0, type.indexOf('.'));
}
