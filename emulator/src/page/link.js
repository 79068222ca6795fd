// @ts-check
/**
 * Linking a client: by its QR code, however the person has it, or by an eight-character code.
 *
 * @import { Phone } from './types.d.ts'
 */
import { call, phonePath } from './api.js';
import { pop } from './desk.js';
import { h } from './dom.js';
import { counted } from './format.js';
import { icon } from './icons.js';
import { model } from './model.js';
import { attempt, focus, readForm, say, screenHead } from './parts.js';
import { readImage, readText } from './read-qr.js';
import { scanScreen } from './scan-screen.js';

const NO_CODE = 'No QR code was found in this. Try a larger picture, or the text that the client shows.';

/** @param {string} number @param {string | undefined} qr */
const scan = async (number, qr) => {
  if (qr === undefined) throw new Error(NO_CODE);
  await call('POST', `${phonePath(number)}/scan`, { qr });
  say('The client is linked.');
  pop(number);
};

/** @param {string} number @param {Blob | null | undefined} image */
const scanImage = (number, image) => image && attempt(async () => scan(number, await readImage(image)));

/** @param {string} number */
const qrForm = (number) =>
  h(
    'form.form.is-tight',
    {
      onsubmit: (/** @type {Event} */ event) => {
        const text = readForm(event).qr ?? '';
        void attempt(async () => scan(number, await readText(text)));
      },
      ondragover: (/** @type {Event} */ event) => event.preventDefault(),
      ondrop: (/** @type {DragEvent} */ event) => {
        event.preventDefault();
        void scanImage(number, event.dataTransfer?.files[0]);
      },
    },
    h(
      'label.field',
      null,
      'The QR code',
      h('textarea.paste', {
        name: 'qr',
        rows: 5,
        required: true,
        spellcheck: 'false',
        placeholder:
          'Paste it here: its text, a screenshot of it, the answer of the gateway, or what the terminal drew',
        mount: focus,
        onpaste: (/** @type {ClipboardEvent} */ event) => {
          const file = event.clipboardData?.files[0];
          if (!file) return;
          event.preventDefault();
          void scanImage(number, file);
        },
      }),
    ),
    h(
      'div.form-end',
      null,
      h('button.button', { type: 'submit' }, 'Link'),
      h(
        'label.button.is-quiet',
        null,
        'Choose a picture',
        h('input.hidden-input', {
          type: 'file',
          accept: 'image/*',
          onchange: (/** @type {Event} */ event) =>
            void scanImage(number, /** @type {HTMLInputElement} */ (event.target).files?.[0]),
        }),
      ),
      h(
        'button.button.is-quiet',
        { type: 'button', onclick: () => void lookAtScreen(number) },
        icon('screen'),
        'Look at my screen',
      ),
    ),
  );

/** @param {string} number */
const lookAtScreen = (number) =>
  attempt(async () => {
    const seen = await scanScreen(async (text) => {
      if (!text.includes(',')) return false;
      await scan(number, text);
      return true;
    }).catch((error) => {
      // The person has changed their mind.
      if (error instanceof DOMException) return true;
      throw error;
    });
    if (!seen) throw new Error('No QR code was seen there.');
  });

/** @param {string} number */
const codeForm = (number) =>
  h(
    'form.inline-form',
    {
      onsubmit: (/** @type {Event} */ event) => {
        const { code = '' } = readForm(event);
        void attempt(async () => {
          await call('POST', `${phonePath(number)}/link-code`, { code });
          say('The client is linked.');
          pop(number);
        });
      },
    },
    h('input.code', {
      name: 'code',
      required: true,
      minlength: '8',
      maxlength: '9',
      autocomplete: 'off',
      spellcheck: 'false',
      'aria-label': 'Eight-character code',
      placeholder: 'ABCD-EFGH',
    }),
    h('button.button', { type: 'submit' }, 'Link'),
  );

/** @param {Phone} phone */
export const linkScreen = ({ number }) => {
  const waiting = model.waiting.length;
  const showsCode = model.waiting.some((client) => client.code_for === number);
  return [
    screenHead(number, 'Link a client'),
    h(
      'div.scroll.padded',
      null,
      h(
        'p.waiting',
        { role: 'status', class: waiting ? 'is-there' : '' },
        h('span.dot', { class: waiting ? 'is-good' : '' }),
        waiting
          ? `${counted(waiting, 'client')} ${waiting === 1 ? 'waits' : 'wait'} to be linked: ${model.waiting.map(({ platform }) => platform).join(', ')}`
          : 'No client waits to be linked yet.',
      ),
      qrForm(number),
      h('h4.label', null, showsCode ? 'A client shows a code for this number' : 'Or a code, if the client shows one'),
      codeForm(number),
    ),
  ];
};
