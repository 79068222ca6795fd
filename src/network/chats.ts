import type { ChatRef } from './chat-ref.ts';
import type { Identity } from './identity.ts';

/** What a person can do to a chat of theirs, beside writing in it. */
export type ChatChange =
  | { readonly what: 'archive'; readonly on: boolean }
  | { readonly what: 'pin'; readonly on: boolean }
  /** For ever when it is `foreverMs` or later; not at all when it is null. */
  | { readonly what: 'mute'; readonly untilMs: number | null }
  /** As a mark alone: `on` is read, off is unread. */
  | { readonly what: 'read'; readonly on: boolean }
  | { readonly what: 'delete' };

/** A message as both sides know it. `author` is needed where several write. */
export type MessageName = { readonly networkId: string; readonly fromMe: boolean; readonly author?: Identity };

/** What can be asked about chats. */
export type ChatRequests = {
  /** Changes a chat on all devices of this number. `last` is its last message, which says how far the change goes. */
  change_chats: {
    input: {
      readonly chat: ChatRef;
      readonly change: ChatChange;
      readonly last?: MessageName & { readonly atMs: number };
    };
    answer: undefined;
  };
  /** Tells those who wrote them, as far as this number lets people know, and its own devices that messages were read. */
  read_messages: {
    input: { readonly chat: ChatRef; readonly messages: readonly MessageName[] };
    answer: undefined;
  };
  /** Has new messages of a chat disappear after a time; 0 for never. */
  set_chat_timer: { input: { readonly chat: ChatRef; readonly seconds: number }; answer: undefined };
};
