import { enqueueStanza } from '../clients/outbox.ts';
import { nowSeconds } from '../lib/clock.ts';
import { randomStanzaId } from '../lib/random.ts';
import { node } from '../wire/nodes.ts';
import { clientsOf, jidOf, storeAccount } from '../world/accounts.ts';
import type { AccountState, World } from '../world/world.ts';

/** Whom a person has blocked, and what they let others see. */

export const PRIVACY_VALUES: Record<string, readonly string[]> = {
  readreceipts: ['all', 'none'],
  profile: ['all', 'contacts', 'contact_blacklist', 'none'],
  status: ['all', 'contacts', 'contact_blacklist', 'none'],
  online: ['all', 'match_last_seen'],
  last: ['all', 'contacts', 'contact_blacklist', 'none'],
  groupadd: ['all', 'contacts', 'contact_blacklist'],
  calladd: ['all', 'known'],
  messages: ['all', 'contacts'],
};

export const privacyOf = (state: AccountState, category: string): string => state.account.privacy?.[category] ?? 'all';

/** False when there is no such category or value. */
export const setPrivacy = (world: World, state: AccountState, category: string, value: string): boolean => {
  if (!PRIVACY_VALUES[category]?.includes(value)) return false;
  state.account.privacy = { ...state.account.privacy, [category]: value };
  storeAccount(world, state);
  return true;
};

/** Whether somebody is among those for whom a setting leaves something open. Who is in the address book is a contact. */
export const allows = (state: AccountState, category: string, other: AccountState): boolean => {
  const value = privacyOf(state, category);
  if (value === 'all' || state === other) return true;
  return value !== 'none' && state.account.contacts?.[other.account.number] !== undefined;
};

export const hasBlocked = (state: AccountState, other: AccountState): boolean =>
  state.account.blocked?.includes(other.account.number) ?? false;

/** Blocks or unblocks somebody; all clients of the person learn of it. */
export const setBlocked = (world: World, state: AccountState, other: AccountState, blocked: boolean): void => {
  const { number } = other.account;
  const others = (state.account.blocked ?? []).filter((one) => one !== number);
  state.account.blocked = blocked ? [...others, number] : others;
  storeAccount(world, state);
  const item = node('item', { jid: jidOf(other, 'lid'), action: blocked ? 'block' : 'unblock' });
  const attributes = { from: jidOf(state, 'pn'), type: 'account_sync', id: randomStanzaId(), t: nowSeconds() };
  const notification = node('notification', attributes, [node('blocklist', {}, [item])]);
  for (const client of clientsOf(state)) enqueueStanza(world, state, client.id, notification);
};
