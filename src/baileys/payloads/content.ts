import type { proto } from 'baileys';
import type { OutboundContent, OutboundMessage } from '../../network/index.ts';
import { buildDelete, buildEdit, buildForward, buildReaction } from './changes.ts';
import { buildFile } from './files.ts';
import { buildContacts, buildLocation, buildText } from './plain.ts';
import { buildPoll, buildPollVote } from './poll.ts';

/** The types with a file share one shape. */
type OfType<T> = OutboundContent extends infer C
  ? C extends { type: infer Own }
    ? T extends Own
      ? C
      : never
    : never
  : never;

type Builders = {
  readonly [T in OutboundContent['type']]: (content: OfType<T>, message: OutboundMessage) => proto.IMessage;
};

const builders: Builders = {
  text: buildText,
  image: buildFile,
  video: buildFile,
  video_note: buildFile,
  gif: buildFile,
  audio: buildFile,
  voice: buildFile,
  document: buildFile,
  sticker: buildFile,
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
