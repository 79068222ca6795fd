// @ts-check
/**
 * What is on the desk: which phones lie there, which one is in the hand, and what each shows. It outlives a reload.
 *
 * @import { PhoneUi, Screen } from './types.d.ts'
 */
import { call, phonePath } from './api.js';
import { model, refresh } from './model.js';

const KEPT = 'desk';
const FIRST_LIMIT = 80;
/** Phones that are put on the desk of somebody who has not chosen any. */
const OPEN_FIRST = 3;

export const desk = {
  /** @type {string[]} */
  open: [],
  /** The phone that the person holds: its open chat is read, and others see them online. @type {string | undefined} */
  hand: undefined,
  /** @type {Map<string, PhoneUi>} */
  uis: new Map(),
  /** @type {'faults' | 'connect' | undefined} */
  panel: undefined,
  adding: false,
  chosen: false,
};

/** @type {() => void} */
let drawLater = () => undefined;

/** @param {() => void} work */
export const onDeskChange = (work) => {
  drawLater = work;
};

/** Draws the page again soon. */
export const redraw = () => drawLater();

/** @param {Screen[]} screens @returns {PhoneUi} */
const createUi = (screens) => ({
  screens,
  drafts: new Map(),
  reply: undefined,
  editing: undefined,
  file: undefined,
  picked: undefined,
  attaching: false,
  limit: FIRST_LIMIT,
  atBottom: true,
});

/** @param {string} number */
export const uiOf = (number) => {
  const ui = desk.uis.get(number) ?? createUi([{ name: 'chats' }]);
  desk.uis.set(number, ui);
  return ui;
};

/** @param {string} number @returns {Screen} */
export const screenOf = (number) => uiOf(number).screens.at(-1) ?? { name: 'chats' };

/** The chat that is somewhere on the phone's stack of screens. @param {string} number */
export const openChatOf = (number) => {
  const ui = uiOf(number);
  const screen = ui.screens.find(({ name }) => name === 'chat');
  return screen && 'chat' in screen ? { chat: screen.chat, limit: ui.limit } : undefined;
};

export const keepDesk = () => {
  const { open, hand, panel, chosen } = desk;
  const chats = open.map((number) => [number, openChatOf(number)?.chat]);
  localStorage.setItem(KEPT, JSON.stringify({ open, hand, panel, chosen, chats }));
};

export const restoreDesk = () => {
  try {
    const { chats = [], ...kept } = JSON.parse(localStorage.getItem(KEPT) ?? '{}');
    Object.assign(desk, kept);
    for (const [number, chat] of chats) {
      if (chat) desk.uis.set(number, createUi([{ name: 'chats' }, { name: 'chat', chat }]));
    }
  } catch {
    localStorage.removeItem(KEPT);
  }
};

/** Phones that are gone leave the desk; whoever has not chosen yet gets the first ones. */
export const tidyDesk = () => {
  desk.open = desk.open.filter((number) => model.phones.has(number));
  if (!desk.chosen) desk.open = [...model.phones.keys()].slice(0, OPEN_FIRST);
  if (desk.hand !== undefined && !desk.open.includes(desk.hand)) desk.hand = undefined;
  desk.hand ??= desk.open[0];
};

/** Phones whose person is seen as online because of this page. @type {Set<string>} */
const looking = new Set();

/** @param {string} number @param {boolean} available */
const look = (number, available) => {
  if (looking.has(number) === available || !model.phones.get(number)?.online) return;
  if (available) looking.add(number);
  else looking.delete(number);
  void call('PUT', `${phonePath(number)}/presence`, { available }).catch(() => looking.delete(number));
};

/** The person at the phone reads what lies open before them. @param {string} number */
export const readOpenChat = (number) => {
  if (desk.hand !== number || document.visibilityState !== 'visible' || screenOf(number).name !== 'chat') return;
  look(number, true);
  const open = openChatOf(number);
  const chat = model.chats.get(number)?.find((one) => one.chat === open?.chat);
  if (chat?.unread && model.phones.get(number)?.online) markRead(number, chat.chat);
};

/** @param {string} number @param {string} chat */
export const markRead = (number, chat) => {
  void call('POST', `${phonePath(number)}/read`, { with: chat }).catch(() => undefined);
};

/** @param {string} number */
export const takeInHand = (number) => {
  const isOther = desk.hand !== number;
  desk.hand = number;
  for (const other of looking) if (other !== number) look(other, false);
  readOpenChat(number);
  if (isOther) redraw();
};

/** Puts a phone on the desk, if it is not there, and into the hand. @param {string} number */
export const showPhone = (number) => {
  desk.chosen = true;
  if (!desk.open.includes(number)) desk.open = [...desk.open, number];
  takeInHand(number);
  void refresh(number);
  redraw();
};

/** @param {string} number */
export const closePhone = (number) => {
  desk.chosen = true;
  desk.open = desk.open.filter((one) => one !== number);
  look(number, false);
  redraw();
};

export const isNarrow = () => matchMedia('(max-width: 720px)').matches;

/** @param {string} number @param {Screen} screen */
export const push = (number, screen) => {
  const ui = uiOf(number);
  const base = screen.name === 'chat' ? ui.screens.slice(0, 1) : ui.screens;
  Object.assign(ui, { screens: [...base, screen], picked: undefined, attaching: false });
  if (screen.name === 'chat')
    Object.assign(ui, { reply: undefined, editing: undefined, file: undefined, limit: FIRST_LIMIT, atBottom: true });
  void refresh(number);
  readOpenChat(number);
  redraw();
};

/** @param {string} number */
export const pop = (number) => {
  const ui = uiOf(number);
  if (ui.screens.length > 1) ui.screens = ui.screens.slice(0, -1);
  if (screenOf(number).name === 'chats') look(number, false);
  redraw();
};

/** @param {'faults' | 'connect'} panel */
export const togglePanel = (panel) => {
  desk.panel = desk.panel === panel ? undefined : panel;
  redraw();
};

/** Nobody is looking any more. */
export const putAway = () => {
  for (const number of looking) {
    const body = JSON.stringify({ available: false });
    const headers = { 'content-type': 'application/json' };
    void fetch(`/control${phonePath(number)}/presence`, { method: 'PUT', keepalive: true, headers, body });
  }
  looking.clear();
};
