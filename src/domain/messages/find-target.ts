import type { Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import type { Identity } from '../../network/index.ts';
import { findContact } from '../contacts/index.ts';
import type { InstanceRow } from '../instances/index.ts';
import { selectInboundAs, selectOutbound } from './messages.sql.ts';
import type { MessageRow } from './messages.ts';

/** How somebody outside names a message. */
export type TargetRef = {
  readonly networkId: string;
  readonly fromMe: boolean;
  readonly author?: Identity | undefined;
};

/** The message of a chat that somebody outside names. Ids are chosen by who writes, so its author has to be the one that is named. */
export async function findTarget(
  tx: Tx,
  instance: InstanceRow,
  chatId: Id<'cht'>,
  ref: TargetRef,
): Promise<MessageRow | undefined> {
  if (ref.fromMe) {
    const own = await selectOutbound(tx, instance.id, ref.networkId);
    return own?.chat_id === chatId ? own : undefined;
  }
  const rows = await selectInboundAs(tx, instance.id, chatId, ref.networkId);
  if (ref.author === undefined || rows[0]?.chat_kind === 'person') return rows.length === 1 ? rows[0] : undefined;
  const contactId = rows.length === 0 ? undefined : await findContact(tx, instance.customer_id, ref.author);
  return rows.find((row) => row.contact_id === contactId);
}
