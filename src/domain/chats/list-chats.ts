import type { Reader, Tx } from '../../db/index.ts';
import { type Id, isId } from '../../lib/index.ts';
import { GatewayError } from '../../platform/index.ts';
import { type ChatRow, readChat } from '../contacts/index.ts';
import type { Caller } from '../customers/index.ts';
import { type ChatFilter, selectChats } from './chats.sql.ts';

/** Those of an instance, the one where something was said last first. The caller has made sure that the instance is its own. */
export const listChats = (
  from: Reader,
  caller: Caller,
  filter: ChatFilter,
  page: { readonly before: { readonly activeAt: number; readonly id: string } | null; readonly limit: number },
): Promise<ChatRow[]> => selectChats(from, caller.customerId, filter, page);

/** A chat of an instance that the caller may see; throws `chat_not_found` for every other id, also one of another instance. */
export async function requireChat(
  from: Tx | Reader,
  caller: Caller,
  instanceId: Id<'ins'>,
  id: string,
): Promise<ChatRow> {
  const row = isId('cht', id) ? await readChat(from, caller.customerId, id) : undefined;
  if (!row || row.instance_id !== instanceId) throw new GatewayError('chat_not_found', { id });
  return row;
}
