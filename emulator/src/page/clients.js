// @ts-check
/**
 * The clients linked to a phone.
 *
 * @import { Client, Phone } from './types.d.ts'
 */
import { call, phonePath } from './api.js';
import { push } from './desk.js';
import { h } from './dom.js';
import { momentOf } from './format.js';
import { icon } from './icons.js';
import { model } from './model.js';
import { attempt, say, screenHead } from './parts.js';

/** @type {[kind: string, words: string][]} */
const DISCONNECTS = [
  ['drop', 'Cut the connection'],
  ['half_open', 'Freeze it: it stays up, nothing moves'],
  ['restart_515', 'Ask it to restart (515)'],
  ['unavailable_503', 'Service unavailable (503)'],
  ['replaced', 'Say that another client took over'],
  ['device_removed', 'Say that it was unlinked'],
];

/** @param {Phone} phone @param {Client} client */
const clientCard = ({ number }, client) => {
  const path = `${phonePath(number)}/clients/${client.device}`;
  const unlink = () => void attempt(() => call('DELETE', path)).then((done) => done && say('The client is unlinked.'));
  const disconnect = (/** @type {Event} */ event) => {
    const select = /** @type {HTMLSelectElement} */ (event.target);
    const kind = select.value;
    select.value = '';
    if (kind) void attempt(() => call('POST', `${path}/disconnect`, { kind }));
  };
  /** @param {string} name @param {string} value */
  const fact = (name, value) => h('div', { key: name }, h('dt', null, name), h('dd', null, value));
  return h(
    'article.card',
    { key: client.device, 'aria-label': `Client ${client.device}` },
    h(
      'header.card-head',
      null,
      h('span.avatar.is-tool', null, icon('screen')),
      h(
        'span.row-body',
        null,
        h('span.row-title', null, client.platform),
        h(
          'span.row-text',
          null,
          h('span.dot', { class: client.online ? 'is-good' : '' }),
          client.online ? 'Online' : 'Offline',
        ),
      ),
    ),
    h(
      'dl.facts',
      null,
      fact('Device', String(client.device)),
      fact('Linked', momentOf(client.linked_at)),
      fact('Last login', client.last_login_at ? momentOf(client.last_login_at) : 'never'),
      fact('Not yet answered', String(client.undelivered)),
      fact('One-time keys left', String(client.prekeys_left)),
    ),
    h(
      'div.card-end',
      null,
      h(
        'select',
        { 'aria-label': 'Disconnect this client', disabled: !client.online, onchange: disconnect },
        h('option', { value: '' }, 'Disconnect…'),
        DISCONNECTS.map(([kind, words]) => h('option', { key: kind, value: kind }, words)),
      ),
      h('button.button.is-danger', { type: 'button', onclick: unlink }, 'Unlink'),
    ),
  );
};

/** @param {Phone} phone */
export const clientsScreen = (phone) => {
  const { number } = phone;
  const clients = model.clients.get(number) ?? [];
  return [
    screenHead(number, 'Linked clients'),
    h(
      'div.scroll.padded',
      null,
      h(
        'div.hero',
        null,
        icon('link'),
        h('p', null, 'A client, such as the gateway, uses WhatsApp with this number once this phone has linked it.'),
        h('button.button', { type: 'button', onclick: () => push(number, { name: 'link' }) }, 'Link a client'),
      ),
      clients.map((client) => clientCard(phone, client)),
    ),
  ];
};
