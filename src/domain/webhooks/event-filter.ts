import type { Row } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import type { ChatKind } from '../../network/index.ts';
import { coversType, type EventNames } from './event-types.ts';

/** The chat that an event happened in. */
export type EventChat = { readonly id: Id<'cht'>; readonly type: ChatKind };

export const chatTypeFilters = ['all', 'direct_only', 'groups_only'] as const;
export type ChatTypeFilter = (typeof chatTypeFilters)[number];

/** Which events somebody wants: an endpoint, a stream, or whoever pulls. All of it must hold; null asks for nothing. */
export type EventFilter = {
  readonly events: EventNames;
  /** Their events only, none that concerns no instance. */
  readonly instanceIds: readonly Id<'ins'>[] | null;
  /** Anything but `all` leaves out what happens in no chat, too. */
  readonly chatTypes: ChatTypeFilter;
  /** What happens in these chats only. */
  readonly chatIds: readonly Id<'cht'>[] | null;
};

type FilteredEvent = Pick<Row<'events'>, 'type' | 'instance_id' | 'chat_id' | 'chat_type'>;

export function matchesFilter(filter: EventFilter, event: FilteredEvent): boolean {
  return (
    coversType(filter.events, event.type) &&
    isAmong(filter.instanceIds, event.instance_id) &&
    isAmong(filter.chatIds, event.chat_id) &&
    (filter.chatTypes === 'all' || event.chat_type === chatTypeOf[filter.chatTypes])
  );
}

const chatTypeOf: Readonly<Record<Exclude<ChatTypeFilter, 'all'>, ChatKind>> = {
  direct_only: 'person',
  groups_only: 'group',
};

const isAmong = <T>(wanted: readonly T[] | null, value: T | null): boolean =>
  wanted === null || (value !== null && wanted.includes(value));

/** What a bound key gets of a filter: nothing but its own instance. */
export const narrowFilter = (filter: EventFilter, boundTo: Id<'ins'> | null): EventFilter =>
  boundTo === null ? filter : { ...filter, instanceIds: isAmong(filter.instanceIds, boundTo) ? [boundTo] : [] };
