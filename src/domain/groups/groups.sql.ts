import type { Insertable, Updateable } from 'kysely';
import type { Reader, Row, Tables, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';

export type GroupRow = Row<'groups'>;

const rowsAtOnce = 200;

export const insertGroup = (tx: Tx, row: Insertable<Tables['groups']>) => tx.insertInto('groups').values(row).execute();

export const updateGroup = (tx: Tx, customerId: Id<'cus'>, chatId: Id<'cht'>, set: Updateable<Tables['groups']>) =>
  tx
    .updateTable('groups')
    .set({ ...set, updated_at: tx.now })
    .where('customer_id', '=', customerId)
    .where('chat_id', '=', chatId)
    .execute();

export const deleteGroup = (tx: Tx, customerId: Id<'cus'>, chatId: Id<'cht'>) =>
  tx.deleteFrom('groups').where('customer_id', '=', customerId).where('chat_id', '=', chatId).execute();

export const selectGroup = (from: Tx | Reader, customerId: Id<'cus'>, chatId: Id<'cht'>) =>
  from
    .selectFrom('groups')
    .innerJoin('chats', 'chats.id', 'groups.chat_id')
    .selectAll('groups')
    .select('chats.address')
    .where('groups.customer_id', '=', customerId)
    .where('groups.chat_id', '=', chatId)
    .executeTakeFirst();

export type GroupPage = {
  readonly instanceId: Id<'ins'>;
  readonly before: Id<'cht'> | null;
  readonly limit: number;
  readonly member: boolean | undefined;
};

export const selectGroups = (from: Reader, customerId: Id<'cus'>, page: GroupPage) =>
  from
    .selectFrom('groups')
    .selectAll()
    .where('customer_id', '=', customerId)
    .where('instance_id', '=', page.instanceId)
    .$if(page.before !== null, (query) => query.where('chat_id', '<', page.before))
    .$if(page.member === true, (query) => query.where('role', 'is not', null))
    .$if(page.member === false, (query) => query.where('role', 'is', null))
    .orderBy('chat_id', 'desc')
    .limit(page.limit)
    .execute();

/** What a comparison with WhatsApp's own list starts from. */
export const selectGroupMarks = (tx: Tx, instanceId: Id<'ins'>) =>
  tx
    .selectFrom('groups')
    .innerJoin('chats', 'chats.id', 'groups.chat_id')
    .select(['groups.chat_id', 'groups.fingerprint', 'groups.role', 'groups.updated_at', 'chats.address'])
    .where('groups.instance_id', '=', instanceId)
    .execute();

export const countMembers = async (
  from: Tx | Reader,
  chatIds: readonly Id<'cht'>[],
): Promise<ReadonlyMap<Id<'cht'>, number>> => {
  const rows = await from
    .selectFrom('group_members')
    .select((eb) => ['chat_id', eb.fn.countAll<number>().as('count')])
    .where('chat_id', 'in', chatIds)
    .groupBy('chat_id')
    .execute();
  return new Map(rows.map(({ chat_id: id, count }) => [id, Number(count)]));
};

export const selectMembers = (from: Tx | Reader, chatId: Id<'cht'>) =>
  from.selectFrom('group_members').select(['contact_id', 'role']).where('chat_id', '=', chatId).execute();

/** The number's own place in a group. */
export const selectGroupRole = (tx: Tx, chatId: Id<'cht'>) =>
  tx.selectFrom('groups').select('role').where('chat_id', '=', chatId).executeTakeFirst();

export const selectMembersAmong = (tx: Tx, chatId: Id<'cht'>, contactIds: readonly Id<'con'>[]) =>
  tx
    .selectFrom('group_members')
    .select(['contact_id', 'role'])
    .where('chat_id', '=', chatId)
    .where('contact_id', 'in', contactIds)
    .execute();

export const upsertMembers = async (
  tx: Tx,
  chatId: Id<'cht'>,
  members: readonly { readonly contactId: Id<'con'>; readonly role: string }[],
) => {
  for (let start = 0; start < members.length; start += rowsAtOnce) {
    const rows = members
      .slice(start, start + rowsAtOnce)
      .map(({ contactId, role }) => ({ chat_id: chatId, contact_id: contactId, role }));
    await tx
      .insertInto('group_members')
      .values(rows)
      .onConflict((on) =>
        on.columns(['chat_id', 'contact_id']).doUpdateSet((eb) => ({ role: eb.ref('excluded.role') })),
      )
      .execute();
  }
};

export const deleteMembersAmong = async (tx: Tx, chatId: Id<'cht'>, contactIds: readonly Id<'con'>[]) => {
  for (let start = 0; start < contactIds.length; start += rowsAtOnce) {
    await tx
      .deleteFrom('group_members')
      .where('chat_id', '=', chatId)
      .where('contact_id', 'in', contactIds.slice(start, start + rowsAtOnce))
      .execute();
  }
};

export const deleteMembers = (tx: Tx, chatId: Id<'cht'>) =>
  tx.deleteFrom('group_members').where('chat_id', '=', chatId).execute();

/** Leaves behind what the other has already: one person who was in the group under two names. */
export const updateMembersContact = (tx: Tx, from: Id<'con'>, into: Id<'con'>) =>
  tx
    .updateTable('group_members')
    .set({ contact_id: into })
    .where('contact_id', '=', from)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('group_members as twin')
            .select('twin.contact_id')
            .whereRef('twin.chat_id', '=', 'group_members.chat_id')
            .where('twin.contact_id', '=', into),
        ),
      ),
    )
    .execute();

export const deleteMembersOfContact = (tx: Tx, contactId: Id<'con'>) =>
  tx.deleteFrom('group_members').where('contact_id', '=', contactId).execute();

export const updateGroupsCreator = (tx: Tx, from: Id<'con'>, into: Id<'con'>) =>
  tx.updateTable('groups').set({ creator_id: into }).where('creator_id', '=', from).execute();
