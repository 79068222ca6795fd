import { type BinaryNode, proto } from 'baileys';
import type { ChatChange, ChatRef, InboundRecord, InboundUpdate, LabelUpdate } from '../network/index.ts';
import type { SyncedAction } from './app-state.ts';
import { chatKindOf, identityOf } from './jids.ts';

/** The year 9999: WhatsApp's own word for "muted for ever" is a negative time. */
export const foreverMs = 253_402_300_799_000;

/** What the devices of a number agreed on, as journaled by `createAppState`. */
export function interpretAppState(node: BinaryNode, record: InboundRecord): readonly InboundUpdate[] {
  const content = node.content instanceof Uint8Array ? Buffer.from(node.content).toString('utf8') : '[]';
  return asActions(JSON.parse(content)).map((action) => interpretAction(action, record));
}

function interpretAction({ index, value, initial }: SyncedAction, record: InboundRecord): InboundUpdate {
  const action = proto.SyncActionValue.decode(Buffer.from(value, 'base64'));
  const [name = '', subject = ''] = index;
  const at = Number(action.timestamp ?? 0);
  const atMs = Number.isSafeInteger(at) && at > 0 ? at : record.receivedAtMs;
  const change = changeOf(name, action);
  const chat = chatOf(subject);
  if (change !== undefined && chat !== undefined) return { kind: 'chat_change', chat, change, atMs, initial };
  if (name === 'contact') {
    const contact = identityOf([
      subject,
      action.contactAction?.lidJid ?? undefined,
      action.contactAction?.pnJid ?? undefined,
    ]);
    const savedName = action.contactAction?.fullName || action.contactAction?.firstName || null;
    if (contact.phone !== undefined || contact.lid !== undefined)
      return { kind: 'contact_named', contact, savedName, initial };
  }
  const ownName = name === 'setting_pushName' ? action.pushNameSetting?.name : undefined;
  if (ownName) return { kind: 'own_name', name: ownName, initial };
  return labelUpdateOf(index, action, initial) ?? { kind: 'ignored', why: `shared setting ${name}` };
}

/** Lists that the app keeps by itself, such as favourites, travel as labels, too. */
const labelTypes: readonly unknown[] = [
  undefined,
  null,
  proto.SyncActionValue.LabelEditAction.ListType.NONE,
  proto.SyncActionValue.LabelEditAction.ListType.PREDEFINED,
  proto.SyncActionValue.LabelEditAction.ListType.CUSTOM,
];

function labelUpdateOf(
  [name, networkId = '', jid = '']: readonly string[],
  { labelEditAction: edit, labelAssociationAction: association }: proto.ISyncActionValue,
  initial: boolean,
): LabelUpdate | undefined {
  if (networkId === '') return undefined;
  if (name === 'label_edit' && edit && labelTypes.includes(edit.type)) {
    const { name: text, color, predefinedId, deleted } = edit;
    const predefined = predefinedId ? { predefinedId } : {};
    const label = { networkId, name: text ?? '', color: color ?? 0, ...predefined, deleted: deleted === true };
    return { kind: 'label_edited', label, initial };
  }
  const chat = chatOf(jid);
  if (name !== 'label_jid' || !association || chat === undefined) return undefined;
  return { kind: 'label_attached', networkId, chat, on: association.labeled === true, initial };
}

function changeOf(name: string, action: proto.ISyncActionValue): ChatChange | undefined {
  const { archiveChatAction, pinAction, muteAction, markChatAsReadAction } = action;
  if (archiveChatAction) return { what: 'archive', on: archiveChatAction.archived === true };
  if (pinAction) return { what: 'pin', on: pinAction.pinned === true };
  if (muteAction) {
    const until = Number(muteAction.muteEndTimestamp ?? -1);
    return { what: 'mute', untilMs: muteAction.muted === true ? (until > 0 ? until : foreverMs) : null };
  }
  if (markChatAsReadAction) return { what: 'read', on: markChatAsReadAction.read !== false };
  return name === 'deleteChat' ? { what: 'delete' } : undefined;
}

/** The chat that a JID names; undefined for what is none of ours, such as a list of recipients. */
export function chatOf(jid: string): ChatRef | undefined {
  const kind = chatKindOf(jid);
  if (kind === 'person') return { kind, contact: identityOf([jid]) };
  return kind === 'group' || kind === 'newsletter' || kind === 'story' ? { kind, address: jid } : undefined;
}

/** `createAppState` wrote it. */
function asActions(value: unknown): readonly SyncedAction[] {
  return value as readonly SyncedAction[];
}
