// @ts-check
/** A poll is made up. */
import { call, phonePath } from './api.js';
import { pop } from './desk.js';
import { h } from './dom.js';
import { attempt, focus, readForm, screenHead } from './parts.js';

const OPTIONS = 4;

/** @param {import('./types.d.ts').Phone} phone @param {string} chat */
export const pollScreen = ({ number }, chat) => {
  const post = async (/** @type {Event} */ event) => {
    const { question, many, ...options } = readForm(event);
    const body = {
      to: chat,
      kind: 'poll',
      text: question ?? '',
      options: Object.values(options),
      selectable: many ? 0 : 1,
    };
    if (await attempt(() => call('POST', `${phonePath(number)}/messages`, body))) pop(number);
  };
  return [
    screenHead(number, 'New poll'),
    h(
      'form.scroll.form',
      { onsubmit: post },
      h(
        'label.field',
        null,
        'Question',
        h('input', { name: 'question', required: true, maxlength: '250', mount: focus }),
      ),
      Array.from({ length: OPTIONS }, (_, index) =>
        h(
          'label.field',
          { key: index },
          `Option ${index + 1}`,
          h('input', { name: `option${index}`, required: index < 2, maxlength: '100' }),
        ),
      ),
      h(
        'label.check',
        null,
        h('input', { type: 'checkbox', name: 'many', value: 'yes' }),
        'More than one may be chosen',
      ),
      h('button.button', { type: 'submit' }, 'Send poll'),
    ),
  ];
};
