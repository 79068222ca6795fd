import type { proto } from 'baileys';
import type { OutboundMessage } from '../../network/index.ts';
import { authorJid, fieldOf, mentionJid, readContent } from './references.ts';

/** Adds what a message says beside its words: which one it answers, whom it mentions, and how long it stays. */
export function addContext(message: proto.IMessage, outbound: OutboundMessage): proto.IMessage {
  const field = fieldOf(message);
  if (field === undefined) return message;
  const contextInfo = { ...contextOf(message[field]), ...quote(outbound), ...mentions(outbound), ...timer(outbound) };
  if (Object.keys(contextInfo).length === 0) return message;
  return { ...message, [field]: { ...message[field], contextInfo } };
}

/** Every content that can have a context has it under this name. */
function contextOf(content: unknown): proto.IContextInfo {
  return (content as { contextInfo?: proto.IContextInfo | null }).contextInfo ?? {};
}

function quote(outbound: OutboundMessage): proto.IContextInfo {
  const { quoted } = outbound;
  if (quoted === undefined) return {};
  const original = readContent(quoted);
  return {
    stanzaId: quoted.networkId,
    participant: authorJid(quoted, outbound),
    // Without the words phones show the one that they have under this id.
    quotedMessage: original === undefined ? {} : { [original.field]: { ...original.content, contextInfo: null } },
  };
}

function timer({ ephemeralSeconds: expiration }: OutboundMessage): proto.IContextInfo {
  return expiration === undefined ? {} : { expiration };
}

function mentions({ mentions: people }: OutboundMessage): proto.IContextInfo {
  return people === undefined || people.length === 0 ? {} : { mentionedJid: people.map(mentionJid) };
}
