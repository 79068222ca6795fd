// @ts-check
/**
 * Whom to write to, and founding a group.
 *
 * @import { Phone } from './types.d.ts'
 */
import { call, phonePath } from './api.js';
import { desk, pop, push, redraw, uiOf } from './desk.js';
import { h } from './dom.js';
import { plus } from './format.js';
import { icon } from './icons.js';
import { model, refresh } from './model.js';
import { attempt, avatar, focus, readForm, rowButton, screenHead } from './parts.js';

/** @param {Phone} phone */
const others = ({ number }) => [...model.phones.values()].filter((other) => other.number !== number);

/** @param {string} name */
const round = (name) => h('span.avatar.is-tool', { 'aria-hidden': 'true' }, icon(name));

/** @param {Phone} phone */
export const newChatScreen = (phone) => {
  const { number } = phone;
  /** @param {string} chat */
  const open = (chat) => {
    uiOf(number).screens = [{ name: 'chats' }];
    push(number, { name: 'chat', chat });
  };
  const join = async (/** @type {Event} */ event) => {
    const code = (readForm(event).code ?? '').replace(/^.*\//, '');
    await attempt(async () => open((await call('POST', `${phonePath(number)}/join`, { code })).group));
  };
  const addPhone = () => {
    desk.adding = true;
    redraw();
  };
  return [
    screenHead(number, 'New chat'),
    h(
      'div.scroll',
      null,
      rowButton({ icon: round('group'), title: 'New group', onclick: () => push(number, { name: 'new-group' }) }),
      rowButton({ icon: round('add'), title: 'Add a phone', text: 'Somebody else to write to', onclick: addPhone }),
      h('h4.label', null, 'People with a phone here'),
      others(phone).map((other) =>
        rowButton({
          icon: avatar(other.number),
          title: other.name,
          text: plus(other.number),
          onclick: () => open(other.number),
        }),
      ),
      h('h4.label', null, 'Join a group'),
      h(
        'form.inline-form',
        { onsubmit: join },
        h('input', {
          name: 'code',
          required: true,
          'aria-label': 'Invite link or code',
          placeholder: 'Invite link or code',
        }),
        h('button.button', { type: 'submit' }, 'Join'),
      ),
    ),
  ];
};

/** @param {Phone} phone */
export const newGroupScreen = (phone) => {
  const { number } = phone;
  const found = async (/** @type {Event} */ event) => {
    const { subject, ...chosen } = readForm(event);
    await attempt(async () => {
      const group = await call('POST', '/groups', { by: number, subject, members: Object.keys(chosen) });
      await refresh('groups');
      uiOf(number).screens = [{ name: 'chats' }];
      push(number, { name: 'chat', chat: group.group });
    });
  };
  return [
    screenHead(number, 'New group'),
    h(
      'form.scroll.form',
      { onsubmit: found },
      h(
        'label.field',
        null,
        'Name of the group',
        h('input', { name: 'subject', required: true, maxlength: '100', mount: focus }),
      ),
      h('h4.label', null, 'Members'),
      others(phone).map((other) =>
        h(
          'label.row',
          { key: other.number },
          avatar(other.number),
          h('span.row-body', null, h('span.row-title', null, other.name), h('span.row-text', null, plus(other.number))),
          h('input', { type: 'checkbox', name: other.number, value: 'yes' }),
        ),
      ),
      h(
        'div.form-end',
        null,
        h('button.button', { type: 'submit' }, 'Create group'),
        h('button.button.is-quiet', { type: 'button', onclick: () => pop(number) }, 'Cancel'),
      ),
    ),
  ];
};
