import type { Reader, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import { type ChatRow, type ContactView, viewContacts } from '../contacts/index.ts';
import { listChatLabels } from '../labels/index.ts';
import { type MessageGlance, viewGlances } from '../messages/index.ts';

/** A chat as the API and every event show it. Times are ISO-8601 in UTC. */
export type ChatView = {
  readonly id: Id<'cht'>;
  readonly instance_id: Id<'ins'>;
  readonly type: string;
  readonly name: string | null;
  readonly contact: ContactView | null;
  readonly archived: boolean;
  readonly pinned: boolean;
  readonly muted_until: string | null;
  readonly unread_count: number;
  readonly marked_unread: boolean;
  readonly ephemeral_seconds: number | null;
  readonly label_ids: Id<'lbl'>[];
  readonly last_message: MessageGlance | null;
  readonly last_message_at: string | null;
  readonly created_at: string;
};

/** Views of several chats of one customer, in their order. */
export async function viewChats(
  from: Tx | Reader,
  customerId: Id<'cus'>,
  rows: readonly ChatRow[],
): Promise<ChatView[]> {
  const contacts = await viewContacts(
    from,
    customerId,
    rows.flatMap(({ contact_id: id }) => (id === null ? [] : [id])),
  );
  const glances = await viewGlances(
    from,
    customerId,
    rows.flatMap(({ last_message_id: id }) => (id === null ? [] : [id])),
  );
  const labels = await listChatLabels(
    from,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => {
    const contact = (row.contact_id && contacts.get(row.contact_id)) ?? null;
    return {
      id: row.id,
      instance_id: row.instance_id,
      type: row.kind,
      name: row.name ?? contact?.saved_name ?? contact?.name ?? null,
      contact,
      archived: row.archived === 1,
      pinned: row.pinned_at !== null,
      muted_until: timeOf(row.muted_until),
      unread_count: row.unread_count,
      marked_unread: row.marked_unread === 1,
      ephemeral_seconds: row.ephemeral_seconds,
      label_ids: labels.get(row.id) ?? [],
      last_message: (row.last_message_id && glances.get(row.last_message_id)) ?? null,
      last_message_at: timeOf(row.last_message_at),
      created_at: new Date(row.created_at).toISOString(),
    };
  });
}

const timeOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

export async function viewChat(from: Tx | Reader, row: ChatRow): Promise<ChatView> {
  const [view] = await viewChats(from, row.customer_id, [row]);
  if (!view) throw new Error(`chat ${row.id} has no view`);
  return view;
}
