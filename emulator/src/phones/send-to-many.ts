import { proto } from 'baileys';
import { enqueueStanza } from '../clients/outbox.ts';
import { membersOf } from '../groups/groups.ts';
import { nowMs, nowSeconds } from '../lib/clock.ts';
import { randomMessageId } from '../lib/random.ts';
import { encryptForGroup } from '../signal/sender-keys.ts';
import { STORIES } from '../wire/jids.ts';
import { type BinaryNode, node } from '../wire/nodes.ts';
import { clientsOf, jidOf, phoneDevicesOf } from '../world/accounts.ts';
import type { Group, PhoneDevice } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';
import { describeMessage, stanzaMarks } from './describe-message.ts';
import { encryptForClient } from './encrypt-for-client.ts';
import { padMessage } from './padding.ts';
import { LOCAL_COPY, receiveCopies } from './receive-copies.ts';
import { damage } from './send-message.ts';
import { distributionMessage, ownSenderKey, storeOwnSenderKey } from './sender-keys.ts';
import { type Occasion, showContent } from './show-content.ts';

/** What phones send to many at once, encrypted once for all of them: to a group, or as a story. */

type Leg = { from: AccountState; device: PhoneDevice; chat: string; id: string; kind: string; t: string };

/** The stanza around what a phone sends to many, for one client. Clients know their own stories by number only. */
export const wrapShared = (leg: Leg, receiver: AccountState, encs: BinaryNode[]): BinaryNode => {
  const { from, device, chat } = leg;
  const addressing = chat === STORIES && receiver === from ? 'pn' : 'lid';
  const other = addressing === 'lid' ? 'pn' : 'lid';
  const needsIdentity = device.deviceIdentity !== undefined && encs.some(({ attrs }) => attrs.type === 'pkmsg');
  const attributes = {
    from: chat,
    participant: jidOf(from, addressing, device.id),
    [`participant_${other}`]: jidOf(from, other, device.id),
    id: leg.id,
    ...stanzaMarks(leg.kind),
    t: leg.t,
    notify: from.account.name,
    addressing_mode: addressing,
  };
  return node(
    'message',
    attributes,
    needsIdentity ? [...encs, node('device-identity', {}, device.deviceIdentity)] : encs,
  );
};

const deliverToClients = (world: World, leg: Leg, people: AccountState[], encoded: Uint8Array): void => {
  const { from, device, chat } = leg;
  const own = ownSenderKey(world, from, device, chat);
  const distribution = padMessage(proto.Message.encode(distributionMessage(own, chat)).finish());
  const sealed = node('enc', { v: '2', type: 'skmsg' }, encryptForGroup(own, padMessage(encoded)));
  for (const member of people) {
    for (const client of clientsOf(member)) {
      const { number } = member.account;
      const key = `${number}:${client.id}`;
      const brings = own.sharedWith.has(key)
        ? []
        : [encryptForClient(world, from, device, member, client, distribution)];
      own.sharedWith.add(key);
      const struck = world.faults.strike('corrupt_inbound', number, client.id);
      const stanza = wrapShared(leg, member, [...brings, struck ? damage(sealed) : sealed]);
      enqueueStanza(world, member, client.id, stanza);
      const twice = world.faults.strike('duplicate', number, client.id, (fault) => fault.to !== 'phone');
      if (twice) enqueueStanza(world, member, client.id, stanza);
    }
  }
  storeOwnSenderKey(world, from, device, chat);
};

const deliverToPhones = (world: World, leg: Leg, people: AccountState[], encoded: Uint8Array): void => {
  const stanza = world.nextSequence();
  for (const member of people) {
    if (member === leg.from) continue;
    const bytes = padMessage(encoded);
    receiveCopies(world, member, {
      id: leg.id,
      stanza,
      from: leg.from.account.number,
      fromDevice: leg.device.id,
      to: leg.chat,
      group: leg.chat,
      addressing: 'lid',
      peer: false,
      at: nowMs(),
      copies: phoneDevicesOf(member).map(({ id }) => ({ device: id, type: LOCAL_COPY, count: undefined, bytes })),
    });
  }
};

export type SharedOutgoing = {
  chat: string;
  /** Everyone who gets it, the sender's own clients not to be forgotten. */
  people: AccountState[];
  message: proto.IMessage;
  id?: string | undefined;
  fromDevice?: number | undefined;
};

/** A person sends to many from one of the devices that the emulator plays. Gives the message's id. */
export const sendToMany = (world: World, from: AccountState, outgoing: SharedOutgoing): string => {
  const { chat, people, message } = outgoing;
  const device = from.devices.get(outgoing.fromDevice ?? 0);
  if (!device || device.kind === 'client') throw new Error('only a device of the emulator can be told to send');
  const id = outgoing.id ?? randomMessageId();
  const encoded = proto.Message.encode(message).finish();
  const { kind } = describeMessage(message);
  const leg: Leg = { from, device, chat, id, kind, t: nowSeconds() };
  const occasion: Occasion = {
    id,
    chat,
    from: from.account.number,
    to: chat,
    direction: 'out',
    fromDevice: device.id,
    addressing: 'lid',
    at: nowMs(),
    status: 'sent',
    body: Buffer.from(encoded),
  };
  showContent(world, from, occasion, message);
  deliverToClients(world, leg, people, encoded);
  deliverToPhones(world, leg, people, encoded);
  return id;
};

/** A person sends to a group. */
export const sendToGroup = (
  world: World,
  from: AccountState,
  group: Group,
  outgoing: Omit<SharedOutgoing, 'chat' | 'people'>,
): string => sendToMany(world, from, { ...outgoing, chat: group.jid, people: membersOf(world, group) });
