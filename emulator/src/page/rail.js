// @ts-check
/** The bar at the edge: the phones there are, and the panels. */
import { desk, isNarrow, redraw, showPhone, togglePanel } from './desk.js';
import { h } from './dom.js';
import { counted, plus } from './format.js';
import { icon } from './icons.js';
import { model, unreadOf } from './model.js';
import { avatar } from './parts.js';

/** @param {import('./types.d.ts').Phone} phone */
const phoneButton = ({ number, name, online }) => {
  const unread = unreadOf(number);
  const isOpen = isNarrow() ? desk.hand === number : desk.open.includes(number);
  const label = `${name}, ${plus(number)}${unread ? `, ${counted(unread, 'unread message')}` : ''}${online ? '' : ', switched off'}`;
  return h(
    'button.rail-phone',
    {
      key: number,
      type: 'button',
      class: `${isOpen ? 'is-open' : ''} ${online ? '' : 'is-off'}`,
      'aria-current': desk.hand === number ? 'true' : 'false',
      'aria-label': label,
      title: label,
      onclick: () => showPhone(number),
    },
    h(
      'span.rail-face',
      null,
      avatar(number),
      unread > 0 && h('span.badge', null, unread > 99 ? '99+' : String(unread)),
    ),
    h('span.rail-name', null, name),
  );
};

/** @param {'faults' | 'connect'} panel @param {string} name @param {string} label @param {number} count */
const panelButton = (panel, name, label, count) =>
  h(
    'button.rail-tool',
    {
      type: 'button',
      class: desk.panel === panel ? 'is-open' : '',
      'aria-pressed': desk.panel === panel ? 'true' : 'false',
      'aria-label': count ? `${label}, ${count}` : label,
      onclick: () => togglePanel(panel),
    },
    h('span.rail-face', null, icon(name), count > 0 && h('span.badge.warm', null, String(count))),
    h('span.rail-name', null, label),
  );

export const rail = () =>
  h(
    'nav.rail',
    { 'aria-label': 'Phones and tools' },
    h(
      'div.rail-phones',
      null,
      [...model.phones.values()].map(phoneButton),
      h(
        'button.rail-phone.rail-add',
        {
          type: 'button',
          onclick: () => {
            desk.adding = true;
            redraw();
          },
        },
        h('span.rail-face', null, icon('add')),
        h('span.rail-name', null, 'Add phone'),
      ),
    ),
    h(
      'div.rail-tools',
      null,
      panelButton('faults', 'bolt', 'Faults', model.faults.length),
      panelButton('connect', 'plug', 'Connect', model.waiting.length),
    ),
  );
