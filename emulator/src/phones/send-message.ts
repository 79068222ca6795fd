import { proto } from 'baileys';
import { enqueueStanza } from '../clients/outbox.ts';
import { nowMs, nowSeconds } from '../lib/clock.ts';
import { randomMessageId } from '../lib/random.ts';
import { hasBlocked } from '../people/privacy.ts';
import type { Addressing } from '../wire/jids.ts';
import { type BinaryNode, node } from '../wire/nodes.ts';
import { clientsOf, jidOf, phoneDevicesOf } from '../world/accounts.ts';
import type { PhoneDevice } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';
import { describeMessage, stanzaMarks } from './describe-message.ts';
import { encryptForClient } from './encrypt-for-client.ts';
import { padMessage } from './padding.ts';
import { LOCAL_COPY, receiveCopies } from './receive-copies.ts';
import { type Occasion, showContent } from './show-content.ts';

export type Outgoing = {
  to: AccountState;
  addressing: Addressing;
  message: proto.IMessage;
  id?: string | undefined;
  fromDevice?: number | undefined;
};

type Leg = {
  from: AccountState;
  device: PhoneDevice;
  to: AccountState;
  addressing: Addressing;
  id: string;
  kind: string;
  t: string;
  /** Set on a copy that a device asked for. */
  count?: string | undefined;
};

/** The stanza around one encrypted copy, from a person's phone to somebody else's client or to their own. */
export const wrapCopy = (leg: Leg, receiver: AccountState, enc: BinaryNode): BinaryNode => {
  const { from, to, addressing } = leg;
  const own = receiver === from;
  const other = addressing === 'lid' ? 'pn' : 'lid';
  const counted = leg.count === undefined ? enc : node('enc', { ...enc.attrs, count: leg.count }, enc.content);
  const alternative = jidOf(own ? to : from, other);
  const needsIdentity = enc.attrs.type === 'pkmsg' && leg.device.deviceIdentity !== undefined;
  return node(
    'message',
    {
      from: jidOf(from, addressing, leg.device.id),
      id: leg.id,
      ...stanzaMarks(leg.kind),
      t: leg.t,
      notify: from.account.name,
      recipient: own ? jidOf(to, addressing) : undefined,
      addressing_mode: addressing,
      // Own copies name the chat's other address; naming our own there would teach the client a wrong pair.
      [own ? `peer_recipient_${other}` : `sender_${other}`]: alternative,
    },
    [
      counted,
      ...(needsIdentity ? [node('device-identity', {}, leg.device.deviceIdentity)] : []),
      ...(own ? [] : verifiedName(from)),
    ],
  );
};

/** Messages of a business say under which name WhatsApp knows it. */
const verifiedName = ({ account }: AccountState): BinaryNode[] => {
  if (!account.business) return [];
  const { Details } = proto.VerifiedNameCertificate;
  const details = Details.encode({ serial: 1, issuer: 'smb:wa', verifiedName: account.name }).finish();
  return [node('verified_name', {}, proto.VerifiedNameCertificate.encode({ details }).finish())];
};

/** What the person's own clients get of a message sent on the phone. */
export const wrapForOwnDevices = (
  to: AccountState,
  addressing: Addressing,
  message: proto.IMessage,
): proto.IMessage => ({
  deviceSentMessage: { destinationJid: jidOf(to, addressing), message },
  messageContextInfo: message.messageContextInfo ?? null,
});

/** The copy with its authentication broken. */
export const damage = (enc: BinaryNode): BinaryNode => {
  if (!(enc.content instanceof Uint8Array)) return enc;
  const bytes = Buffer.from(enc.content);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 0xff;
  return { ...enc, content: bytes };
};

const deliverToClients = (world: World, leg: Leg, receiver: AccountState, message: proto.IMessage): void => {
  const encoded = proto.Message.encode(message).finish();
  for (const client of clientsOf(receiver)) {
    const enc = encryptForClient(world, leg.from, leg.device, receiver, client, padMessage(encoded));
    const { number } = receiver.account;
    const struck = world.faults.strike('corrupt_inbound', number, client.id);
    const stanza = wrapCopy(leg, receiver, struck ? damage(enc) : enc);
    enqueueStanza(world, receiver, client.id, stanza);
    const twice = world.faults.strike('duplicate', number, client.id, (fault) => fault.to !== 'phone');
    if (twice) enqueueStanza(world, receiver, client.id, stanza);
  }
};

const deliverToPhone = (world: World, leg: Leg, encoded: Uint8Array): void => {
  const copies = phoneDevicesOf(leg.to).map((device) => ({
    device: device.id,
    type: LOCAL_COPY,
    count: undefined,
    bytes: padMessage(encoded),
  }));
  receiveCopies(world, leg.to, {
    id: leg.id,
    stanza: world.nextSequence(),
    from: leg.from.account.number,
    fromDevice: leg.device.id,
    to: leg.to.account.number,
    addressing: leg.addressing,
    peer: false,
    at: nowMs(),
    copies,
  });
};

/** A person sends a message on their phone, or on another device the emulator plays. Gives its id. */
export const sendMessage = (world: World, from: AccountState, outgoing: Outgoing): string => {
  const device = from.devices.get(outgoing.fromDevice ?? 0);
  if (!device || device.kind === 'client') throw new Error('only a device of the emulator can be told to send');
  const { to, addressing, message } = outgoing;
  const { kind } = describeMessage(message);
  const encoded = proto.Message.encode(message).finish();
  const id = outgoing.id ?? randomMessageId();
  const leg: Leg = { from, device, to, addressing, id, kind, t: nowSeconds() };
  const occasion: Occasion = {
    id,
    chat: to.account.number,
    from: from.account.number,
    to: to.account.number,
    direction: 'out',
    fromDevice: device.id,
    addressing,
    at: nowMs(),
    status: 'sent',
    body: Buffer.from(encoded),
  };
  showContent(world, from, occasion, message);
  deliverToClients(world, leg, from, wrapForOwnDevices(to, addressing, message));
  if (to === from || hasBlocked(to, from)) return id;
  deliverToClients(world, leg, to, message);
  deliverToPhone(world, leg, encoded);
  return id;
};
