// @ts-check
/** Adding phones: one with a name, or two to begin with. */
import { call } from './api.js';
import { desk, push, redraw, takeInHand } from './desk.js';
import { h } from './dom.js';
import { icon } from './icons.js';
import { refresh } from './model.js';
import { attempt, focus, readForm } from './parts.js';

/** @param {Record<string, unknown>} input */
const add = async (input) => {
  const { number } = await call('POST', '/phones', input);
  await refresh(number);
  desk.open = [...new Set([...desk.open, number])];
  return number;
};

const close = () => {
  desk.adding = false;
  redraw();
};

const submit = async (/** @type {Event} */ event) => {
  const { name, number = '', devices = '1' } = readForm(event);
  const digits = number.replace(/\D/g, '');
  const isDone = await attempt(async () => {
    desk.chosen = true;
    takeInHand(await add({ name, ...(digits ? { number: digits } : {}), devices: Number(devices) }));
  });
  if (isDone) close();
};

export const addPhoneDialog = () =>
  desk.adding &&
  h(
    'dialog.dialog',
    {
      key: 'add-phone',
      'aria-labelledby': 'add-phone-title',
      mount: (/** @type {HTMLDialogElement} */ dialog) => dialog.showModal(),
      onclose: close,
      onclick: (/** @type {Event} */ event) => event.target === event.currentTarget && close(),
    },
    h(
      'form.form',
      { onsubmit: submit },
      h('h2', { id: 'add-phone-title' }, 'Add a phone'),
      h(
        'p.hint',
        null,
        'An account of the emulated WhatsApp with its main device: somebody to write to, or the owner of the number that you link.',
      ),
      h(
        'label.field',
        null,
        'Name',
        h('input', { name: 'name', required: true, maxlength: '100', autocomplete: 'off', mount: focus }),
      ),
      h(
        'label.field',
        null,
        'Number, with country code (empty: any)',
        h('input', { name: 'number', inputmode: 'tel', autocomplete: 'off', placeholder: '+49 151 …' }),
      ),
      h(
        'label.field',
        null,
        'Devices of the person',
        h(
          'select',
          { name: 'devices' },
          ['1', '2', '3'].map((count) => h('option', { key: count, value: count }, count)),
        ),
      ),
      h(
        'div.form-end',
        null,
        h('button.button', { type: 'submit' }, 'Add'),
        h('button.button.is-quiet', { type: 'button', onclick: close }, 'Cancel'),
      ),
    ),
  );

const addTwo = () =>
  attempt(async () => {
    const shop = await add({ name: 'Shop' });
    const ada = await add({ name: 'Ada' });
    push(ada, { name: 'chat', chat: shop });
    push(shop, { name: 'link' });
    takeInHand(shop);
  });

export const welcome = () =>
  h(
    'div.welcome',
    null,
    h('span.welcome-mark', null, icon('chat')),
    h('h1', null, 'WhatsApp on your desk'),
    h(
      'p',
      null,
      'Phones, the people who hold them, and WhatsApp’s servers between them, all on this machine. Link your client to one of the phones, and write to it from another.',
    ),
    h(
      'div.welcome-buttons',
      null,
      h('button.button', { type: 'button', onclick: () => void addTwo() }, 'Start with two phones'),
      h(
        'button.button.is-quiet',
        {
          type: 'button',
          onclick: () => {
            desk.adding = true;
            redraw();
          },
        },
        'Add one myself',
      ),
    ),
  );
