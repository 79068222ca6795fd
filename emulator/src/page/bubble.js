// @ts-check
/**
 * One message, and what can be done about it.
 *
 * @import { Message, Phone } from './types.d.ts'
 */
import { call, messagePath } from './api.js';
import { messageContent } from './content.js';
import { redraw, uiOf } from './desk.js';
import { h } from './dom.js';
import { colourOf, timeOf } from './format.js';
import { icon } from './icons.js';
import { isGroup, model, nameOf } from './model.js';
import { attempt, iconButton, say } from './parts.js';
import { ticks } from './ticks.js';

const EMOJI = ['👍', '❤️', '😂', '😮', '😢', '🙏'];

/** @param {Phone} phone @param {Message} message @param {string} emoji */
const react = ({ number }, message, emoji) => {
  uiOf(number).picked = undefined;
  const own = message.reactions.find(({ from }) => from === number)?.emoji;
  void attempt(() => call('PUT', messagePath(number, message, '/reaction'), { emoji: own === emoji ? '' : emoji }));
  redraw();
};

/** @param {Phone} phone @param {Message} message */
const actions = (phone, message) => {
  const { number } = phone;
  const ui = uiOf(number);
  const isOwn = message.direction === 'out';
  const isAdmin = (model.groups.get(message.chat)?.members ?? []).some(
    (member) => member.number === number && member.role !== 'member',
  );
  /** @param {Partial<typeof ui>} change */
  const then = (change) => () => {
    Object.assign(ui, { picked: undefined, ...change });
    redraw();
  };
  const remove = () => {
    then({})();
    void attempt(() => call('DELETE', messagePath(number, message)));
  };
  const copy = () => {
    then({})();
    void attempt(() => navigator.clipboard.writeText(message.id)).then(
      (done) => done && say('Copied the id of the message'),
    );
  };
  return h(
    'div.actions',
    { role: 'group', 'aria-label': 'What to do with the message', key: 'actions' },
    EMOJI.map((emoji) =>
      h(
        'button.emoji',
        { type: 'button', 'aria-label': `React with ${emoji}`, onclick: () => react(phone, message, emoji) },
        emoji,
      ),
    ),
    h(
      'span.actions-line',
      null,
      iconButton('reply', 'Reply', then({ reply: message, editing: undefined })),
      isOwn && message.kind === 'text' && iconButton('edit', 'Edit', then({ editing: message, reply: undefined })),
      (isOwn || isAdmin) && iconButton('trash', 'Delete for everyone', remove),
      iconButton('copy', 'Copy the id', copy),
      iconButton('close', 'Close', then({})),
    ),
  );
};

/** @param {Message} message */
const reactions = (message) => {
  const byEmoji = Map.groupBy(message.reactions, ({ emoji }) => emoji);
  return h(
    'span.reactions',
    { title: message.reactions.map(({ from, emoji }) => `${nameOf(from)} ${emoji}`).join(', ') },
    [...byEmoji].map(([emoji, all]) => h('span', { key: emoji }, all.length > 1 ? `${emoji} ${all.length}` : emoji)),
  );
};

/** @param {Message} message */
const marks = (message) =>
  h(
    'span.marks',
    null,
    message.expires_at && icon('timer'),
    message.edited && !message.deleted && h('span', null, 'edited'),
    h('time', { datetime: message.at }, timeOf(message.at)),
    ticks(message),
  );

/** @param {Phone} phone @param {Message} message @param {boolean} startsRun */
export const bubble = (phone, message, startsRun) => {
  const ui = uiOf(phone.number);
  const isPicked = ui.picked === message.id;
  const pick = () => {
    ui.picked = isPicked ? undefined : message.id;
    redraw();
  };
  const author = startsRun && isGroup(message.chat) && message.direction === 'in';
  return h(
    'div.message',
    {
      key: message.id,
      class: `is-${message.direction} ${startsRun ? 'is-first' : ''} ${message.reactions.length ? 'has-reactions' : ''}`,
      'data-id': message.id,
      onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === 'Escape' && isPicked && pick(),
    },
    isPicked && actions(phone, message),
    h(
      'div.bubble',
      { ondblclick: () => !message.deleted && phone.online && pick() },
      author && h('span.author', { class: `ink-${colourOf(message.from)}` }, nameOf(message.from)),
      messageContent(phone, message),
      marks(message),
      message.reactions.length > 0 && reactions(message),
    ),
    !message.deleted &&
      phone.online &&
      iconButton('smile', 'React, reply and more', pick, {
        class: 'message-more',
        'aria-expanded': isPicked ? 'true' : 'false',
      }),
  );
};
