// @ts-check
/**
 * What a message says, by its kind.
 *
 * @import { Media, Message, Phone } from './types.d.ts'
 */
import { call, messagePath } from './api.js';
import { push } from './desk.js';
import { h } from './dom.js';
import { lengthOf, sizeOf } from './format.js';
import { icon } from './icons.js';
import { model, nameOf } from './model.js';
import { attempt } from './parts.js';

/** @param {Phone} phone @param {Message} message */
const fileUrl = ({ number }, message) => `/control${messagePath(number, message, '/media')}`;

/** @param {string} url @param {Media} media @param {string} kind */
const fileLink = (url, media, kind) =>
  h(
    'a.file',
    { href: url, download: media.file_name ?? kind },
    icon('file'),
    h(
      'span.row-body',
      null,
      h('span.row-title', null, media.file_name ?? kind),
      h('span.row-text', null, `${sizeOf(media.bytes)}, ${media.mime_type}`),
    ),
  );

/** @param {Phone} phone @param {Message} message @param {Media} media */
const fileContent = (phone, message, media) => {
  const url = fileUrl(phone, message);
  const [type] = media.mime_type.split('/');
  const { kind } = message;
  if (type === 'image' && kind !== 'document') {
    const alt = message.text ?? `${kind === 'sticker' ? 'Sticker' : 'Picture'} from ${nameOf(message.from)}`;
    return h(
      'a.picture',
      { href: url, target: '_blank', rel: 'noopener', class: kind === 'sticker' ? 'is-sticker' : '' },
      h('img', { src: url, alt, loading: 'lazy' }),
    );
  }
  if (type === 'video' && kind !== 'document')
    return h('video', { src: url, controls: true, preload: 'metadata', class: kind === 'video_note' ? 'is-note' : '' });
  if (type === 'audio' && kind !== 'document') {
    return h(
      'span.sound',
      null,
      icon('mic'),
      h('audio', { src: url, controls: true, preload: 'metadata' }),
      media.seconds !== undefined && h('span', null, lengthOf(media.seconds)),
    );
  }
  return fileLink(url, media, kind);
};

/** @param {Phone} phone @param {Message} message @param {NonNullable<Message['poll']>} poll */
const pollContent = (phone, message, poll) => {
  const { number } = phone;
  const own = poll.options.filter(({ voters }) => voters.includes(number)).map(({ name }) => name);
  const most = Math.max(1, ...poll.options.map(({ voters }) => voters.length));
  const isSingle = poll.selectable === 1;
  /** @param {string} name */
  const choose = (name) => {
    const rest = own.filter((one) => one !== name);
    const options = own.includes(name) ? rest : isSingle ? [name] : [...rest, name];
    void attempt(() => call('PUT', messagePath(number, message, '/vote'), { options }));
  };
  return h(
    'div.poll',
    { role: 'group', 'aria-label': `Poll: ${poll.name}` },
    h('strong', null, poll.name),
    h('span.poll-hint', null, isSingle ? 'Choose one' : 'Choose one or more'),
    poll.options.map(({ name, voters }) =>
      h(
        'button.option',
        {
          key: name,
          type: 'button',
          'aria-pressed': own.includes(name) ? 'true' : 'false',
          disabled: !phone.online,
          onclick: () => choose(name),
          title: voters.map(nameOf).join(', '),
        },
        h('span.option-mark', { class: isSingle ? 'is-single' : '' }),
        h('span.option-name', null, name),
        h('span.option-count', null, String(voters.length)),
        h('progress', { max: most, value: voters.length, 'aria-hidden': 'true' }),
      ),
    ),
  );
};

/** @param {Message['location'] & {}} place */
const placeContent = ({ latitude, longitude, name, address }) =>
  h(
    'span.place',
    null,
    icon('pin'),
    h(
      'span.row-body',
      null,
      h('span.row-title', null, name || 'Location'),
      h('span.row-text', null, address || `${latitude.toFixed(4)}, ${longitude.toFixed(4)}`),
    ),
  );

/** @param {Phone} phone @param {{ name: string, vcard: string }} contact */
const contactContent = (phone, { name, vcard }) => {
  const number = /waid=(\d+)/.exec(vcard)?.[1] ?? '';
  const open = () => push(phone.number, { name: 'chat', chat: number });
  return h(
    'span.place',
    { key: name },
    icon('user'),
    h('span.row-body', null, h('span.row-title', null, name), number && h('span.row-text', null, `+${number}`)),
    model.phones.has(number) &&
      number !== phone.number &&
      h('button.link', { type: 'button', onclick: open }, 'Message'),
  );
};

/** @param {Message} message */
const quotedContent = ({ quoted, chat, from, to }) => {
  if (!quoted) return false;
  const digits = (quoted.participant ?? '').split(/[@:]/)[0] ?? '';
  const author = [...model.phones.values()].find(({ number, lid }) => number === digits || lid === digits);
  const known = model.messages.get(`${from}|${chat}`) ?? model.messages.get(`${to}|${chat}`);
  const text = quoted.text || known?.find(({ id }) => id === quoted.id)?.kind || 'Message';
  return h('blockquote', null, author && h('strong', null, author.name), h('span', null, text));
};

/** @param {Phone} phone @param {Message} message */
const mainContent = (phone, message) => {
  if (message.media) return fileContent(phone, message, message.media);
  if (message.poll) return pollContent(phone, message, message.poll);
  if (message.location) return placeContent(message.location);
  if (message.contacts) return message.contacts.map((contact) => contactContent(phone, contact));
  return (
    message.text === null &&
    h('span.unknown', null, `A message of the kind “${message.kind}”, which this page does not draw.`)
  );
};

/** @param {Phone} phone @param {Message} message */
export const messageContent = (phone, message) => {
  if (message.deleted) return h('span.unknown', null, 'This message was deleted');
  const isFileName = message.text !== null && message.text === message.media?.file_name;
  const showsText = message.text !== null && !isFileName && !message.poll && !message.location && !message.contacts;
  return [
    message.forwarded && h('span.hint', null, 'Forwarded'),
    message.view_once && h('span.hint', null, 'To be viewed once'),
    quotedContent(message),
    mainContent(phone, message),
    showsText && h('span.text', { dir: 'auto' }, message.text),
  ];
};
