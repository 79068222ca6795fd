// @ts-check
/**
 * What people show for a day.
 *
 * @import { Message, Phone } from './types.d.ts'
 */
import { call, phonePath, toBase64 } from './api.js';
import { messageContent } from './content.js';
import { h } from './dom.js';
import { momentOf } from './format.js';
import { model, nameOf } from './model.js';
import { attempt, avatar, readForm, screenHead } from './parts.js';

/** @param {Phone} phone @param {Message} story */
const storyCard = (phone, story) => {
  const isOwn = story.direction === 'out';
  const isSeen = isOwn || story.status === 'read';
  const view = () =>
    void attempt(() => call('POST', `${phonePath(phone.number)}/stories/${encodeURIComponent(story.id)}/view`));
  const viewers = (story.read_by ?? []).map(nameOf);
  return h(
    'article.card',
    { key: story.id },
    h(
      'header.card-head',
      null,
      avatar(story.from),
      h(
        'span.row-body',
        null,
        h('span.row-title', null, isOwn ? 'You' : nameOf(story.from)),
        h('span.row-text', null, momentOf(story.at)),
      ),
      !isSeen && phone.online && h('button.button.is-quiet', { type: 'button', onclick: view }, 'View'),
    ),
    isSeen && h('div.story', null, messageContent(phone, story)),
    isOwn && h('p.hint', null, viewers.length ? `Seen by ${viewers.join(', ')}` : 'Seen by nobody yet'),
  );
};

/** @param {Phone} phone */
const storyForm = ({ number }) => {
  const post = async (/** @type {Event} */ event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    const { text = '' } = readForm(event);
    const file = /** @type {File} */ (new FormData(form).get('picture'));
    const isPicture = file.size > 0;
    const content = isPicture ? { kind: 'image', data: await toBase64(file), mime_type: file.type } : {};
    if (!text && !isPicture) return;
    if (await attempt(() => call('POST', `${phonePath(number)}/stories`, { text, ...content }))) form.reset();
  };
  return h(
    'form.form.is-tight',
    { onsubmit: post },
    h(
      'label.field',
      null,
      'Your story',
      h('input', { name: 'text', maxlength: '700', placeholder: 'What others see for a day' }),
    ),
    h('label.field', null, 'A picture with it', h('input', { name: 'picture', type: 'file', accept: 'image/*' })),
    h('div.form-end', null, h('button.button', { type: 'submit' }, 'Post')),
  );
};

/** @param {Phone} phone */
export const storiesScreen = (phone) => {
  const stories = model.stories.get(phone.number) ?? [];
  return [
    screenHead(phone.number, 'Stories'),
    h(
      'div.scroll.padded',
      null,
      phone.online && storyForm(phone),
      h('h4.label', null, stories.length ? 'Newest first' : 'Nobody has posted one yet'),
      stories.toReversed().map((story) => storyCard(phone, story)),
    ),
  ];
};
