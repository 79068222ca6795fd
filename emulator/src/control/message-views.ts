import { expiresAt, isChange } from '../phones/history.ts';
import { STORIES } from '../wire/jids.ts';
import type { ShownMessage } from '../world/types.ts';
import type { AccountState } from '../world/world.ts';

/** How messages look through the control API. What a message does not have is left out. */

const viewMedia = ({ details }: ShownMessage) => {
  const media = details?.media;
  if (!media) return undefined;
  return {
    mime_type: media.mimeType,
    bytes: media.byteCount,
    sha256: media.fileSha256.toString('hex'),
    file_name: media.fileName,
    seconds: media.seconds,
    thumbnail: details?.thumbnail,
    animated: details?.animated,
    waveform: details?.waveform?.toString('base64'),
  };
};

const isoOf = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : new Date(ms).toISOString();

const viewExtras = ({ details, fate }: ShownMessage) => {
  const { choice, invite, event, product, order } = details?.extras ?? {};
  return {
    choice,
    invite: invite && { ...invite, expiresAt: undefined, expires_at: new Date(invite.expiresAt * 1000).toISOString() },
    event: event && {
      description: event.description,
      starts_at: isoOf(event.startsAt),
      ends_at: isoOf(event.endsAt),
      place: event.place,
      replies: fate?.replies,
    },
    product: product && { id: product.id, title: product.title, price: product.price, currency: product.currency },
    order: order && { id: order.id, item_count: order.itemCount, total: order.total, currency: order.currency },
  };
};

const viewPoll = ({ details, fate }: ShownMessage) => {
  const poll = details?.poll;
  if (!poll) return undefined;
  const options = poll.options.map((name) => ({
    name,
    voters: (fate?.votes ?? []).filter((vote) => vote.options.includes(name)).map(({ from }) => from),
  }));
  return { name: poll.name, selectable: poll.selectable, options };
};

export const viewMessage = (message: ShownMessage) => {
  const { fate, details } = message;
  const deleted = fate?.deletedBy !== undefined;
  const expires = expiresAt(message);
  const content = deleted
    ? {}
    : {
        quoted: details?.quoted,
        mentions: details?.mentions,
        forwarded: details?.forwarded,
        view_once: details?.viewOnce,
        location: details?.location,
        contacts: details?.contacts,
        media: viewMedia(message),
        poll: viewPoll(message),
        ...viewExtras(message),
      };
  return {
    id: message.id,
    chat: message.chat,
    from: message.from,
    to: message.to,
    direction: message.direction,
    from_device: message.fromDevice,
    addressing: message.addressing,
    kind: message.kind,
    text: deleted ? null : (message.text ?? null),
    at: new Date(message.at).toISOString(),
    status: message.status,
    target: message.target,
    edited: fate?.editedAt !== undefined,
    deleted,
    starred: fate?.starred ?? false,
    pinned_by: fate?.pinnedBy,
    kept_by: fate?.keptBy,
    delivered_to: fate?.deliveredTo,
    read_by: fate?.readBy,
    reactions: deleted ? [] : (fate?.reactions ?? []),
    expires_at: expires === undefined ? undefined : new Date(expires).toISOString(),
    ...content,
  };
};

export const viewChats = (state: AccountState) => {
  const inChats = state.messages.filter(({ chat }) => chat !== STORIES);
  const byChat = Map.groupBy(inChats, ({ chat }) => chat);
  const settings = state.account.chats ?? {};
  return [...new Set([...byChat.keys(), ...Object.keys(settings)])].map((chat) => {
    const seen = (byChat.get(chat) ?? []).filter((message) => !isChange(message));
    const last = seen.at(-1);
    return {
      chat,
      messages: seen.length,
      unread: seen.filter(({ direction, status }) => direction === 'in' && status !== 'read').length,
      disappearing_seconds: settings[chat]?.disappearingSeconds ?? 0,
      pinned: settings[chat]?.pinned ?? false,
      archived: settings[chat]?.archived ?? false,
      muted_until: settings[chat]?.mutedUntil ?? null,
      marked_unread: settings[chat]?.markedUnread ?? false,
      last_message: last ? viewMessage(last) : null,
    };
  });
};
