import { hash } from 'node:crypto';
import { proto } from 'baileys';
import { nowMs } from '../lib/clock.ts';
import type { RatchetOutcome } from '../signal/ratchet.ts';
import { decryptMessage } from '../signal/sessions.ts';
import { storeAccount } from '../world/accounts.ts';
import type { CopyEnvelope, Delivery, DeliveryClass, PhoneDevice } from '../world/types.ts';
import { type AccountState, sequenceKey, type World } from '../world/world.ts';
import { answerPeer } from './answer-peer.ts';
import { askAgain } from './ask-again.ts';
import { messageKey, recordDelivery } from './history.ts';
import { readMessage } from './padding.ts';
import { sendReceipt } from './receipts.ts';
import { readFromGroup, takeSenderKey } from './sender-keys.ts';
import { ownKeysOf, sessionsWith, storeSessions } from './sessions.ts';
import { showContent } from './show-content.ts';

type Copy = CopyEnvelope['copies'][number];
type Opened = { kind: 'plain'; message: proto.IMessage } | { kind: 'duplicate' } | { kind: 'failed'; reason: string };

/** Copies between emulated devices need no Signal session. */
export const LOCAL_COPY = 'local';

const classify = (state: AccountState, envelope: CopyEnvelope): DeliveryClass => {
  const key = messageKey(envelope.from, envelope.id);
  const earlier = state.seen.get(key);
  if (earlier === undefined) return 'first';
  if (earlier === envelope.stanza) return 'server_duplicate';
  const asked = state.awaitedResends.get(key);
  if (asked === undefined && !envelope.askedFor && envelope.copies.every((copy) => copy.count === undefined))
    return 'resend';
  if (asked && asked.outstanding > 0) asked.outstanding -= 1;
  return 'retry_resend';
};

const decryptCopy = (
  world: World,
  state: AccountState,
  device: PhoneDevice,
  envelope: CopyEnvelope,
  copy: Copy,
): RatchetOutcome => {
  if (copy.type === LOCAL_COPY) return { kind: 'plain', bytes: copy.bytes };
  const sender = world.accounts.get(envelope.from);
  if (!sender) return { kind: 'failed', reason: 'sender is gone' };
  const list = sessionsWith(world, state, device.id, sender, envelope.fromDevice);
  const open = (type: string, bytes: Buffer): RatchetOutcome => {
    const outcome = decryptMessage(list, ownKeysOf(world, state, device), type, bytes);
    if (outcome.kind === 'plain') storeSessions(world, state, device.id, sender, envelope.fromDevice);
    return outcome;
  };
  if (copy.type !== 'skmsg' || envelope.group === undefined) return open(copy.type, copy.bytes);
  const author = { number: envelope.from, device: envelope.fromDevice };
  const brought = copy.distribution && open(copy.distribution.type, copy.distribution.bytes);
  if (brought?.kind === 'plain') takeSenderKey(world, state, device.id, author, readMessage(brought.bytes));
  return readFromGroup(world, state, device.id, envelope.group, author, copy.bytes);
};

