import { enqueueStanza } from '../clients/outbox.ts';
import { nowSeconds } from '../lib/clock.ts';
import { generateKeyPair, sign } from '../lib/curve.ts';
import { randomRegistrationId, randomStanzaId } from '../lib/random.ts';
import { watchingClients } from '../people/watchers.ts';
import { typed } from '../signal/ratchet.ts';
import { node } from '../wire/nodes.ts';
import { jidOf, requirePhone, storeAccount, storeDevice } from '../world/accounts.ts';
import type { AccountState, World } from '../world/world.ts';
import { forgetSenderKeysOf } from './sender-keys.ts';
import { dropSessionsWith } from './sessions.ts';

const announceIdentity = (world: World, state: AccountState): void => {
  for (const { account, client } of watchingClients(world, state)) {
    const attributes = { from: jidOf(state, 'lid'), type: 'encrypt', id: randomStanzaId(), t: nowSeconds() };
    enqueueStanza(world, account, client.id, node('notification', attributes, [node('identity')]));
  }
};

/**
 * The person has a new phone: another identity, no sessions, the messages taken along. Clients that know the person are
 * told. The caller has unlinked the person's own clients, which cannot prove to belong to the new phone.
 */
export const reinstallPhone = (world: World, state: AccountState): void => {
  const phone = requirePhone(state);
  const keyPair = generateKeyPair();
  phone.identity = generateKeyPair();
  phone.registrationId = randomRegistrationId();
  phone.signedPreKey = { id: 1, keyPair, signature: sign(phone.identity.privateKey, typed(keyPair.publicKey)) };
  phone.oneTimeKeys.clear();
  state.account.rawId = randomRegistrationId();
  dropSessionsWith(world, state.account.number, phone.id);
  forgetSenderKeysOf(world, state, phone.id);
  storeDevice(world, state, phone);
  storeAccount(world, state);
  announceIdentity(world, state);
};
