// @ts-check
/** How far a message of one's own has come. */
import { h } from './dom.js';
import { icon } from './icons.js';

/** @type {Record<string, string>} */
const WORDS = { sent: 'Sent', delivered: 'Delivered', read: 'Read' };

/** @param {import('./types.d.ts').Message} message */
export const ticks = ({ direction, status, deleted }) =>
  direction === 'out' &&
  !deleted &&
  h(
    'span.ticks',
    { class: `is-${status}`, role: 'img', 'aria-label': WORDS[status], title: WORDS[status] },
    icon(status === 'sent' ? 'tick' : 'ticks'),
  );
