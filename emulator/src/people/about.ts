import { enqueueStanza } from '../clients/outbox.ts';
import { nowSeconds } from '../lib/clock.ts';
import { randomStanzaId } from '../lib/random.ts';
import { node } from '../wire/nodes.ts';
import { clientsOf, jidOf, storeAccount } from '../world/accounts.ts';
import type { AccountState, World } from '../world/world.ts';
import { allows, hasBlocked } from './privacy.ts';
import { watchingClients } from './watchers.ts';

/** What people say about themselves, and for how long their new chats are kept. */

/** Says something else; clients that know the person are told. */
export const setAbout = (world: World, state: AccountState, about: string): void => {
  state.account.about = about;
  state.account.aboutAt = Number(nowSeconds());
  storeAccount(world, state);
  const attributes = { from: jidOf(state, 'lid'), type: 'status', id: randomStanzaId(), t: nowSeconds() };
  const notification = node('notification', attributes, [node('set', {}, Buffer.from(about))]);
  for (const { account, client } of watchingClients(world, state)) {
    if (allows(state, 'status', account) && !hasBlocked(state, account)) {
      enqueueStanza(world, account, client.id, notification);
    }
  }
};

/** New chats disappear after so long; 0 keeps them. The person's clients are told. */
export const setNewChatsTimer = (world: World, state: AccountState, seconds: number): void => {
  const at = Number(nowSeconds());
  state.account.newChatsDisappear = { seconds, at };
  storeAccount(world, state);
  const attributes = { from: jidOf(state, 'pn'), type: 'account_sync', id: randomStanzaId(), t: nowSeconds() };
  const mode = node('disappearing_mode', { duration: seconds.toString(), t: at.toString() });
  for (const client of clientsOf(state)) {
    enqueueStanza(world, state, client.id, node('notification', attributes, [mode]));
  }
};
