// @ts-check
/**
 * What can go wrong, what does, and ending it.
 *
 * @import { Fault, FaultKind, FieldShape } from './types.d.ts'
 */
import { call } from './api.js';
import { redraw, togglePanel } from './desk.js';
import { h } from './dom.js';
import { counted } from './format.js';
import { icon } from './icons.js';
import { model, nameOf } from './model.js';
import { attempt, iconButton, readForm } from './parts.js';

/** Every kind has these besides its own. @type {[name: string, label: string][]} */
const COMMON = [
  ['count', 'How often (until ended)'],
  ['probability', 'Chance, 0 to 1'],
];

/** @type {Record<string, string>} */
const LABELS = {
  ms: 'Milliseconds',
  code: 'Code',
  xmlns: 'Namespace',
  when: 'When',
  to: 'To',
  direction: 'Direction',
  left: 'Keys left',
};

/** The kind whose form is open. @type {string | undefined} */
let chosen;

/** Code words of a sentence stand between backticks. @param {string} sentence */
const withCode = (sentence) => sentence.split('`').map((part, index) => (index % 2 ? h('code', null, part) : part));

/** @param {string} name @param {string} label */
const fieldFor = (name, label) => {
  /** @type {FieldShape} */
  const shape = model.faultFields[name] ?? {};
  const isNumber = shape.type === 'number' || shape.type === 'integer';
  const control = shape.enum
    ? h(
        'select',
        { name },
        h('option', { value: '' }, 'default'),
        shape.enum.map((value) => h('option', { key: value, value }, value)),
      )
    : h('input', {
        name,
        type: isNumber ? 'number' : 'text',
        step: shape.type === 'number' ? 'any' : '1',
        min: shape.minimum,
        max: shape.maximum,
        placeholder: 'default',
      });
  return h('label.field', { key: name }, label, control);
};

/** @param {Event} event @param {string} kind */
const add = async (event, kind) => {
  const fields = Object.entries(readForm(event)).map(([name, value]) => {
    const { type } = model.faultFields[name] ?? {};
    return [name, type === 'number' || type === 'integer' ? Number(value) : value];
  });
  if (!(await attempt(() => call('POST', '/faults', { kind, ...Object.fromEntries(fields) })))) return;
  chosen = undefined;
  redraw();
};

/** @param {FaultKind} kind */
const kindForm = ({ kind, fields }) =>
  h(
    'form.fault-form',
    { onsubmit: (/** @type {Event} */ event) => void add(event, kind) },
    h(
      'label.field',
      null,
      'Phone',
      h(
        'select',
        { name: 'number' },
        h('option', { value: '' }, 'any'),
        [...model.phones.values()].map(({ number, name }) =>
          h('option', { key: number, value: number }, `${name} +${number}`),
        ),
      ),
    ),
    fields.filter((name) => name !== 'number').map((name) => fieldFor(name, LABELS[name] ?? name)),
    COMMON.map(([name, label]) => fieldFor(name, label)),
    h('div.form-end', null, h('button.button', { type: 'submit' }, 'Make it happen')),
  );

/** @param {FaultKind} kind */
const kindRow = (kind) => {
  const isChosen = chosen === kind.kind;
  const choose = () => {
    chosen = isChosen ? undefined : kind.kind;
    redraw();
  };
  return h(
    'li.fault-kind',
    { key: kind.kind, class: isChosen ? 'is-open' : '' },
    h(
      'button.fault-name',
      { type: 'button', 'aria-expanded': isChosen ? 'true' : 'false', onclick: choose },
      h('code', null, kind.kind),
      h('span', null, withCode(kind.what)),
    ),
    isChosen && kindForm(kind),
  );
};

/** @param {Fault} fault */
const activeFault = ({ id, kind, struck, number, ...fields }) => {
  const details = Object.entries(fields).map(([name, value]) => `${name} ${value}`);
  const who = number === undefined ? [] : [nameOf(String(number))];
  return h(
    'li.active-fault',
    { key: id },
    icon('bolt'),
    h(
      'span.row-body',
      null,
      h('code', null, kind),
      h('span.row-text', null, [...who, ...details, `struck ${counted(struck, 'time')}`].join(', ')),
    ),
    iconButton('close', `End ${kind}`, () => void attempt(() => call('DELETE', `/faults/${id}`))),
  );
};

export const faultsPanel = () =>
  h(
    'aside.panel',
    { 'aria-label': 'Faults', key: 'faults' },
    h(
      'header.head',
      null,
      h('h2.head-title', null, 'Faults'),
      iconButton('close', 'Close', () => togglePanel('faults')),
    ),
    h(
      'div.scroll.padded',
      null,
      h('h3.label', null, 'Going wrong now'),
      model.faults.length === 0 && h('p.hint', null, 'Nothing: everything works as it should.'),
      h('ul.plain', { 'aria-label': 'Active faults' }, model.faults.map(activeFault)),
      model.faults.length > 1 &&
        h(
          'button.button.is-quiet',
          { type: 'button', onclick: () => void attempt(() => call('DELETE', '/faults')) },
          'End all',
        ),
      h('h3.label', null, 'What can go wrong'),
      h('ul.plain', { 'aria-label': 'Kinds of faults' }, model.faultKinds.map(kindRow)),
    ),
  );
