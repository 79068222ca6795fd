// @ts-check
/**
 * Where one writes: text, replies, edits, files.
 *
 * @import { Phone } from './types.d.ts'
 */
import { call, messagePath, phonePath, toBase64 } from './api.js';
import { gist } from './chat-list.js';
import { push, redraw, uiOf } from './desk.js';
import { h } from './dom.js';
import { sizeOf } from './format.js';
import { icon } from './icons.js';
import { isGroup, model, nameOf } from './model.js';
import { attempt, focus, iconButton, say } from './parts.js';
import { endRecording, isRecording, startRecording } from './recorder.js';
import { endTyping, noteTyping } from './typing.js';

const FILE_BYTES_MAX = 16 * 1024 * 1024;
const HEIGHT_MAX = 140;

/** @param {File} file */
const kindOf = ({ type }) => {
  const [family = ''] = type.split('/');
  return ['image', 'video', 'audio'].includes(family) ? family : 'document';
};

/** @param {string} number @param {File | undefined | null} file @param {string} [kind] */
export const takeFile = (number, file, kind) => {
  if (!file) return;
  if (file.size > FILE_BYTES_MAX) {
    say(`A file may have ${sizeOf(FILE_BYTES_MAX)} here; this one has ${sizeOf(file.size)}.`, 'bad');
    return;
  }
  Object.assign(uiOf(number), { file: { file, kind: kind ?? kindOf(file) }, attaching: false, editing: undefined });
  redraw();
};

/** What is sent when the file is. @param {{ file: File, kind: string }} chosen */
const fileInput = async ({ file, kind }) => ({
  kind,
  data: await toBase64(file),
  ...(file.type ? { mime_type: file.type } : {}),
  ...(kind === 'document' ? { file_name: file.name } : {}),
});

/** @param {string} number @param {string} chat @param {HTMLTextAreaElement} field */
const send = async (number, chat, field) => {
  const ui = uiOf(number);
  const text = field.value.trim();
  const { editing, reply, file } = ui;
  if (!text && !file) return;
  endTyping(number, chat);
  const isDone = await attempt(async () => {
    if (editing) return call('PATCH', messagePath(number, editing), { text });
    const content = file ? await fileInput(file) : {};
    return call('POST', `${phonePath(number)}/messages`, {
      to: chat,
      text,
      ...(reply ? { quote: reply.id } : {}),
      ...content,
    });
  });
  if (!isDone) return;
  field.value = '';
  fit(field);
  ui.drafts.delete(chat);
  Object.assign(ui, { editing: undefined, reply: undefined, file: undefined, atBottom: true });
  redraw();
};

/** As high as what is written in it. @param {HTMLTextAreaElement} field */
const fit = (field) => {
  field.style.height = 'auto';
  field.style.height = `${Math.min(field.scrollHeight, HEIGHT_MAX)}px`;
};

/** @param {string} number @param {string} title @param {string} text */
const strip = (number, title, text) => {
  const drop = () => {
    Object.assign(uiOf(number), { reply: undefined, editing: undefined, file: undefined });
    redraw();
  };
  return h(
    'div.strip',
    { key: 'strip' },
    h('span.row-body', null, h('strong', null, title), h('span.row-text', null, text)),
    iconButton('close', 'Leave it', drop),
  );
};

/** @param {string} number */
const strips = (number) => {
  const { reply, editing, file } = uiOf(number);
  return [
    editing && strip(number, 'Edit the message', editing.text ?? ''),
    reply && strip(number, `Reply to ${reply.from === number ? 'yourself' : nameOf(reply.from)}`, gist(reply)),
    file &&
      strip(
        number,
        file.kind === 'voice' ? 'Voice message' : file.file.name || 'Picture',
        `${file.kind}, ${sizeOf(file.file.size)}`,
      ),
  ];
};

/** @param {string} number @param {string} label @param {string} name @param {string} accept @param {string} [kind] */
const fileButton = (number, label, name, accept, kind) =>
  h(
    'label.menu-item',
    null,
    icon(name),
    label,
    h('input.hidden-input', {
      type: 'file',
      accept,
      onchange: (/** @type {Event} */ event) =>
        takeFile(number, /** @type {HTMLInputElement} */ (event.target).files?.[0], kind),
    }),
  );

