import { type ExpressionBuilder, sql } from 'kysely';
import type { Reader, Tables, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';

export type IdentityKind = 'phone' | 'lid';

export const selectIdentityOwners = (
  tx: Tx,
  customerId: Id<'cus'>,
  identities: readonly { kind: IdentityKind; value: string }[],
) =>
  tx
    .selectFrom('contact_identities')
    .innerJoin('contacts', 'contacts.id', 'contact_identities.contact_id')
    .select(['contact_identities.kind', 'contact_identities.contact_id', 'contacts.name'])
    .where('contact_identities.customer_id', '=', customerId)
    .where((eb) => eb.or(identities.map(({ kind, value }) => eb.and({ kind, value }))))
    .execute();

export const insertContact = (tx: Tx, customerId: Id<'cus'>, id: Id<'con'>, name: string | null) =>
  tx
    .insertInto('contacts')
    .values({
      id,
      customer_id: customerId,
      name,
      saved_name: null,
      merged_into: null,
      created_at: tx.now,
      updated_at: tx.now,
    })
    .execute();

export const insertIdentity = (
  tx: Tx,
  customerId: Id<'cus'>,
  row: { kind: IdentityKind; value: string; contactId: Id<'con'>; source: string },
) =>
  tx
    .insertInto('contact_identities')
    .values({
      customer_id: customerId,
      kind: row.kind,
      value: row.value,
      contact_id: row.contactId,
      source: row.source,
      learned_at: tx.now,
    })
    .execute();

export const updateContactName = (tx: Tx, customerId: Id<'cus'>, id: Id<'con'>, name: string) =>
  tx
    .updateTable('contacts')
    .set({ name, updated_at: tx.now })
    .where('customer_id', '=', customerId)
    .where('id', '=', id)
    .execute();

export const updateSavedName = (tx: Tx, customerId: Id<'cus'>, id: Id<'con'>, name: string | null) =>
  tx
    .updateTable('contacts')
    .set({ saved_name: name, updated_at: tx.now })
    .where('customer_id', '=', customerId)
    .where('id', '=', id)
    .execute();

export const updateContactMerged = (tx: Tx, customerId: Id<'cus'>, id: Id<'con'>, into: Id<'con'>) =>
  tx
    .updateTable('contacts')
    .set({ merged_into: into, updated_at: tx.now })
    .where('customer_id', '=', customerId)
    .where((eb) => eb.or([eb('id', '=', id), eb('merged_into', '=', id)]))
    .execute();

export const updateIdentitiesMoved = (tx: Tx, customerId: Id<'cus'>, from: Id<'con'>, to: Id<'con'>) =>
  tx
    .updateTable('contact_identities')
    .set({ contact_id: to })
    .where('customer_id', '=', customerId)
    .where('contact_id', '=', from)
    .execute();

export const selectContact = (from: Tx | Reader, customerId: Id<'cus'>, id: Id<'con'>) =>
  from.selectFrom('contacts').selectAll().where('customer_id', '=', customerId).where('id', '=', id).executeTakeFirst();

export const selectIdentities = (from: Tx | Reader, customerId: Id<'cus'>, contactIds: readonly Id<'con'>[]) =>
  from
    .selectFrom('contact_identities')
    .select(['contact_id', 'kind', 'value'])
    .where('customer_id', '=', customerId)
    .where('contact_id', 'in', contactIds)
    .orderBy('learned_at')
    .execute();

export const selectNames = (from: Tx | Reader, customerId: Id<'cus'>, contactIds: readonly Id<'con'>[]) =>
  from
    .selectFrom('contacts')
    .select(['id', 'name', 'saved_name', 'merged_into'])
    .where('customer_id', '=', customerId)
    .where('id', 'in', contactIds)
    .execute();

export const selectRecipientCheck = (from: Reader, network: string, phone: string, sinceMs: number) =>
  from
    .selectFrom('recipient_checks')
    .selectAll()
    .where('network', '=', network)
    .where('phone', '=', phone)
    .where('checked_at', '>=', sinceMs)
    .executeTakeFirst();

export const upsertRecipientCheck = (
  tx: Tx,
  row: { network: string; phone: string; found: number; identity: string; destination: string | null },
) =>
  tx
    .insertInto('recipient_checks')
    .values({ ...row, checked_at: tx.now })
    .onConflict((on) => on.columns(['network', 'phone']).doUpdateSet({ ...row, checked_at: tx.now }))
    .execute();

/** Newest first. `pattern` is for names, `digits` for the beginning of a phone number; with `only`, those of its chats. */
export const selectContacts = (
  from: Reader,
  customerId: Id<'cus'>,
  filter: { only: Id<'ins'> | null; pattern: string | null; digits: string | null },
  page: { before: Id<'con'> | null; limit: number },
) =>
  from
    .selectFrom('contacts')
    .select(['id', 'created_at', 'updated_at'])
    .where('customer_id', '=', customerId)
    .where('merged_into', 'is', null)
    .$if(page.before !== null, (query) => query.where('id', '<', page.before))
    .$if(filter.only !== null, (query) => query.where(hasChat(filter.only)))
    .$if(filter.pattern !== null, (query) =>
      query.where((eb) =>
        eb.or([
          sql<boolean>`lower(contacts.name) like ${filter.pattern} escape '!'`,
          sql<boolean>`lower(contacts.saved_name) like ${filter.pattern} escape '!'`,
          ...(filter.digits === null ? [] : [hasPhone(filter.digits)(eb)]),
        ]),
      ),
    )
    .orderBy('id', 'desc')
    .limit(page.limit)
    .execute();

type Contacts = ExpressionBuilder<Tables, 'contacts'>;

const hasChat = (instanceId: Id<'ins'> | null) => (eb: Contacts) =>
  eb.exists(
    eb
      .selectFrom('chats')
      .select('chats.id')
      .whereRef('chats.contact_id', '=', 'contacts.id')
      .where('chats.instance_id', '=', instanceId),
  );

const hasPhone = (digits: string) => (eb: Contacts) =>
  eb.exists(
    eb
      .selectFrom('contact_identities')
      .select('contact_identities.value')
      .whereRef('contact_identities.contact_id', '=', 'contacts.id')
      .where('contact_identities.kind', '=', 'phone')
      .where('contact_identities.value', 'like', `${digits}%`),
  );

/** Whether an instance has a chat with somebody, or is in a group with them. */
export const selectIsWith = async (
  from: Tx | Reader,
  instanceId: Id<'ins'>,
  contactId: Id<'con'>,
): Promise<boolean> => {
  const chats = from
    .selectFrom('chats')
    .select('chats.id')
    .where('instance_id', '=', instanceId)
    .where('contact_id', '=', contactId);
  const groups = from
    .selectFrom('group_members')
    .innerJoin('chats', 'chats.id', 'group_members.chat_id')
    .select('chats.id')
    .where('group_members.contact_id', '=', contactId)
    .where('chats.instance_id', '=', instanceId);
  return ((await chats.executeTakeFirst()) ?? (await groups.limit(1).executeTakeFirst())) !== undefined;
};
