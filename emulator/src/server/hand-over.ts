import { enqueueStanza } from '../clients/outbox.ts';
import { receiveCopies } from '../phones/receive-copies.ts';
import { damage } from '../phones/send-message.ts';
import { type BinaryNode, bytesOf, childrenOf } from '../wire/nodes.ts';
import type { CopyEnvelope, EncryptedCopy } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';

/** The last step of what the server relays, where faults strike. */

export const relayToClient = (world: World, receiver: AccountState, device: number, wrapped: BinaryNode): void => {
  const struck = world.faults.strike('corrupt_inbound', receiver.account.number, device);
  const stanza = struck ? { ...wrapped, content: damageLast(childrenOf(wrapped)) } : wrapped;
  enqueueStanza(world, receiver, device, stanza);
  const { number } = receiver.account;
  const twice = world.faults.strike('duplicate', number, device, (fault) => fault.to !== 'phone');
  if (twice) enqueueStanza(world, receiver, device, stanza);
};

export const relayToPhone = (world: World, account: AccountState, envelope: CopyEnvelope): void => {
  receiveCopies(world, account, envelope);
  const twice = world.faults.strike('duplicate', account.account.number, undefined, (fault) => fault.to === 'phone');
  if (twice) receiveCopies(world, account, envelope);
};

/** Of several encrypted parts the last is the message; the one before only brings keys. */
const damageLast = (parts: BinaryNode[]): BinaryNode[] => {
  const last = parts.findLastIndex(({ tag }) => tag === 'enc');
  return parts.map((part, index) => (index === last ? damage(part) : part));
};

export const readCopy = (device: number, enc: BinaryNode): EncryptedCopy => ({
  device,
  type: enc.attrs.type ?? '',
  count: enc.attrs.count,
  bytes: bytesOf(enc) ?? Buffer.alloc(0),
});
