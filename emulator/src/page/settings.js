// @ts-check
/**
 * About a phone of one's own: what its person is called, how it answers, and what can become of it.
 *
 * @import { Phone } from './types.d.ts'
 */
import { call, phonePath, toBase64 } from './api.js';
import { redraw } from './desk.js';
import { h } from './dom.js';
import { plus } from './format.js';
import { icon } from './icons.js';
import { attempt, avatar, copyLine, readForm, say, screenHead, toggle } from './parts.js';

/** @type {Map<string, Record<string, number>>} */
const counters = new Map();

/** @param {string} number */
const loadCounters = async (number) => {
  counters.set(number, await call('GET', `${phonePath(number)}/counters`));
  redraw();
};

/** @param {string} number */
const picture = (number) =>
  h(
    'label.link',
    null,
    'Change picture',
    h('input.hidden-input', {
      type: 'file',
      accept: 'image/jpeg,image/png',
      onchange: (/** @type {Event} */ event) => {
        const file = /** @type {HTMLInputElement} */ (event.target).files?.[0];
        if (file) void attempt(async () => call('PUT', `${phonePath(number)}/picture`, { data: await toBase64(file) }));
      },
    }),
  );

/** @param {Phone} phone */
const dangers = ({ number, name, online }) => {
  const reinstall = () =>
    void attempt(() => call('POST', `${phonePath(number)}/reinstall`)).then(
      (done) => done && say('A new phone: its identity has changed, and its clients are unlinked.'),
    );
  const remove = () => {
    if (confirm(`Remove ${name} with all messages and links?`)) void attempt(() => call('DELETE', phonePath(number)));
  };
  return [
    h(
      'button.row',
      { type: 'button', onclick: reinstall, disabled: !online },
      icon('user'),
      h(
        'span.row-body',
        null,
        h('span.row-title', null, 'Get a new phone'),
        h('span.row-text', null, 'Another identity; its clients are unlinked'),
      ),
    ),
    h(
      'button.row.is-danger',
      { type: 'button', onclick: remove },
      icon('trash'),
      h('span.row-title', null, 'Remove this phone'),
    ),
  ];
};

/** @param {Phone} phone */
export const settingsScreen = (phone) => {
  const { number } = phone;
  /** @param {Record<string, unknown>} change */
  const patch = (change) => void attempt(() => call('PATCH', phonePath(number), change));
  const save = (/** @type {Event} */ event) => {
    const { name, about = '' } = readForm(event);
    patch({ name, about });
  };
  return [
    screenHead(number, 'About this phone'),
    h(
      'div.scroll',
      null,
      h(
        'div.portrait',
        { mount: () => void attempt(() => loadCounters(number)) },
        avatar(number),
        h('h4', null, phone.name),
        h('p', null, plus(number)),
        picture(number),
      ),
      h(
        'form.form.is-tight',
        { onsubmit: save },
        h(
          'label.field',
          null,
          'Name',
          h('input', { name: 'name', value: phone.name, required: true, maxlength: '100' }),
        ),
        h('label.field', null, 'About', h('input', { name: 'about', value: phone.about, maxlength: '256' })),
        h('button.button.is-quiet', { type: 'submit' }, 'Save'),
      ),
      toggle('Switched on', phone.online, (online) => patch({ online }), 'Messages wait while it is off'),
      toggle(
        'Says that messages arrived',
        phone.auto_delivered,
        (on) => patch({ auto_delivered: on }),
        'Delivered receipts',
      ),
      toggle(
        'Reads at once',
        phone.auto_read,
        (on) => patch({ auto_read: on }),
        'Read receipts without anybody looking',
      ),
      toggle(
        'Sends again when asked',
        phone.answer_retry,
        (on) => patch({ answer_retry: on }),
        'When a client could not read a message',
      ),
      h('h4.label', null, 'Hidden number (LID)'),
      copyLine(phone.lid, 'the LID'),
      h('h4.label', null, 'Counted'),
      h(
        'dl.facts',
        null,
        Object.entries(counters.get(number) ?? {}).map(([name, count]) =>
          h('div', { key: name }, h('dt', null, name.replaceAll('_', ' ')), h('dd', null, String(count))),
        ),
      ),
      dangers(phone),
    ),
  ];
};