const openCopy = (
  world: World,
  state: AccountState,
  device: PhoneDevice,
  envelope: CopyEnvelope,
  copy: Copy,
  deliveryClass: DeliveryClass,
): Opened => {
  const outcome = decryptCopy(world, state, device, envelope, copy);
  if (outcome.kind !== 'plain') return outcome;
  const asksAgain = copy.type !== LOCAL_COPY && deliveryClass !== 'retry_resend';
  if (asksAgain && world.faults.strike('retry_request', state.account.number, device.id)) {
    return { kind: 'failed', reason: 'asked again because a fault says so' };
  }
  try {
    const message = readMessage(outcome.bytes);
    takeSenderKey(world, state, device.id, { number: envelope.from, device: envelope.fromDevice }, message);
    return { kind: 'plain', message: message.deviceSentMessage?.message ?? message };
  } catch (error) {
    return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
};

const countEnvelope = (state: AccountState, envelope: CopyEnvelope, deliveryClass: DeliveryClass): void => {
  const { counters } = state.account;
  if (envelope.peer) return;
  if (envelope.from === state.account.number) {
    counters.own_copies += envelope.copies.length;
    return;
  }
  counters.raw += envelope.copies.length;
  if (deliveryClass === 'resend') counters.resends += 1;
  if (deliveryClass === 'server_duplicate') counters.server_duplicates += 1;
  if (deliveryClass === 'retry_resend') counters.retry_resends += 1;
};

const describeDelivery = (
  world: World,
  state: AccountState,
  envelope: CopyEnvelope,
  copy: Copy,
  deliveryClass: DeliveryClass,
  opened: Opened,
): Delivery => ({
  sequence: world.nextSequence(),
  id: envelope.id,
  stanza: envelope.stanza,
  device: copy.device,
  from: envelope.from,
  fromDevice: envelope.fromDevice,
  encType: copy.type,
  count: copy.count,
  byteCount: copy.bytes.length,
  sha256: hash('sha256', copy.bytes, 'hex'),
  at: nowMs(),
  class: deliveryClass,
  own: envelope.from === state.account.number,
  decrypted: opened.kind === 'plain',
  error: opened.kind === 'failed' ? opened.reason : undefined,
});

const showOpened = (world: World, state: AccountState, envelope: CopyEnvelope, message: proto.IMessage): void => {
  const own = envelope.from === state.account.number;
  if (envelope.peer) {
    if (own) answerPeer(world, state, envelope.fromDevice, envelope.id, message);
    return;
  }
  const occasion = {
    id: envelope.id,
    chat: envelope.group ?? (own ? envelope.to : envelope.from),
    from: envelope.from,
    to: envelope.to,
    direction: own ? ('out' as const) : ('in' as const),
    fromDevice: envelope.fromDevice,
    addressing: envelope.addressing,
    at: envelope.at,
    status: own ? ('sent' as const) : ('delivered' as const),
    body: Buffer.from(proto.Message.encode(message).finish()),
  };
  const outcome = showContent(world, state, occasion, message);
  if (outcome !== 'nothing' && !own) state.account.counters[outcome] += 1;
};

/** Opens one stanza's copies on all devices they are for: remembers them, shows what is new, answers as phones do. */
const openEnvelope = (world: World, state: AccountState, envelope: CopyEnvelope): void => {
  const deliveryClass = classify(state, envelope);
  countEnvelope(state, envelope, deliveryClass);
  const own = envelope.from === state.account.number;
  let message: proto.IMessage | undefined;
  for (const copy of envelope.copies) {
    const device = state.devices.get(copy.device);
    if (!device || device.kind === 'client') continue;
    const opened = openCopy(world, state, device, envelope, copy, deliveryClass);
    recordDelivery(world, state, describeDelivery(world, state, envelope, copy, deliveryClass, opened));
    if (opened.kind === 'plain') message ??= opened.message;
    if (opened.kind !== 'failed') continue;
    if (!own) state.account.counters.undecryptable += 1;
    askAgain(world, state, device, envelope);
  }
  if (message) {
    const key = messageKey(envelope.from, envelope.id);
    if (state.awaitedResends.get(key)?.outstanding === 0) state.awaitedResends.delete(key);
    showOpened(world, state, envelope, message);
    if (!own) answerSender(world, state, envelope);
  }
  storeAccount(world, state);
};

const answerSender = (world: World, state: AccountState, envelope: CopyEnvelope): void => {
  const sender = world.accounts.get(envelope.from);
  if (!sender) return;
  const { autoDelivered, autoRead } = state.account;
  const about = { ids: [envelope.id], addressing: envelope.addressing, group: envelope.group };
  if (autoDelivered) sendReceipt(world, state, sender, 'delivered', about);
  if (!autoRead) return;
  sendReceipt(world, state, sender, 'read', about);
  const shown = state.messageById.get(messageKey(envelope.group ?? envelope.from, envelope.id));
  if (shown) shown.status = 'read';
};

/** Takes in one stanza's copies for the emulated devices of an account; a phone that is off gets them later. */
export const receiveCopies = (world: World, state: AccountState, envelope: CopyEnvelope): void => {
  if (envelope.copies.length === 0) return;
  if (state.account.online) {
    openEnvelope(world, state, envelope);
    return;
  }
  const sequence = world.nextSequence();
  state.parked.push({ sequence, envelope });
  world.store.put('parked', sequenceKey(sequence), () => ({ sequence, envelope, owner: state.account.number }));
};

/** Opens what came while the phone was off, in order. */
export const openParkedCopies = (world: World, state: AccountState): void => {
  const parked = state.parked.splice(0);
  for (const item of parked) {
    world.store.remove('parked', sequenceKey(item.sequence));
    openEnvelope(world, state, item.envelope);
  }
};
