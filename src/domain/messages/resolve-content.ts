import type { Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import type { Identity, MessageRef, OutboundContent, OutboundMessage } from '../../network/index.ts';
import { readChat, readContactIdentity } from '../contacts/index.ts';
import type { InstanceRow } from '../instances/index.ts';
import { contentOf, type KeptContent } from './content.ts';
import { selectMessage } from './messages.sql.ts';
import type { MessageRow } from './messages.ts';
import { type Fault, findFault, type TargetUse } from './target-rules.ts';

/** The number that sends. */
export type Sender = Pick<InstanceRow, 'phone' | 'lid'>;

type Resolved<T> =
  | { readonly kind: 'resolved'; readonly value: T }
  | { readonly kind: 'impossible'; readonly fault: Fault };

/**
 * Turns ids of ours into what they stand for on the network, as it is now: since acceptance what a message refers to may
 * have failed, or have been taken back.
 */
export async function resolveMessage(
  tx: Tx,
  sender: Sender,
  message: MessageRow,
  destination: string,
): Promise<Resolved<OutboundMessage>> {
  const { mentions = [], ...said } = contentOf(message);
  const content = await resolveContent(tx, sender, message, said);
  if (content.kind === 'impossible') return content;
  const quoted =
    message.reply_to === null
      ? undefined
      : await resolveTarget(tx, sender, message, message.reply_to, { type: 'reply' });
  if (quoted?.kind === 'impossible') return quoted;
  const people: Identity[] = [];
  for (const id of mentions) people.push(await requireIdentity(tx, message, id));
  const seconds = (await readChat(tx, message.customer_id, message.chat_id))?.ephemeral_seconds ?? 0;
  return resolved({
    content: content.value,
    destination,
    self: identityOf(sender),
    atMs: tx.now,
    ...(quoted && { quoted: quoted.value }),
    ...(message.uploaded && { uploaded: message.uploaded }),
    ...(people.length > 0 && { mentions: people }),
    ...(seconds > 0 && { ephemeralSeconds: seconds }),
  });
}

async function resolveContent(
  tx: Tx,
  sender: Sender,
  message: MessageRow,
  said: KeptContent,
): Promise<Resolved<OutboundContent>> {
  if (!('messageId' in said)) return resolved(withImage(said, message));
  const { messageId: id, ...content } = said;
  const target = await resolveTarget(tx, sender, message, id, said);
  return target.kind === 'impossible' ? target : resolved({ ...content, target: target.value });
}

/** The picture of a link preview is kept beside the content, which is shown. */
function withImage(
  content: Exclude<KeptContent, { readonly messageId: unknown }>,
  message: MessageRow,
): OutboundContent {
  const { preview_image: image } = message;
  if (content.type !== 'text' || content.linkPreview === undefined || image === null) return content;
  return { ...content, linkPreview: { ...content.linkPreview, image } };
}

async function resolveTarget(
  tx: Tx,
  sender: Sender,
  message: MessageRow,
  id: Id<'msg'>,
  use: TargetUse,
): Promise<Resolved<MessageRef>> {
  const target = await selectMessage(tx, message.customer_id, id);
  if (!target) return impossible({ code: 'message_not_found', details: { id } });
  const fault = findFault(use, target, tx.now);
  if (fault) return impossible(fault);
  const fromMe = target.direction === 'out';
  // It stands before this one in its chat; what is forwarded may be of another, and wait there.
  if (fromMe && target.payload === null) {
    return impossible({ code: 'message_not_sent', details: { message_id: id, status: target.status } });
  }
  const author = fromMe ? identityOf(sender) : await requireIdentity(tx, target, target.contact_id);
  const text = target.edited_at === null ? undefined : wordsOf(target);
  return resolved({
    networkId: target.network_id,
    fromMe,
    author,
    ...(target.payload && { raw: target.payload }),
    ...(text !== undefined && { editedText: text }),
  });
}

/** What an edit has changed: only texts and captions are edited. */
function wordsOf({ content }: MessageRow): string | undefined {
  const { text, caption } = JSON.parse(content) as { text?: string; caption?: string };
  return text ?? caption;
}

async function requireIdentity(tx: Tx, message: MessageRow, contactId: Id<'con'> | null): Promise<Identity> {
  const identity = contactId && (await readContactIdentity(tx, message.customer_id, contactId));
  if (!identity) throw new Error(`message ${message.id} names a contact that is not there`);
  return identity;
}

const identityOf = ({ phone, lid }: Sender): Identity => ({ ...(phone && { phone }), ...(lid && { lid }) });

const resolved = <T>(value: T): Resolved<T> => ({ kind: 'resolved', value });
const impossible = (fault: Fault): Resolved<never> => ({ kind: 'impossible', fault });
