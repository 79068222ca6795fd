import { proto } from 'baileys';
import { enqueueStanza } from '../clients/outbox.ts';
import { nowMs, nowSeconds } from '../lib/clock.ts';
import { randomMessageId } from '../lib/random.ts';
import { node } from '../wire/nodes.ts';
import { jidOf, requirePhone, storeDevice } from '../world/accounts.ts';
import type { ClientDevice } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';
import { encryptForClient } from './encrypt-for-client.ts';
import { announceHistory, historyOf } from './history-sync.ts';
import { padMessage } from './padding.ts';
import { settingsKeyOf } from './settings.ts';

const { Type } = proto.Message.ProtocolMessage;

/** A phone tells one of its own clients something that no person sees. */
export const tellOwnClient = (
  world: World,
  state: AccountState,
  client: ClientDevice,
  content: proto.Message.IProtocolMessage,
): void => {
  const plain = padMessage(proto.Message.encode({ protocolMessage: content }).finish());
  const enc = encryptForClient(world, state, requirePhone(state), state, client, plain);
  const attributes = {
    from: jidOf(state, 'pn'),
    id: randomMessageId(),
    type: 'text',
    category: 'peer',
    t: nowSeconds(),
    notify: state.account.name,
  };
  enqueueStanza(world, state, client.id, node('message', attributes, [enc]));
};

const keyShare = (key: { id: Buffer; data: Buffer }): proto.Message.IProtocolMessage => ({
  type: Type.APP_STATE_SYNC_KEY_SHARE,
  appStateSyncKeyShare: {
    keys: [
      {
        keyId: { keyId: key.id },
        keyData: {
          keyData: key.data,
          fingerprint: { rawId: 1, currentIndex: 0, deviceIndexes: [0, 1] },
          timestamp: nowMs(),
        },
      },
    ],
  },
});

/** Tells a client of one piece of history; a client that has gone meanwhile gets it as it gets everything. */
export const tellHistory = async (
  world: World,
  state: AccountState,
  client: ClientDevice,
  piece: proto.IHistorySync,
  answering?: string,
): Promise<void> => {
  const how = state.account.history === 'file' ? 'file' : 'inline';
  const notification = await announceHistory(world, piece, how);
  if (state.devices.get(client.id) !== client) return;
  const session = answering === undefined ? {} : { peerDataRequestSessionId: answering };
  const historySyncNotification = { ...notification, ...session };
  tellOwnClient(world, state, client, { type: Type.HISTORY_SYNC_NOTIFICATION, historySyncNotification });
};

/**
 * What a phone sends a client right after it was linked: the key for shared settings, and what it has seen so far.
 * Clients hold their events back until the history is in, so a phone that is off makes them wait as the real one does.
 */
export const sendFirstSync = (world: World, state: AccountState, client: ClientDevice): void => {
  if (client.historySent || !state.account.online) return;
  client.historySent = true;
  storeDevice(world, state, client);
  tellOwnClient(world, state, client, keyShare(settingsKeyOf(world, state)));
  const pieces = historyOf(world, state);
  const tellAll = async (): Promise<void> => {
    for (const piece of pieces) await tellHistory(world, state, client, piece);
  };
  // A disk that fails costs the client its history; it goes on without, as after a lost file.
  tellAll().catch(() => undefined);
};
