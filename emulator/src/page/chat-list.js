// @ts-check
/**
 * The first screen of a phone: its chats.
 *
 * @import { Chat, Message, Phone } from './types.d.ts'
 */
import { call, phonePath } from './api.js';
import { push } from './desk.js';
import { h } from './dom.js';
import { momentOf } from './format.js';
import { icon } from './icons.js';
import { isGroup, model, nameOf, typistsIn } from './model.js';
import { attempt, avatar, iconButton } from './parts.js';
import { ticks } from './ticks.js';

/** @type {Record<string, string>} */
const KIND_WORDS = {
  image: 'Photo',
  video: 'Video',
  video_note: 'Video note',
  audio: 'Audio',
  voice: 'Voice message',
  document: 'Document',
  sticker: 'Sticker',
  location: 'Location',
  contact: 'Contact',
};

/** A message in a line. @param {Message} message */
export const gist = (message) => {
  if (message.deleted) return 'This message was deleted';
  if (message.kind === 'poll') return `Poll: ${message.poll?.name ?? ''}`;
  const word = KIND_WORDS[message.kind] ?? '';
  return [word, message.text ?? message.media?.file_name ?? ''].filter(Boolean).join(': ') || message.kind;
};

/** @param {string} number @param {Chat} chat */
const lastLine = (number, { chat, last_message: last }) => {
  const typists = typistsIn(number, chat);
  if (typists.length)
    return h(
      'span.row-text.typing',
      null,
      isGroup(chat) ? `${nameOf(typists[0]?.number ?? '')} is typing…` : 'typing…',
    );
  if (!last) return h('span.row-text', null, '');
  const who = isGroup(chat) && last.direction === 'in' ? `${nameOf(last.from)}: ` : '';
  return h('span.row-text', null, ticks(last), `${who}${gist(last)}`);
};

/** @param {string} number @param {Chat} chat */
const chatRow = (number, chat) =>
  h(
    'button.row.chat-row',
    {
      key: chat.chat,
      type: 'button',
      onclick: () => push(number, { name: 'chat', chat: chat.chat }),
      class: chat.unread ? 'is-unread' : '',
    },
    avatar(chat.chat),
    h('span.row-body', null, h('span.row-title', null, nameOf(chat.chat)), lastLine(number, chat)),
    h(
      'span.row-end',
      null,
      chat.last_message && h('time', null, momentOf(chat.last_message.at)),
      (chat.unread > 0 || chat.marked_unread) &&
        h('span.badge', { 'aria-label': `${chat.unread} unread` }, chat.unread > 0 ? String(chat.unread) : '•'),
    ),
  );

/** Chats with the newest word first, and groups in which nothing was said yet. @param {string} number @returns {Chat[]} */
const chatsOf = (number) => {
  const chats = model.chats.get(number) ?? [];
  const known = new Set(chats.map(({ chat }) => chat));
  const silent = [...model.groups.values()]
    .filter(({ group, members }) => !known.has(group) && members.some((member) => member.number === number))
    .map(({ group }) => ({
      chat: group,
      messages: 0,
      unread: 0,
      disappearing_seconds: 0,
      pinned: false,
      archived: false,
      muted_until: null,
      marked_unread: false,
      last_message: null,
    }));
  const rank = (/** @type {Chat} */ chat) => `${chat.pinned ? 1 : 0}${chat.last_message?.at ?? ''}`;
  return [...chats, ...silent].sort((one, other) => (rank(one) < rank(other) ? 1 : -1));
};

/** @param {Phone} phone */
const emptyList = ({ number }) =>
  h(
    'div.empty',
    null,
    icon('chat'),
    h('p', null, 'No chats yet.'),
    h('button.button', { type: 'button', onclick: () => push(number, { name: 'new-chat' }) }, 'Start a chat'),
  );

/** Says what stands in the way, or what a newcomer does next. @param {Phone} phone */
const notices = ({ number, online }) => {
  const showsCode = model.waiting.some((client) => client.code_for === number);
  const link = () => push(number, { name: 'link' });
  if (!online) {
    const wake = () => void attempt(() => call('PATCH', phonePath(number), { online: true }));
    return h(
      'div.notice',
      null,
      h('span', null, 'This phone is switched off.'),
      h('button.link', { type: 'button', onclick: wake }, 'Switch on'),
    );
  }
  if (showsCode)
    return h(
      'div.notice.is-call',
      null,
      h('span', null, 'A client shows a code for this number.'),
      h('button.link', { type: 'button', onclick: link }, 'Enter code'),
    );
  return false;
};

/** @param {Phone} phone */
export const chatListScreen = (phone) => {
  const { number } = phone;
  const chats = chatsOf(number);
  return [
    h(
      'header.head.head-own',
      null,
      h('h3.head-title', null, 'Chats'),
      iconButton('add', 'New chat', () => push(number, { name: 'new-chat' })),
      iconButton('story', 'Stories', () => push(number, { name: 'stories' })),
      iconButton('link', 'Linked clients', () => push(number, { name: 'clients' })),
      iconButton('gear', 'About this phone', () => push(number, { name: 'settings' })),
    ),
    notices(phone),
    h(
      'div.scroll.chats',
      { role: 'list', 'aria-label': 'Chats' },
      chats.length
        ? chats.map((chat) => h('div', { role: 'listitem', key: chat.chat }, chatRow(number, chat)))
        : emptyList(phone),
    ),
  ];
};