/** @param {string} number @param {string} chat */
const attachMenu = (number, chat) => {
  const ui = uiOf(number);
  /** @param {Record<string, unknown>} input */
  const post = (input) => () => {
    ui.attaching = false;
    void attempt(() => call('POST', `${phonePath(number)}/messages`, { to: chat, ...input }));
    redraw();
  };
  const someone = [...model.phones.values()].find((other) => other.number !== number && other.number !== chat);
  /** @param {string} label @param {string} name @param {() => void} onclick */
  const item = (label, name, onclick) => h('button.menu-item', { type: 'button', onclick }, icon(name), label);
  return h(
    'div.menu',
    { key: 'menu', role: 'group', 'aria-label': 'What to send' },
    fileButton(number, 'Photo or video', 'picture', 'image/*,video/*'),
    fileButton(number, 'Document', 'file', ''),
    fileButton(number, 'Sound as voice message', 'mic', 'audio/*', 'voice'),
    item('Poll', 'poll', () => push(number, { name: 'poll', chat })),
    item('Location', 'pin', post({ kind: 'location', text: 'Alexanderplatz', latitude: 52.5219, longitude: 13.4132 })),
    someone &&
      item(
        `Contact: ${someone.name}`,
        'user',
        post({ kind: 'contact', contacts: [{ name: someone.name, number: someone.number }] }),
      ),
  );
};

/** @param {string} number @param {string} chat */
const field = (number, chat) => {
  const ui = uiOf(number);
  const { editing } = ui;
  return h('textarea', {
    key: `${chat}|${editing?.id ?? ''}`,
    rows: 1,
    'aria-label': `Message to ${nameOf(chat)}`,
    placeholder: ui.file ? 'Add a caption' : 'Message',
    mount: (/** @type {HTMLTextAreaElement} */ element) => {
      element.value = editing?.text ?? ui.drafts.get(chat) ?? '';
      fit(element);
      if (editing) focus(element);
    },
    oninput: (/** @type {Event} */ event) => {
      const element = /** @type {HTMLTextAreaElement} */ (event.target);
      fit(element);
      if (!editing) ui.drafts.set(chat, element.value);
      if (element.value) noteTyping(number, chat);
    },
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      void send(number, chat, /** @type {HTMLTextAreaElement} */ (event.target));
    },
    onpaste: (/** @type {ClipboardEvent} */ event) => {
      const file = event.clipboardData?.files[0];
      if (!file) return;
      event.preventDefault();
      takeFile(number, file);
    },
  });
};

/** @param {Phone} phone @param {string} chat @returns {string | undefined} */
const hindrance = ({ number, online }, chat) => {
  if (!online) return 'This phone is switched off.';
  const group = model.groups.get(chat);
  const role = group?.members.find((member) => member.number === number)?.role;
  if (isGroup(chat) && !role) return 'You are not in this group.';
  return group?.announce && role === 'member' ? 'Only admins can write here.' : undefined;
};

/** @param {string} number @param {string} chat */
const recordButtons = (number, chat) => {
  const done = (/** @type {File} */ file) => takeFile(number, file, 'voice');
  if (!isRecording(number)) {
    return iconButton('mic', 'Record a voice message', () => void startRecording(number, done), {
      key: 'record',
      'data-chat': chat,
    });
  }
  return [
    h('span.recording', { key: 'recording', role: 'status' }, 'Recording…'),
    iconButton('trash', 'Throw the recording away', () => endRecording(false), { key: 'throw' }),
    iconButton('tick', 'Keep the recording', () => endRecording(true), { key: 'keep' }),
  ];
};

/** @param {Phone} phone @param {string} chat */
export const composer = (phone, chat) => {
  const { number } = phone;
  const ui = uiOf(number);
  const hinders = hindrance(phone, chat);
  if (hinders) return h('p.composer-note', null, hinders);
  const attach = () => {
    ui.attaching = !ui.attaching;
    redraw();
  };
  return h(
    'form.composer',
    {
      key: 'composer',
      onsubmit: (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        const element = /** @type {HTMLFormElement} */ (event.target).querySelector('textarea');
        if (element) void send(number, chat, element);
      },
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key !== 'Escape') return;
        Object.assign(ui, { attaching: false, reply: undefined, editing: undefined, file: undefined });
        redraw();
      },
    },
    ui.attaching && attachMenu(number, chat),
    strips(number),
    h(
      'div.composer-line',
      null,
      iconButton('attach', 'Attach', attach, { 'aria-expanded': ui.attaching ? 'true' : 'false' }),
      field(number, chat),
      recordButtons(number, chat),
      h('button.send', { type: 'submit', 'aria-label': 'Send', title: 'Send' }, icon('send')),
    ),
  );
};
