// @ts-check
/** How things are written for people. */

const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const shortDay = new Intl.DateTimeFormat(undefined, { day: '2-digit', month: '2-digit' });

/** @param {Date} date */
const isToday = (date) => date.toDateString() === new Date().toDateString();

/** @param {string} iso */
export const timeOf = (iso) => time.format(new Date(iso));

/** @param {string} iso */
export const dayOf = (iso) => (isToday(new Date(iso)) ? 'Today' : day.format(new Date(iso)));

/** @param {string} iso */
export const momentOf = (iso) => {
  const date = new Date(iso);
  return isToday(date) ? time.format(date) : shortDay.format(date);
};

/** @param {string} number */
export const plus = (number) => `+${number}`;

/** @param {number} bytes */
export const sizeOf = (bytes) => {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(0)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
};

/** @param {number} seconds */
export const lengthOf = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;

/** @param {number} seconds */
export const timerOf = (seconds) => {
  if (seconds === 0) return 'Off';
  return seconds < 86_400 ? `${Math.round(seconds / 3600)} hours` : `${Math.round(seconds / 86_400)} days`;
};

/** @param {string} name */
export const initialsOf = (name) => {
  const words = name.trim().split(/\s+/);
  const first = words[0] ?? '';
  const last = words.length > 1 ? (words.at(-1) ?? '') : '';
  return ([...first][0] ?? '?').toUpperCase() + ([...last][0] ?? '').toUpperCase();
};

/** A person keeps their colour: one of eight, by number. @param {string} id */
export const colourOf = (id) => {
  let sum = 0;
  for (const digit of id) sum = (sum * 31 + digit.charCodeAt(0)) % 997;
  return sum % 8;
};

/** @param {string} word @param {number} count */
export const counted = (count, word) => `${count} ${word}${count === 1 ? '' : 's'}`;
