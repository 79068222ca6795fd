// @ts-check
/** One phone on the desk, and which of its screens is shown. */

import { callBanner } from './calls.js';
import { chatScreen } from './chat.js';
import { chatListScreen } from './chat-list.js';
import { clientsScreen } from './clients.js';
import { closePhone, desk, isNarrow, push, screenOf, takeInHand } from './desk.js';
import { h } from './dom.js';
import { counted, plus } from './format.js';
import { infoScreen } from './info.js';
import { linkScreen } from './link.js';
import { model } from './model.js';
import { newChatScreen, newGroupScreen } from './new-chat.js';
import { avatar, iconButton } from './parts.js';
import { pollScreen } from './poll.js';
import { settingsScreen } from './settings.js';
import { storiesScreen } from './stories.js';

/** @param {import('./types.d.ts').Phone} phone */
const shownScreen = (phone) => {
  const screen = screenOf(phone.number);
  switch (screen.name) {
    case 'chats':
      return chatListScreen(phone);
    case 'chat':
      return chatScreen(phone, screen.chat);
    case 'info':
      return infoScreen(phone, screen.chat);
    case 'poll':
      return pollScreen(phone, screen.chat);
    case 'new-chat':
      return newChatScreen(phone);
    case 'new-group':
      return newGroupScreen(phone);
    case 'clients':
      return clientsScreen(phone);
    case 'link':
      return linkScreen(phone);
    case 'stories':
      return storiesScreen(phone);
    case 'settings':
      return settingsScreen(phone);
  }
};

/** Whose phone it is, and whether a client uses its number. @param {import('./types.d.ts').Phone} phone */
const ownerBar = ({ number, name }) => {
  const clients = model.clients.get(number) ?? [];
  const online = clients.filter((client) => client.online).length;
  const go = () => push(number, { name: clients.length ? 'clients' : 'link' });
  return h(
    'header.owner',
    { key: 'owner' },
    h(
      'button.owner-name',
      { type: 'button', title: 'About this phone', onclick: () => push(number, { name: 'settings' }) },
      avatar(number),
      h('h2', null, name),
      h('span.head-text', null, plus(number)),
    ),
    h(
      'button.chip',
      { type: 'button', onclick: go },
      clients.length > 0 && h('span.dot', { class: online ? 'is-good' : '' }),
      clients.length ? `${counted(clients.length, 'client')} ${online ? 'online' : 'offline'}` : 'Link a client',
    ),
    !isNarrow() && iconButton('close', 'Take off the desk', () => closePhone(number)),
  );
};

/** @param {import('./types.d.ts').Phone} phone */
export const phoneCard = (phone) => {
  const isHeld = desk.hand === phone.number;
  const hold = () => takeInHand(phone.number);
  return h(
    'section.phone',
    {
      key: phone.number,
      class: `${isHeld ? 'is-held' : ''} ${phone.online ? '' : 'is-off'}`,
      'aria-label': `${phone.name}’s phone`,
      'data-number': phone.number,
      onpointerdown: hold,
      mount: (/** @type {Element} */ card) => card.addEventListener('focusin', hold),
    },
    ownerBar(phone),
    callBanner(phone),
    h('div.phone-body', { key: JSON.stringify(screenOf(phone.number)) }, shownScreen(phone)),
  );
};
