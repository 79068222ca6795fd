import type { BinaryNode } from 'baileys';
import type { ChatRef, Identity } from '../network/index.ts';
import { type ChatKind, chatKindOf, identityOf, samePerson } from './jids.ts';

/** Who wrote a message stanza and to which chat, from its attributes alone. */
export type Envelope = {
  readonly chat: ChatKind;
  readonly author: Identity;
  /** The other party: the author, or whom we wrote to when the author is this number. */
  readonly contact: Identity;
  readonly fromMe: boolean;
  /** From our own phone to its devices, about no chat. */
  readonly peer: boolean;
};

/**
 * A person writes as `from`; in groups and broadcasts as `participant`. Their other address comes as `sender_*` or
 * `participant_*`. Our own devices name the chat in `recipient` and its other address in `recipient_*`.
 */
export function envelopeOf(node: BinaryNode, self: Identity): Envelope {
  const { attrs } = node;
  const chat = chatKindOf(attrs.from);
  const many = chat !== 'person';
  const author = many
    ? identityOf([attrs.participant, attrs.participant_pn, attrs.participant_lid, attrs.sender_pn, attrs.sender_lid])
    : identityOf([attrs.from, attrs.sender_pn, attrs.sender_lid]);
  const fromMe = samePerson(author, self);
  if (!fromMe) {
    const named = attrs.notify === undefined || attrs.notify === '' ? author : { ...author, name: attrs.notify };
    return { chat, author, contact: named, fromMe, peer: false };
  }
  const addressed = identityOf([
    attrs.recipient,
    attrs.recipient_pn,
    attrs.recipient_lid,
    attrs.peer_recipient_pn,
    attrs.peer_recipient_lid,
  ]);
  const peer = attrs.category === 'peer';
  return { chat, author, contact: attrs.recipient === undefined ? author : addressed, fromMe, peer };
}

/** The chat as the rest of the program knows it. A broadcast list reaches each of its members as if alone. */
export function chatRefOf(node: BinaryNode, { chat, contact }: Pick<Envelope, 'chat' | 'contact'>): ChatRef {
  const address = node.attrs.from;
  if (address === undefined || chat === 'person' || chat === 'broadcast' || chat === 'other') {
    return { kind: 'person', contact };
  }
  return { kind: chat, address };
}
