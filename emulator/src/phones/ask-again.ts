import { enqueueStanza } from '../clients/outbox.ts';
import { writeUint } from '../lib/bytes.ts';
import { nowSeconds } from '../lib/clock.ts';
import { type BinaryNode, node } from '../wire/nodes.ts';
import { jidOf } from '../world/accounts.ts';
import type { CopyEnvelope, PhoneDevice } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';
import { messageKey } from './history.ts';
import { issuePhoneBundle } from './sessions.ts';

/** Phones stop asking for a message after so many attempts. */
const ATTEMPTS_MAX = 5;
/** Messages a phone goes on waiting for; the oldest are given up. */
const AWAITED_MAX = 10_000;

/** A published bundle as stanzas carry it, for key queries and retry receipts alike. */
export const bundleNodes = (bundle: {
  identityKey: Buffer;
  signedPreKey: { id: number; publicKey: Buffer; signature: Buffer };
  oneTimeKey: { id: number; publicKey: Buffer } | undefined;
}): BinaryNode[] => {
  const id = (value: number): BinaryNode => node('id', {}, writeUint(value, 3));
  const nodes = [
    node('type', {}, Buffer.from([5])),
    node('identity', {}, bundle.identityKey),
    node('skey', {}, [
      id(bundle.signedPreKey.id),
      node('value', {}, bundle.signedPreKey.publicKey),
      node('signature', {}, bundle.signedPreKey.signature),
    ]),
  ];
  if (bundle.oneTimeKey) {
    nodes.push(node('key', {}, [id(bundle.oneTimeKey.id), node('value', {}, bundle.oneTimeKey.publicKey)]));
  }
  return nodes;
};

/** A device that could not read a message asks the client that sent it to send it again. */
export const askAgain = (world: World, state: AccountState, device: PhoneDevice, envelope: CopyEnvelope): void => {
  const key = messageKey(envelope.from, envelope.id);
  const attempts = (state.awaitedResends.get(key)?.attempts ?? 0) + 1;
  const sender = world.accounts.get(envelope.from);
  if (attempts > ATTEMPTS_MAX || sender?.devices.get(envelope.fromDevice)?.kind !== 'client') return;
  const outstanding = (state.awaitedResends.get(key)?.outstanding ?? 0) + 1;
  state.awaitedResends.set(key, { attempts, outstanding });
  const [oldest] = state.awaitedResends.keys();
  if (state.awaitedResends.size > AWAITED_MAX && oldest !== undefined) state.awaitedResends.delete(oldest);
  const t = nowSeconds();
  const content = [
    node('retry', { count: attempts.toString(), id: envelope.id, t, v: '1', error: '0' }),
    node('registration', {}, writeUint(device.registrationId, 4)),
  ];
  // As real devices do: the first time the sender fetches keys, later ones come along.
  if (attempts > 1) content.push(node('keys', {}, bundleNodes(issuePhoneBundle(world, state, device))));
  const self = jidOf(state, envelope.addressing, device.id);
  const who = envelope.group === undefined ? { from: self } : { from: envelope.group, participant: self };
  const attributes = { ...who, id: envelope.id, type: 'retry', t };
  enqueueStanza(world, sender, envelope.fromDevice, node('receipt', attributes, content));
};
