// @ts-check
/** How a client is told to connect to this emulator instead of WhatsApp. */
import { togglePanel } from './desk.js';
import { h } from './dom.js';
import { model } from './model.js';
import { copyLine, iconButton } from './parts.js';

const STEPS = [
  'Start the client with these settings; “npm run dev” does that for the gateway by itself.',
  'Let it show a QR code or an eight-character code.',
  'On a phone here, choose “Linked clients”, then “Link a client”, and paste the code.',
];

export const connectPanel = () => {
  const { info, waiting } = model;
  if (!info) return false;
  return h(
    'aside.panel',
    { 'aria-label': 'Connect a client', key: 'connect' },
    h(
      'header.head',
      null,
      h('h2.head-title', null, 'Connect a client'),
      iconButton('close', 'Close', () => togglePanel('connect')),
    ),
    h(
      'div.scroll.padded',
      null,
      h(
        'ol.steps',
        null,
        STEPS.map((step) => h('li', { key: step }, step)),
      ),
      h('h3.label', null, 'Waiting to be linked'),
      waiting.length === 0 && h('p.hint', null, 'Nobody at the moment.'),
      h(
        'ul.plain',
        null,
        waiting.map(({ platform, code_for: number }, index) =>
          h(
            'li.active-fault',
            { key: index },
            h('span.dot.is-good'),
            h('span.row-body', null, platform, number && h('span.row-text', null, `shows a code for +${number}`)),
          ),
        ),
      ),
      h('h3.label', null, 'Settings of the gateway'),
      copyLine(`WHATSAPP_WEB_URL=${info.ws_url}`, 'the address'),
      copyLine(`WHATSAPP_WEB_ROOT_KEY=${info.root_key}`, 'the root key'),
      copyLine(`NODE_EXTRA_CA_CERTS=${info.media_ca_path}`, 'the certificate of the media host'),
      h('h3.label', null, 'Control API'),
      h(
        'p.hint',
        null,
        'Everything that this page does is HTTP: ',
        h('a', { href: '/openapi.json', target: '_blank', rel: 'noopener' }, 'openapi.json'),
        '.',
      ),
    ),
  );
};
