import type { Updateable } from 'kysely';
import type { Reader, Tables, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';

export const updateChat = (tx: Tx, customerId: Id<'cus'>, id: Id<'cht'>, set: Updateable<Tables['chats']>) =>
  tx.updateTable('chats').set(set).where('customer_id', '=', customerId).where('id', '=', id).execute();

export type ChatFilter = {
  readonly instanceId: Id<'ins'>;
  readonly kind?: string | undefined;
  readonly archived?: boolean | undefined;
  readonly unread?: boolean | undefined;
  readonly labelId?: Id<'lbl'> | undefined;
};

/** Those said something in last come first; those that were deleted on the phone are left out. */
export const selectChats = (
  from: Reader,
  customerId: Id<'cus'>,
  filter: ChatFilter,
  page: { before: { activeAt: number; id: string } | null; limit: number },
) => {
  const { kind, archived, unread, labelId } = filter;
  const { before, limit } = page;
  return from
    .selectFrom('chats')
    .selectAll()
    .where('customer_id', '=', customerId)
    .where('instance_id', '=', filter.instanceId)
    .where('deleted_at', 'is', null)
    .$if(kind !== undefined, (query) => query.where('kind', '=', kind ?? ''))
    .$if(archived !== undefined, (query) => query.where('archived', '=', archived ? 1 : 0))
    .$if(unread !== undefined, (query) =>
      query.where((eb) => {
        const isUnread = eb.or([eb('unread_count', '>', 0), eb('marked_unread', '=', 1)]);
        return unread ? isUnread : eb.not(isUnread);
      }),
    )
    .$if(labelId !== undefined, (query) =>
      query.where(({ exists, selectFrom }) =>
        exists(
          selectFrom('label_chats')
            .select('label_chats.chat_id')
            .where('label_chats.label_id', '=', asLabelId(labelId))
            .whereRef('label_chats.chat_id', '=', 'chats.id'),
        ),
      ),
    )
    .$if(before !== null, (query) =>
      query.where((eb) =>
        eb.or([
          eb('active_at', '<', before?.activeAt ?? 0),
          eb.and([eb('active_at', '=', before?.activeAt ?? 0), eb('id', '<', asChatId(before?.id))]),
        ]),
      ),
    )
    .orderBy('active_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
};

/** Compared as text only. */
const asLabelId = (id: string | undefined): Id<'lbl'> => (id ?? '') as Id<'lbl'>;
const asChatId = (id: string | undefined): Id<'cht'> => (id ?? '') as Id<'cht'>;

/** For the worker: chats of one instance in which something came in lately and was not read. */
export const selectUnreadChats = (
  from: Reader,
  instanceId: Id<'ins'>,
  wanted: { sinceMs: number; kinds: readonly string[]; limit: number },
) =>
  from
    .selectFrom('chats')
    .selectAll()
    .where('instance_id', '=', instanceId)
    .where('unread_count', '>', 0)
    .where('active_at', '>=', wanted.sinceMs)
    .where('kind', 'in', wanted.kinds)
    .orderBy('active_at')
    .limit(wanted.limit)
    .execute();
