import type { Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import { GatewayError } from '../../platform/index.ts';
import type { Caller } from '../customers/index.ts';
import type { Ordering } from './endpoint.ts';
import type { OwnHeaders } from './endpoint-headers.ts';
import type { ChatTypeFilter } from './event-filter.ts';
import { parseEventNames } from './event-types.ts';

export type EndpointPatch = {
  /** Vetted by the way out already. */
  readonly url?: string | undefined;
  readonly description?: string | null | undefined;
  readonly events?: readonly string[] | undefined;
  /** Null for all. */
  readonly instanceIds?: readonly Id<'ins'>[] | null | undefined;
  readonly chatTypes?: ChatTypeFilter | undefined;
  /** Null for all. */
  readonly chatIds?: readonly Id<'cht'>[] | null | undefined;
  /** All of them; null for none. */
  readonly headers?: OwnHeaders | null | undefined;
  readonly ordering?: Ordering | undefined;
  /** Null for the installation's. */
  readonly retryWaitsMs?: readonly number[] | null | undefined;
  readonly redrive?: boolean | undefined;
  readonly enabled?: boolean | undefined;
};

/** Whether a caller sees such a thing: instances and chats stand above this module. */
export type Known = {
  isInstance(tx: Tx, caller: Caller, id: Id<'ins'>): Promise<boolean>;
  isChat(tx: Tx, caller: Caller, id: Id<'cht'>): Promise<boolean>;
};

/** The columns of what a patch names, all but `enabled` and `headers`. Throws `event_unknown`, `instance_not_found` and `chat_not_found`. */
export async function columnsOf(tx: Tx, caller: Caller, patch: EndpointPatch, known: Known) {
  const { url, description, events, instanceIds, chatTypes, chatIds, ordering, retryWaitsMs, redrive } = patch;
  return {
    ...(url !== undefined && { url: new URL(url).href }),
    ...(description !== undefined && { description }),
    ...(events !== undefined && { event_types: JSON.stringify(parseEventNames(events)) }),
    ...(instanceIds !== undefined && { instance_ids: await chooseInstances(tx, caller, instanceIds, known) }),
    ...(chatTypes !== undefined && { chat_type_filter: chatTypes }),
    ...(chatIds !== undefined && { chat_ids: await chooseChats(tx, caller, chatIds, known) }),
    ...(ordering !== undefined && { ordering }),
    ...(retryWaitsMs !== undefined && { retry_schedule: retryWaitsMs && JSON.stringify(retryWaitsMs) }),
    ...(redrive !== undefined && { redrive: redrive ? 1 : 0 }),
  };
}

/** A bound key chooses its own instance, by saying so or by saying nothing. */
async function chooseInstances(
  tx: Tx,
  caller: Caller,
  wanted: readonly Id<'ins'>[] | null,
  known: Known,
): Promise<string | null> {
  const chosen = wanted ?? (caller.instanceId ? [caller.instanceId] : null);
  if (chosen === null) return null;
  for (const id of chosen) {
    if (!(await known.isInstance(tx, caller, id))) throw new GatewayError('instance_not_found', { id });
  }
  return JSON.stringify([...new Set(chosen)].sort());
}

async function chooseChats(
  tx: Tx,
  caller: Caller,
  wanted: readonly Id<'cht'>[] | null,
  known: Known,
): Promise<string | null> {
  for (const id of wanted ?? []) {
    if (!(await known.isChat(tx, caller, id))) throw new GatewayError('chat_not_found', { id });
  }
  return wanted && JSON.stringify([...new Set(wanted)].sort());
}
