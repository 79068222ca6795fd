import type { proto } from 'baileys';
import type { OutboundContent, OutboundMessage } from '../../network/index.ts';
import { buildDelete, buildEdit, buildForward, buildReaction } from './changes.ts';
import { buildContacts, buildLocation, buildText } from './plain.ts';
import { buildPoll, buildPollVote } from './poll.ts';

type Builders = {
  readonly [T in OutboundContent['type']]: (
    content: Extract<OutboundContent, { type: T }>,
    message: OutboundMessage,
  ) => proto.IMessage;
};

const builders: Builders = {
  text: buildText,
  location: buildLocation,
  contacts: buildContacts,
  poll: buildPoll,
  poll_vote: buildPollVote,
  reaction: buildReaction,
  edit: buildEdit,
  delete: buildDelete,
  forward: buildForward,
};

/** Every type of message that can be sent. */
export const outboundTypes = Object.keys(builders) as readonly OutboundContent['type'][];

/** What a message says, without what stands around it. */
export function buildContent(message: OutboundMessage): proto.IMessage {
  return builderOf(message.content)(message.content, message);
}

/** The table has the builder of a type under its name. */
function builderOf(content: OutboundContent) {
  return builders[content.type] as (content: OutboundContent, message: OutboundMessage) => proto.IMessage;
}
