import type { Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import { filterOf } from './endpoint.ts';
import { selectEndpointsByChat, updateEndpointChats } from './endpoints.sql.ts';

/** A chat turned out to be another: endpoints that chose it get what happens there from now on. */
export async function replaceChat(tx: Tx, customerId: Id<'cus'>, from: Id<'cht'>, into: Id<'cht'>): Promise<void> {
  for (const row of await selectEndpointsByChat(tx, customerId)) {
    const { chatIds } = filterOf(row);
    if (!chatIds?.includes(from)) continue;
    const left = chatIds.filter((id) => id !== from);
    await updateEndpointChats(tx, customerId, row.id, JSON.stringify([...new Set([...left, into])].sort()));
  }
}
