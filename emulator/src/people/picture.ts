import { enqueueStanza } from '../clients/outbox.ts';
import { nowSeconds } from '../lib/clock.ts';
import { randomStanzaId } from '../lib/random.ts';
import { nameOfMedia } from '../media/media-host.ts';
import { sha256 } from '../media/sealed-media.ts';
import { node } from '../wire/nodes.ts';
import { clientsOf, jidOf, storeAccount } from '../world/accounts.ts';
import type { AccountState, World } from '../world/world.ts';
import { allows, hasBlocked } from './privacy.ts';
import { watchingClients } from './watchers.ts';

/** Profile pictures: they lie at the media host as they are, for everyone who is told where. */

/** What WhatsApp's clients make of a picture before they send it is far below this. */
export const PICTURE_BYTES_MAX = 1024 * 1024;

/** The person's clients, and those who have asked about the person, learn that there is another picture, or none. */
const announcePicture = (world: World, state: AccountState): void => {
  const id = state.account.picture;
  const jid = jidOf(state, 'lid');
  const change = node(id === undefined ? 'delete' : 'set', { jid, id, author: jid });
  const attributes = { from: jid, type: 'picture', id: randomStanzaId(), t: nowSeconds() };
  const notification = node('notification', attributes, [change]);
  for (const client of clientsOf(state)) enqueueStanza(world, state, client.id, notification);
  for (const { account, client } of watchingClients(world, state)) {
    if (!hasBlocked(state, account)) enqueueStanza(world, account, client.id, notification);
  }
};

/** Sets the person's picture, or takes it away. */
export const setPicture = async (world: World, state: AccountState, bytes: Buffer | undefined): Promise<void> => {
  if (bytes) {
    const name = nameOfMedia(sha256(bytes));
    state.account.picture = name;
    await world.media.blobs.put(name, bytes);
  } else {
    delete state.account.picture;
  }
  storeAccount(world, state);
  announcePicture(world, state);
};

/** The picture's name, if the person has one and lets the other see it. */
export const visiblePicture = (state: AccountState, other: AccountState): string | undefined =>
  hasBlocked(state, other) || !allows(state, 'profile', other) ? undefined : state.account.picture;
