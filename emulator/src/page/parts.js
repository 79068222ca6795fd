// @ts-check
/**
 * Small things that many screens are made of.
 *
 * @import { Child, Props } from './types.d.ts'
 */
import { pop, redraw } from './desk.js';
import { h } from './dom.js';
import { colourOf, initialsOf } from './format.js';
import { icon } from './icons.js';
import { isGroup, model, nameOf } from './model.js';

const TOAST_MS = 6000;

/** @type {{ id: number, text: string, tone: string }[]} */
const toasts = [];
let nextToast = 1;

/** @param {string} text @param {'good' | 'bad'} [tone] */
export const say = (text, tone = 'good') => {
  const toast = { id: nextToast++, text, tone };
  toasts.push(toast);
  setTimeout(() => {
    toasts.splice(toasts.indexOf(toast), 1);
    redraw();
  }, TOAST_MS);
  redraw();
};

export const toastArea = () =>
  h(
    'div.toasts',
    { role: 'status', 'aria-live': 'polite' },
    toasts.map(({ id, text, tone }) => h('p.toast', { key: id, class: tone }, text)),
  );

/**
 * Does something and says what went wrong, if it does.
 *
 * @param {() => Promise<unknown>} work
 * @returns {Promise<boolean>} whether it went well
 */
export const attempt = async (work) => {
  try {
    await work();
    return true;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error), 'bad');
    return false;
  }
};

/** @param {string} name @param {string} label @param {() => void} onclick @param {Props} [props] */
export const iconButton = (name, label, onclick, props) =>
  h('button.icon-button', { type: 'button', 'aria-label': label, title: label, onclick, ...props }, icon(name));

/** @param {string} id a number, or the JID of a group */
export const avatar = (id) => {
  const picture = model.phones.get(id)?.has_picture && h('img', { src: `/control/phones/${id}/picture`, alt: '' });
  const content =
    picture || (isGroup(id) ? icon('group') : model.phones.has(id) ? initialsOf(nameOf(id)) : icon('user'));
  return h('span.avatar', { class: `tint-${colourOf(id)}`, 'aria-hidden': 'true' }, content);
};

/** The head of a screen that one goes back from. @param {string} number @param {string} title @param {Child[]} rest */
export const screenHead = (number, title, ...rest) =>
  h(
    'header.head',
    null,
    iconButton('back', 'Back', () => pop(number)),
    h('h3.head-title', null, title),
    rest,
  );

/** A row that is a button. @param {{ icon?: Child, title: Child, text?: Child, end?: Child, onclick: () => void, class?: string }} row */
export const rowButton = ({ icon: lead, title, text, end, onclick, class: extra }) =>
  h(
    'button.row',
    { type: 'button', onclick, class: extra ?? '' },
    lead,
    h('span.row-body', null, h('span.row-title', null, title), text && h('span.row-text', null, text)),
    end,
  );

/** @param {string} label @param {boolean} on @param {(on: boolean) => void} set @param {string} [text] */
export const toggle = (label, on, set, text) =>
  h(
    'label.toggle',
    null,
    h('span.row-body', null, h('span.row-title', null, label), text && h('span.row-text', null, text)),
    h('input', {
      type: 'checkbox',
      role: 'switch',
      checked: on,
      onchange: (/** @type {Event} */ event) => set(/** @type {HTMLInputElement} */ (event.target).checked),
    }),
  );

/** @param {string} text @param {string} label */
export const copyLine = (text, label) =>
  h(
    'div.copy-line',
    null,
    h('code', null, text),
    iconButton(
      'copy',
      `Copy ${label}`,
      () => void attempt(() => navigator.clipboard.writeText(text)).then((done) => done && say(`Copied: ${label}`)),
    ),
  );

/** The fields of a form by name, empty ones left out. @param {Event} event @returns {Record<string, string>} */
export const readForm = (event) => {
  event.preventDefault();
  const data = new FormData(/** @type {HTMLFormElement} */ (event.target));
  return Object.fromEntries(
    [...data].flatMap(([name, value]) => (typeof value === 'string' && value.trim() ? [[name, value.trim()]] : [])),
  );
};

/** Focus goes to what has just appeared. @param {Element} element */
export const focus = (element) => /** @type {HTMLElement} */ (element).focus();
