import type { Reader } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import { type ContactView, viewContacts } from '../contacts/index.ts';
import type { Caller } from '../customers/index.ts';
import { requireMessage } from './messages.ts';
import { selectReceipts } from './receipts.sql.ts';

export type ReceiptView = {
  readonly contact: ContactView;
  readonly delivered_at: string | null;
  readonly read_at: string | null;
  readonly played_at: string | null;
};

/** WhatsApp's groups are smaller; of a story's viewers no more are shown. */
const receiptsMax = 2000;

/** Who has got and read a message: each person that it was written to, as far as they let know. */
export async function readReceipts(from: Reader, caller: Caller, id: Id<'msg'>): Promise<readonly ReceiptView[]> {
  const { row, view } = await requireMessage(from, caller, id);
  if (row.chat_kind === 'person' && row.direction === 'out') {
    const { contact, delivered_at: delivered, read_at: read } = view as unknown as ReceiptView;
    const played = row.status === 'played' ? read : null;
    return contact && delivered ? [{ contact, delivered_at: delivered, read_at: read, played_at: played }] : [];
  }
  const rows = await selectReceipts(from, id, receiptsMax);
  const contacts = await viewContacts(from, caller.customerId, [...new Set(rows.map((one) => one.contact_id))]);
  return rows.flatMap((one) => {
    const contact = contacts.get(one.contact_id);
    const times = {
      delivered_at: timeOf(one.delivered_at),
      read_at: timeOf(one.read_at),
      played_at: timeOf(one.played_at),
    };
    return contact ? [{ contact, ...times }] : [];
  });
}

const timeOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
