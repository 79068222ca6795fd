import { proto } from 'baileys';
import { findAccount } from '../world/accounts.ts';
import type { ClientDevice } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';
import { tellHistory, tellOwnClient } from './first-sync.ts';
import { messageKey } from './history.ts';
import { historyBefore } from './history-sync.ts';
import { webMessageOf } from './web-message.ts';

/** What a client asks of its own phone: older messages, and those that it has lost. */

const HISTORY_COUNT_MAX = 500;
const PLACEHOLDERS_MAX = 100;

const { PeerDataOperationRequestType } = proto.Message;
const { Type } = proto.Message.ProtocolMessage;

const chatOf = (world: World, jid: string | null | undefined): string | undefined =>
  jid && world.groups.has(jid) ? jid : findAccount(world, jid ?? undefined)?.account.number;

const resend = (
  world: World,
  state: AccountState,
  client: ClientDevice,
  requestId: string,
  asked: proto.Message.PeerDataOperationRequestMessage.IPlaceholderMessageResendRequest[],
): void => {
  const found = asked.slice(0, PLACEHOLDERS_MAX).flatMap(({ messageKey: key }) => {
    const chat = chatOf(world, key?.remoteJid);
    return state.messageById.get(messageKey(chat ?? '', key?.id ?? '')) ?? [];
  });
  const peerDataOperationResult = found.map((message) => {
    const webMessageInfoBytes = proto.WebMessageInfo.encode(webMessageOf(world, state, message)).finish();
    return { placeholderMessageResendResponse: { webMessageInfoBytes } };
  });
  const peerDataOperationRequestType = PeerDataOperationRequestType.PLACEHOLDER_MESSAGE_RESEND;
  tellOwnClient(world, state, client, {
    type: Type.PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE,
    peerDataOperationRequestResponseMessage: {
      peerDataOperationRequestType,
      stanzaId: requestId,
      peerDataOperationResult,
    },
  });
};

/** A phone answers its own client; what it does not know it lets pass. */
export const answerPeer = (
  world: World,
  state: AccountState,
  clientId: number,
  requestId: string,
  message: proto.IMessage,
): void => {
  const request = message.protocolMessage?.peerDataOperationRequestMessage;
  const client = state.devices.get(clientId);
  if (!request || client?.kind !== 'client') return;
  const { historySyncOnDemandRequest: history, placeholderMessageResendRequest: lost } = request;
  if (lost?.length) resend(world, state, client, requestId, lost);
  const chat = chatOf(world, history?.chatJid);
  if (!history || chat === undefined) return;
  const before = { id: history.oldestMsgId ?? '', at: Number(history.oldestMsgTimestampMs ?? 0) };
  const count = Math.min(history.onDemandMsgCount ?? 0, HISTORY_COUNT_MAX);
  const piece = historyBefore(world, state, chat, before, count);
  tellHistory(world, state, client, piece, requestId).catch(() => undefined);
};
