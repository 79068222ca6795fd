// @ts-check
/** Others see that somebody types, and that they have stopped. */
import { call, phonePath } from './api.js';

const STOPS_AFTER_MS = 4000;

/** @type {Map<string, ReturnType<typeof setTimeout>>} */
const typing = new Map();

/** @param {string} number @param {string} chat @param {'composing' | 'recording' | 'paused'} state */
const tell = (number, chat, state) => {
  void call('PUT', `${phonePath(number)}/typing`, { with: chat, state }).catch(() => undefined);
};

/** @param {string} number @param {string} chat */
export const noteTyping = (number, chat) => {
  const key = `${number}|${chat}`;
  if (!typing.has(key)) tell(number, chat, 'composing');
  clearTimeout(typing.get(key));
  typing.set(
    key,
    setTimeout(() => endTyping(number, chat), STOPS_AFTER_MS),
  );
};

/** @param {string} number @param {string} chat */
export const endTyping = (number, chat) => {
  const key = `${number}|${chat}`;
  if (!typing.has(key)) return;
  clearTimeout(typing.get(key));
  typing.delete(key);
  tell(number, chat, 'paused');
};
