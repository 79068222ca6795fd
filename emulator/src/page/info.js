// @ts-check
/**
 * About a person or a group, as the phone shows it.
 *
 * @import { Group, Phone } from './types.d.ts'
 */
import { call, phonePath } from './api.js';
import { redraw, uiOf } from './desk.js';
import { h } from './dom.js';
import { counted, plus, timerOf } from './format.js';
import { icon } from './icons.js';
import { model, nameOf } from './model.js';
import { attempt, avatar, copyLine, iconButton, readForm, rowButton, screenHead, toggle } from './parts.js';

const TIMERS = [0, 86_400, 7 * 86_400, 90 * 86_400];

/** Whom each person has blocked, once it has been asked. @type {Map<string, string[]>} */
const blocks = new Map();

/** @param {string} number */
const loadBlocks = async (number) => {
  const { blocked } = await call('GET', `${phonePath(number)}/blocks`);
  blocks.set(number, blocked);
  redraw();
};

/** @param {Phone} phone @param {string} chat */
const timerField = ({ number, online }, chat) => {
  const now = model.chats.get(number)?.find((one) => one.chat === chat)?.disappearing_seconds ?? 0;
  const choose = (/** @type {Event} */ event) => {
    const seconds = Number(/** @type {HTMLSelectElement} */ (event.target).value);
    void attempt(() => call('POST', `${phonePath(number)}/messages`, { to: chat, kind: 'timer', seconds }));
  };
  const shown = TIMERS.includes(now) ? TIMERS : [...TIMERS, now];
  return h(
    'label.toggle',
    null,
    h('span.row-body', null, h('span.row-title', null, 'Disappearing messages')),
    h(
      'select',
      { onchange: choose, disabled: !online },
      shown.map((seconds) =>
        h('option', { key: seconds, value: seconds, selected: seconds === now }, timerOf(seconds)),
      ),
    ),
  );
};

/** @param {Phone} phone @param {string} chat */
const personInfo = (phone, chat) => {
  const { number } = phone;
  const person = model.phones.get(chat);
  const block = (/** @type {boolean} */ blocked) =>
    void attempt(async () => {
      await call('PUT', `${phonePath(number)}/blocks`, { number: chat, blocked });
      await loadBlocks(number);
    });
  return [
    h(
      'div.portrait',
      { mount: () => void attempt(() => loadBlocks(number)) },
      avatar(chat),
      h('h4', null, nameOf(chat)),
      h('p', null, plus(chat)),
      person?.about && h('p.row-text', null, person.about),
    ),
    person ? timerField(phone, chat) : h('p.hint', null, 'There is no phone with this number here.'),
    person && toggle('Blocked', blocks.get(number)?.includes(chat) ?? false, block, 'Their messages do not arrive'),
    person && h('h4.label', null, 'Hidden number (LID)'),
    person && copyLine(person.lid, 'the LID'),
  ];
};

/** @param {Phone} phone @param {Group} group @param {boolean} isAdmin */
const memberRows = (phone, group, isAdmin) => {
  /** @param {string} action @param {string} member */
  const change = (action, member) => () =>
    void attempt(() => call('POST', `/groups/${group.group}/members`, { by: phone.number, action, numbers: [member] }));
  const members = new Set(group.members.map((member) => member.number));
  const outside = [...model.phones.values()].filter(({ number }) => !members.has(number));
  return [
    h('h4.label', null, counted(group.members.length, 'member')),
    group.members.map(({ number, role }) =>
      h(
        'div.row',
        { key: number },
        avatar(number),
        h(
          'span.row-body',
          null,
          h('span.row-title', null, number === phone.number ? 'You' : nameOf(number)),
          h('span.row-text', null, role === 'member' ? plus(number) : 'Admin'),
        ),
        isAdmin &&
          number !== phone.number &&
          role !== 'superadmin' &&
          h(
            'button.link',
            { type: 'button', onclick: change(role === 'member' ? 'promote' : 'demote', number) },
            role === 'member' ? 'Make admin' : 'No admin',
          ),
        isAdmin && number !== phone.number && iconButton('close', `Remove ${nameOf(number)}`, change('remove', number)),
      ),
    ),
    outside.map(({ number, name }) =>
      rowButton({
        icon: h('span.avatar.is-tool', null, icon('add')),
        title: `Add ${name}`,
        text: plus(number),
        onclick: change('add', number),
      }),
    ),
  ];
};

/** @param {Phone} phone @param {Group} group */
const groupInfo = (phone, group) => {
  const { number } = phone;
  const role = group.members.find((member) => member.number === number)?.role;
  const isAdmin = role === 'admin' || role === 'superadmin';
  /** @param {Record<string, unknown>} change */
  const patch = (change) => void attempt(() => call('PATCH', `/groups/${group.group}`, { by: number, ...change }));
  const rename = (/** @type {Event} */ event) => {
    const { subject, description = '' } = readForm(event);
    patch({
      ...(subject === group.subject ? {} : { subject }),
      ...(description === (group.description ?? '') ? {} : { description }),
    });
  };
  const leave = () => void attempt(() => call('POST', `${phonePath(number)}/leave`, { group: group.group }));
  return [
    h(
      'div.portrait',
      null,
      avatar(group.group),
      h('h4', null, group.subject),
      group.description && h('p.row-text', null, group.description),
    ),
    role &&
      h(
        'form.form.is-tight',
        { onsubmit: rename, key: `${group.subject}|${group.description}` },
        h(
          'label.field',
          null,
          'Name',
          h('input', { name: 'subject', value: group.subject, required: true, maxlength: '100' }),
        ),
        h(
          'label.field',
          null,
          'Description',
          h('input', { name: 'description', value: group.description ?? '', maxlength: '2048' }),
        ),
        h('button.button.is-quiet', { type: 'submit' }, 'Save'),
      ),
    isAdmin && toggle('Only admins write', group.announce, (announce) => patch({ announce })),
    role && timerField(phone, group.group),
    memberRows(phone, group, isAdmin),
    h('h4.label', null, 'Invite code'),
    copyLine(group.invite_code, 'the invite code'),
    role &&
      h(
        'button.row.is-danger',
        { type: 'button', onclick: leave },
        icon('back'),
        h('span.row-title', null, 'Leave the group'),
      ),
  ];
};

/** @param {Phone} phone @param {string} chat */
export const infoScreen = (phone, chat) => {
  const group = model.groups.get(chat);
  const body = group ? groupInfo(phone, group) : personInfo(phone, chat);
  return [
    screenHead(phone.number, group ? 'Group' : 'Contact'),
    h('div.scroll', { key: String(uiOf(phone.number).screens.length) }, body),
  ];
};
