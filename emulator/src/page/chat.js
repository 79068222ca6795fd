// @ts-check
/**
 * An open chat: its head, its messages, and where one writes.
 *
 * @import { Message, Phone } from './types.d.ts'
 */
import { bubble } from './bubble.js';
import { callButton } from './calls.js';
import { composer } from './composer.js';
import { desk, markRead, pop, push, redraw, uiOf } from './desk.js';
import { h } from './dom.js';
import { counted, dayOf, momentOf, plus } from './format.js';
import { isGroup, model, nameOf, refresh, typistsIn } from './model.js';
import { avatar, iconButton } from './parts.js';

/** How near to the end still counts as there, in pixels. */
const NEAR_END = 60;
const MORE = 200;

/** @param {string} number @param {string} chat */
const groupLine = (number, chat) => {
  const [first] = typistsIn(number, chat);
  if (first) return `${nameOf(first.number)} is ${first.state === 'recording' ? 'recording' : 'typing'}…`;
  const members = model.groups.get(chat)?.members ?? [];
  return members.map((member) => (member.number === number ? 'You' : nameOf(member.number))).join(', ');
};

/** @param {string} number @param {string} chat */
const personLine = (number, chat) => {
  const [typist] = typistsIn(number, chat);
  if (typist) return typist.state === 'recording' ? 'recording…' : 'typing…';
  const presence = model.phones.get(chat)?.presence;
  if (presence?.available) return 'online';
  return presence?.last_seen ? `last seen ${momentOf(presence.last_seen)}` : plus(chat);
};

/** @param {Phone} phone @param {string} chat */
const chatHead = (phone, chat) => {
  const { number } = phone;
  const line = isGroup(chat) ? groupLine(number, chat) : personLine(number, chat);
  const isActive = typistsIn(number, chat).length > 0;
  return h(
    'header.head',
    null,
    iconButton('back', 'Back to the chats', () => pop(number)),
    h(
      'button.head-person',
      { type: 'button', onclick: () => push(number, { name: 'info', chat }), 'aria-label': `${nameOf(chat)}: details` },
      avatar(chat),
      h(
        'span.row-body',
        null,
        h('span.head-title', null, nameOf(chat)),
        h('span.head-text', { class: isActive ? 'typing' : '' }, line),
      ),
    ),
    callButton(phone, chat),
  );
};

/** @param {Phone} phone @param {Message[]} messages */
const messageRows = (phone, messages) =>
  messages.map((message, index) => {
    const before = messages[index - 1];
    const isNewDay = !before || dayOf(before.at) !== dayOf(message.at);
    const startsRun = isNewDay || before.from !== message.from;
    return [
      isNewDay && h('p.day', { key: `day ${message.at}` }, h('span', null, dayOf(message.at))),
      bubble(phone, message, startsRun),
    ];
  });

/** @param {Phone} phone @param {string} chat */
const unreadLine = ({ number, online }, chat) => {
  const unread = model.chats.get(number)?.find((one) => one.chat === chat)?.unread ?? 0;
  if (unread === 0 || desk.hand === number) return false;
  return h(
    'div.unread',
    null,
    h('span', null, counted(unread, 'unread message')),
    online && h('button.link', { type: 'button', onclick: () => markRead(number, chat) }, 'Mark as read'),
  );
};

/** @param {Phone} phone @param {string} chat */
const log = (phone, chat) => {
  const { number } = phone;
  const ui = uiOf(number);
  const messages = model.messages.get(`${number}|${chat}`) ?? [];
  const hasMore = messages.length >= ui.limit;
  const showMore = () => {
    ui.limit += MORE;
    void refresh(number);
  };
  return h(
    'div.scroll.log',
    {
      key: chat,
      role: 'log',
      tabindex: '0',
      'aria-label': `Messages with ${nameOf(chat)}`,
      onscroll: (/** @type {Event} */ event) => {
        const { scrollHeight, scrollTop, clientHeight } = /** @type {HTMLElement} */ (event.target);
        ui.atBottom = scrollHeight - scrollTop - clientHeight < NEAR_END;
      },
      onclick: (/** @type {Event} */ event) => {
        if (ui.picked === undefined || event.target !== event.currentTarget) return;
        ui.picked = undefined;
        redraw();
      },
      patched: (/** @type {HTMLElement} */ element) => {
        if (ui.atBottom) element.scrollTop = element.scrollHeight;
      },
    },
    hasMore && h('button.link.more', { type: 'button', onclick: showMore }, 'Show earlier messages'),
    messages.length === 0 && h('p.day', null, h('span', null, 'Nothing was said here yet.')),
    messageRows(phone, messages),
  );
};

/** @param {Phone} phone @param {string} chat */
export const chatScreen = (phone, chat) => [
  chatHead(phone, chat),
  log(phone, chat),
  unreadLine(phone, chat),
  composer(phone, chat),
];
