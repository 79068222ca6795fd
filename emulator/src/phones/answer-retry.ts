import { proto } from 'baileys';
import { enqueueStanza } from '../clients/outbox.ts';
import { warnOfLowKeys } from '../clients/prekeys.ts';
import { isSharedChat } from '../groups/groups.ts';
import { readUint } from '../lib/bytes.ts';
import type { PreKeyBundle } from '../signal/sessions.ts';
import { type BinaryNode, bytesOf, childNamed, node } from '../wire/nodes.ts';
import { findAccount } from '../world/accounts.ts';
import type { ClientDevice, PhoneDevice } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';
import { encryptForClient } from './encrypt-for-client.ts';
import { messageKey } from './history.ts';
import { padMessage } from './padding.ts';
import { wrapCopy, wrapForOwnDevices } from './send-message.ts';
import { wrapShared } from './send-to-many.ts';
import { distributionMessage, ownSenderKey } from './sender-keys.ts';
import { issueClientBundle } from './sessions.ts';

const readKey = (parent: BinaryNode | undefined): { id: number; publicKey: Buffer } | undefined => {
  const id = bytesOf(childNamed(parent, 'id'));
  const publicKey = bytesOf(childNamed(parent, 'value'));
  return id && publicKey ? { id: readUint(id), publicKey } : undefined;
};

/** The fresh keys that a client puts into later retry receipts. */
const readBundle = (receipt: BinaryNode): PreKeyBundle | undefined => {
  const keys = childNamed(receipt, 'keys');
  const identityKey = bytesOf(childNamed(keys, 'identity'));
  const registration = bytesOf(childNamed(receipt, 'registration'));
  const signedPreKey = readKey(childNamed(keys, 'skey'));
  if (!identityKey || !registration || !signedPreKey) return undefined;
  const oneTimeKey = readKey(childNamed(keys, 'key'));
  return { registrationId: readUint(registration), identityKey, signedPreKey, oneTimeKey };
};

const encryptAgain = (
  world: World,
  phone: AccountState,
  device: PhoneDevice,
  asker: AccountState,
  client: ClientDevice,
  receipt: BinaryNode,
  message: proto.IMessage,
): BinaryNode => {
  const given = readBundle(receipt);
  const bundle = given ?? issueClientBundle(world, asker, client);
  if (!given) warnOfLowKeys(world, asker, client.id);
  const plain = padMessage(proto.Message.encode(message).finish());
  return encryptForClient(world, phone, device, asker, client, plain, bundle);
};

const countOf = (receipt: BinaryNode): string => childNamed(receipt, 'retry')?.attrs.count ?? '1';

/** In a group, the one device that asked gets the message for itself, and the chain for those that follow. */
const answerInGroup = (
  world: World,
  phone: AccountState,
  asker: AccountState,
  client: ClientDevice,
  receipt: BinaryNode,
  group: string,
): void => {
  const message = phone.messageById.get(messageKey(group, receipt.attrs.id ?? ''));
  const device = message && phone.devices.get(message.fromDevice);
  if (!message?.body || !device || device.kind === 'client') return;
  const own = ownSenderKey(world, phone, device, group);
  const content = { ...proto.Message.decode(message.body), ...distributionMessage(own, group) };
  const enc = encryptAgain(world, phone, device, asker, client, receipt, content);
  const t = Math.floor(message.at / 1000).toString();
  const leg = { from: phone, device, chat: group, id: message.id, kind: message.kind, t };
  const counted = node('enc', { ...enc.attrs, count: countOf(receipt) }, enc.content);
  enqueueStanza(world, asker, client.id, wrapShared(leg, asker, [counted]));
};

/**
 * A client could not read a message of this phone: it gets the same message under the same id, in a new session. Nothing
 * happens if the phone does not know the message, or has been told not to answer.
 */
export const answerRetry = (
  world: World,
  phone: AccountState,
  asker: AccountState,
  client: ClientDevice,
  receipt: BinaryNode,
): void => {
  if (!phone.account.answerRetry) return;
  const group = receipt.attrs.to;
  if (isSharedChat(group)) {
    answerInGroup(world, phone, asker, client, receipt, group);
    return;
  }
  const own = asker === phone;
  const chat = own ? findAccount(world, receipt.attrs.recipient) : asker;
  const message = chat && phone.messageById.get(messageKey(chat.account.number, receipt.attrs.id ?? ''));
  const device = message && phone.devices.get(message.fromDevice);
  if (!message?.body || !device || device.kind === 'client') return;
  const content = proto.Message.decode(message.body);
  const wrapped = own ? wrapForOwnDevices(chat, message.addressing, content) : content;
  const enc = encryptAgain(world, phone, device, asker, client, receipt, wrapped);
  const leg = {
    from: phone,
    device,
    to: chat,
    addressing: message.addressing,
    id: message.id,
    kind: message.kind,
    t: Math.floor(message.at / 1000).toString(),
    count: countOf(receipt),
  };
  enqueueStanza(world, asker, client.id, wrapCopy(leg, asker, enc));
};
