import type { Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import type { Identity } from '../../network/index.ts';
import { viewContact, viewContacts } from '../contacts/index.ts';
import { recordEvent } from '../events/index.ts';
import type { InstanceRow } from '../instances/index.ts';
import type { EventType } from '../webhooks/index.ts';

/** Finds or makes the contact that an identity belongs to. Whoever keeps rows about contacts follows its merges in it. */
export type ResolvePerson = (tx: Tx, instance: InstanceRow, person: Identity) => Promise<Id<'con'>>;

/** What recording something about a group takes. */
export type Recording = {
  readonly tx: Tx;
  readonly instance: InstanceRow;
  readonly resolvePerson: ResolvePerson;
  /** Who did it, where that is known. */
  readonly by?: Identity | undefined;
  /** When it happened, in milliseconds; now when left out. */
  readonly atMs?: number | undefined;
};

type GroupEvent = Extract<EventType, `group.${string}`>;

/** Says in an event what has happened to a group, and by whom. */
export async function tellGroup(
  { tx, instance, resolvePerson, by, atMs }: Recording,
  group: { readonly chatId: Id<'cht'>; readonly subject: string | null },
  type: GroupEvent,
  data: Readonly<Record<string, unknown>>,
): Promise<void> {
  const actor = by && (await viewContact(tx, instance.customer_id, await resolvePerson(tx, instance, by)));
  await recordEvent(tx, {
    customerId: instance.customer_id,
    instanceId: instance.id,
    chat: { id: group.chatId, type: 'group' },
    type,
    data: {
      group: { chat_id: group.chatId, subject: group.subject },
      by: actor ?? null,
      by_me: by !== undefined && isNumberItself(instance, by),
      ...data,
    },
    ...(atMs !== undefined && { occurredAt: atMs }),
  });
}

/** The people of an event, with all that is known of them. */
export async function viewPeople({ tx, instance }: Recording, ids: readonly Id<'con'>[]) {
  const views = await viewContacts(tx, instance.customer_id, ids);
  return ids.flatMap((id) => views.get(id) ?? []);
}

export const isNumberItself = (instance: Pick<InstanceRow, 'phone' | 'lid'>, person: Identity): boolean =>
  (person.phone !== undefined && person.phone === instance.phone) ||
  (person.lid !== undefined && person.lid === instance.lid);
