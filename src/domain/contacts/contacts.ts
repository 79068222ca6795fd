import type { Reader, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import type { Identity } from '../../network/index.ts';
import { recordEvent } from '../events/index.ts';
import { selectContact, selectIdentities, selectNames, updateSavedName } from './contacts.sql.ts';

/** A contact as the API and every event show it: all that is known, null where it is not. */
export type ContactView = {
  readonly id: Id<'con'>;
  readonly phone_number: string | null;
  readonly lid: string | null;
  /** What they call themselves. */
  readonly name: string | null;
  /** What the address book of a phone calls them. */
  readonly saved_name: string | null;
};

/** Views of several contacts at once, by id; one that was merged away shows as the one that stands for it. */
export async function viewContacts(
  from: Tx | Reader,
  customerId: Id<'cus'>,
  ids: readonly Id<'con'>[],
): Promise<ReadonlyMap<Id<'con'>, ContactView>> {
  if (ids.length === 0) return new Map();
  const names = await selectNames(from, customerId, ids);
  const identities = await selectIdentities(from, customerId, ids);
  const merged = new Set(names.flatMap((row) => row.merged_into ?? []));
  // Merges point at who is left, so there is never another one behind.
  const survivors = await viewContacts(from, customerId, [...merged]);
  const latest = (id: Id<'con'>, kind: string) =>
    identities.findLast((row) => row.contact_id === id && row.kind === kind)?.value ?? null;
  return new Map(
    names.map(({ id, name, saved_name, merged_into: survivor }) => [
      id,
      (survivor && survivors.get(survivor)) ?? {
        id,
        phone_number: latest(id, 'phone'),
        lid: latest(id, 'lid'),
        name,
        saved_name,
      },
    ]),
  );
}

export async function viewContact(from: Tx | Reader, customerId: Id<'cus'>, id: Id<'con'>): Promise<ContactView> {
  const views = await viewContacts(from, customerId, [id]);
  return views.get(id) ?? { id, phone_number: null, lid: null, name: null, saved_name: null };
}

/** The contact that an id of ours leads to, also one that was merged away; undefined when it is not this customer's. */
export async function readContactId(
  from: Tx | Reader,
  customerId: Id<'cus'>,
  id: Id<'con'>,
): Promise<Id<'con'> | undefined> {
  const row = await selectContact(from, customerId, id);
  return row && (row.merged_into ?? row.id);
}

/** Who several contacts are, those that are nobody left out. */
export async function readIdentities(
  from: Tx | Reader,
  customerId: Id<'cus'>,
  ids: readonly Id<'con'>[],
): Promise<Identity[]> {
  const views = await viewContacts(from, customerId, ids);
  return ids.flatMap((id) => {
    const view = views.get(id);
    return view && (view.phone_number ?? view.lid) !== null ? [identityIn(view)] : [];
  });
}

const identityIn = (view: ContactView): Identity => ({
  ...(view.phone_number && { phone: view.phone_number }),
  ...(view.lid && { lid: view.lid }),
});

/** Who a contact id of ours stands for, also one that was merged away; undefined when it is not this customer's. */
export async function readContactIdentity(
  from: Tx | Reader,
  customerId: Id<'cus'>,
  id: Id<'con'>,
): Promise<Identity | undefined> {
  const row = await selectContact(from, customerId, id);
  if (!row) return undefined;
  const view = await viewContact(from, customerId, row.merged_into ?? id);
  return identityIn(view);
}

/**
 * The address book of a phone has a name for a contact, or none any more. Contacts are the customer's, so the phone that said
 * something last counts. What was so before the phone was linked is taken over in silence.
 */
export async function recordSavedName(
  tx: Tx,
  customerId: Id<'cus'>,
  named: {
    readonly contactId: Id<'con'>;
    readonly instanceId: Id<'ins'>;
    readonly name: string | null;
    readonly silent: boolean;
  },
): Promise<void> {
  const { contactId, instanceId, name, silent } = named;
  const row = await selectContact(tx, customerId, contactId);
  if (!row || row.saved_name === name) return;
  await updateSavedName(tx, customerId, contactId, name);
  if (silent) return;
  await recordEvent(tx, {
    customerId,
    instanceId,
    type: 'contact.updated',
    data: { contact: await viewContact(tx, customerId, contactId), merged_contact_ids: [] },
  });
}
