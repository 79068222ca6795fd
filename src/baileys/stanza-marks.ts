import { type BinaryNode, normalizeMessageContent, proto } from 'baileys';

const { Type } = proto.Message.ProtocolMessage;

const editMark = '1';
const ownDeletionMark = '7';
const adminDeletionMark = '8';

/** What the server is told of a message outside of its encryption, since it treats changes and polls in their own way. */
export type StanzaMarks = { readonly attributes: { readonly edit?: string }; readonly nodes: readonly BinaryNode[] };

/** Reads them from the message itself, so that every attempt has the same. */
export function marksOf(wrapped: proto.IMessage): StanzaMarks {
  const message = normalizeMessageContent(wrapped) ?? {};
  const edit = editOf(message);
  const polltype = pollTypeOf(message);
  return {
    attributes: edit === undefined ? {} : { edit },
    nodes: polltype === undefined ? [] : [{ tag: 'meta', attrs: { polltype } }],
  };
}

function editOf({ protocolMessage, reactionMessage }: proto.IMessage): string | undefined {
  if (reactionMessage?.text === '') return ownDeletionMark;
  if (protocolMessage?.type === Type.MESSAGE_EDIT) return editMark;
  if (protocolMessage?.type !== Type.REVOKE) return undefined;
  return protocolMessage.key?.fromMe === true ? ownDeletionMark : adminDeletionMark;
}

function pollTypeOf(message: proto.IMessage): string | undefined {
  if (message.pollUpdateMessage) return 'vote';
  return message.pollCreationMessage || message.pollCreationMessageV3 ? 'creation' : undefined;
}
