import type { Reader, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import { GatewayError } from '../../platform/index.ts';
import type { Caller } from '../customers/index.ts';
import { selectContacts, selectIsWith } from './contacts.sql.ts';
import { type ContactView, readContactId, viewContacts } from './contacts.ts';

/** A contact in the list, with when it was first heard of and last learnt about. */
export type ListedContact = ContactView & { readonly createdAtMs: number; readonly updatedAtMs: number };

/**
 * The contacts that a caller may see, newest first: all of the customer's, or with a bound key those that its instance has a
 * chat with. `search` is a part of a name, or the beginning of a phone number.
 */
export async function listContacts(
  from: Reader,
  caller: Caller,
  search: string | undefined,
  page: { readonly before: Id<'con'> | null; readonly limit: number },
): Promise<ListedContact[]> {
  const digits = search?.replaceAll(/[\s+()-]/g, '') ?? '';
  const filter = {
    only: caller.instanceId,
    pattern: search === undefined ? null : `%${search.toLowerCase().replaceAll(/[!%_]/g, '!$&')}%`,
    digits: /^\d+$/.test(digits) ? digits : null,
  };
  const rows = await selectContacts(from, caller.customerId, filter, page);
  const ids = rows.map(({ id }) => id);
  const views = await viewContacts(from, caller.customerId, ids);
  return rows.flatMap((row) => {
    const view = views.get(row.id);
    return view ? [{ ...view, createdAtMs: row.created_at, updatedAtMs: row.updated_at }] : [];
  });
}

/**
 * The contact that an id leads to, also one that was merged away; undefined for every other id. A bound key reaches those that
 * its instance has a chat or a group with.
 */
export async function findReachable(from: Tx | Reader, caller: Caller, id: Id<'con'>): Promise<Id<'con'> | undefined> {
  const found = await readContactId(from, caller.customerId, id);
  if (!found || caller.instanceId === null) return found;
  return (await selectIsWith(from, caller.instanceId, found)) ? found : undefined;
}

/** Throws `contact_not_found` for an id that leads to nobody whom the caller's key reaches. */
export async function requireContact(from: Reader, caller: Caller, id: Id<'con'>): Promise<ContactView> {
  const found = await findReachable(from, caller, id);
  const view = found && (await viewContacts(from, caller.customerId, [found])).get(found);
  if (!view) throw new GatewayError('contact_not_found', { id });
  return view;
}
