// @ts-check
/**
 * Calls, as far as there is something to press: nobody hears a voice.
 *
 * @import { Call, Phone } from './types.d.ts'
 */
import { call as ask, phonePath } from './api.js';
import { h } from './dom.js';
import { icon } from './icons.js';
import { model, nameOf } from './model.js';
import { attempt, iconButton } from './parts.js';

/** @param {Phone} phone @param {string} chat */
export const callButton = ({ number, online }, chat) =>
  iconButton('call', 'Call', () => void attempt(() => ask('POST', `${phonePath(number)}/calls`, { to: chat })), {
    disabled: !online,
  });

/** @param {Phone} phone @param {Call} call */
const wordsFor = ({ number }, { state, from, to }) => {
  const other = from === number ? to : from;
  if (state === 'accepted') return `In a call with ${nameOf(other)}`;
  return from === number ? `Calling ${nameOf(other)}…` : `${nameOf(other)} is calling`;
};

/** The call that rings or goes on. @param {Phone} phone */
export const callBanner = (phone) => {
  const call = model.calls.get(phone.number);
  if (!call) return false;
  /** @param {string} action */
  const act = (action) => () =>
    void attempt(() => ask('POST', `${phonePath(phone.number)}/calls/${encodeURIComponent(call.id)}/${action}`));
  const isIncoming = call.state === 'ringing' && call.from !== phone.number;
  /** @param {string} label @param {string} action */
  const button = (label, action) => h('button.link', { key: action, type: 'button', onclick: act(action) }, label);
  return h(
    'div.notice.is-call',
    { key: 'call', role: 'alert' },
    icon('call'),
    h('span.row-body', null, wordsFor(phone, call)),
    isIncoming ? [button('Decline', 'reject'), button('Accept', 'accept')] : button('Hang up', 'hang-up'),
  );
};
