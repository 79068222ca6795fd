import { deflateSync } from 'node:zlib';
import { proto } from 'baileys';
import { enqueueStanza } from '../clients/outbox.ts';
import { nowMs, nowSeconds } from '../lib/clock.ts';
import { randomMessageId } from '../lib/random.ts';
import { node } from '../wire/nodes.ts';
import { jidOf, requirePhone, storeDevice } from '../world/accounts.ts';
import type { ClientDevice } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';
import { padMessage } from './padding.ts';
import { encryptForClient } from './send-message.ts';
import { settingsKeyOf } from './settings.ts';

const sendToOwnClient = (
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
  type: proto.Message.ProtocolMessage.Type.APP_STATE_SYNC_KEY_SHARE,
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

const history = (state: AccountState): proto.Message.IProtocolMessage => {
  const syncType = proto.HistorySync.HistorySyncType.INITIAL_BOOTSTRAP;
  const encoded = proto.HistorySync.encode({
    syncType,
    conversations: [],
    progress: 100,
    chunkOrder: 1,
    phoneNumberToLidMappings: [{ pnJid: jidOf(state, 'pn'), lidJid: jidOf(state, 'lid') }],
  }).finish();
  return {
    type: proto.Message.ProtocolMessage.Type.HISTORY_SYNC_NOTIFICATION,
    historySyncNotification: {
      syncType,
      chunkOrder: 1,
      progress: 100,
      initialHistBootstrapInlinePayload: deflateSync(encoded),
    },
  };
};

/**
 * What a phone sends a client right after it was linked: the key for synchronised settings, and an (empty) history.
 * Clients hold their events back until the history is in, so a phone that is off makes them wait as the real one does.
 */
export const sendFirstSync = (world: World, state: AccountState, client: ClientDevice): void => {
  if (client.historySent || !state.account.online) return;
  client.historySent = true;
  storeDevice(world, state, client);
  sendToOwnClient(world, state, client, keyShare(settingsKeyOf(world, state)));
  sendToOwnClient(world, state, client, history(state));
};
