// @ts-check
/**
 * What the page knows of the emulator, kept fresh: the emulator says what has changed, and the page asks for that again, one
 * round at a time, so that a flood of changes costs no more than a few.
 *
 * @import { Call, Chat, Client, Fault, FaultKind, FieldShape, Group, Info, Message, Phone, Waiting } from './types.d.ts'
 */
import { call, phonePath } from './api.js';

/** With more phones than this, only those that are open are looked after. */
const LOOKED_AFTER_MAX = 24;

export const model = {
  loaded: false,
  /** Whether the emulator can be heard. */
  connected: false,
  /** @type {Info | undefined} */
  info: undefined,
  /** @type {Map<string, Phone>} */
  phones: new Map(),
  /** @type {Map<string, Chat[]>} */
  chats: new Map(),
  /** @type {Map<string, Client[]>} */
  clients: new Map(),
  /** The call that rings or goes on. @type {Map<string, Call>} */
  calls: new Map(),
  /** @type {Map<string, Message[]>} */
  stories: new Map(),
  /** Of the open chats, by `number|chat`. @type {Map<string, Message[]>} */
  messages: new Map(),
  /** @type {Map<string, Group>} */
  groups: new Map(),
  /** @type {Fault[]} */
  faults: [],
  /** @type {FaultKind[]} */
  faultKinds: [],
  /** @type {Record<string, FieldShape>} */
  faultFields: {},
  /** @type {Waiting[]} */
  waiting: [],
};

/** @typedef {{ isOpen: (number: string) => boolean, openChat: (number: string) => { chat: string, limit: number } | undefined, changed: () => void, fresh: (number: string) => void }} Watcher */

/** @type {Watcher} */
let watcher;
/** @type {Set<string>} */
const pending = new Set();
/** @type {Promise<void> | undefined} */
let running;

/** @template T @param {string} path @returns {Promise<T[]>} */
const list = async (path) => (await call('GET', path)).data;

/** @param {string} number */
const loadOpenChat = async (number) => {
  const open = watcher.openChat(number);
  if (!open) return;
  const query = `?with=${encodeURIComponent(open.chat)}&limit=${open.limit}`;
  model.messages.set(`${number}|${open.chat}`, await list(`${phonePath(number)}/messages${query}`));
};

/** @param {string} number */
const loadCall = async (number) => {
  const calls = /** @type {Call[]} */ (await list(`${phonePath(number)}/calls`));
  const current = calls.findLast(({ state }) => state === 'ringing' || state === 'accepted');
  if (current) model.calls.set(number, current);
  else model.calls.delete(number);
};

/** @param {string} number */
const loadStories = async (number) => {
  model.stories.set(number, await list(`${phonePath(number)}/stories`));
};

/** @param {string} number */
const loadPhone = async (number) => {
  /** @type {Phone} */
  const phone = await call('GET', phonePath(number));
  model.phones.set(number, phone);
  if (!watcher.isOpen(number) && model.phones.size > LOOKED_AFTER_MAX) return;
  const [chats, clients] = await Promise.all([
    list(`${phonePath(number)}/chats`),
    call('GET', `${phonePath(number)}/clients`),
    ...(watcher.isOpen(number) ? [loadOpenChat(number), loadCall(number), loadStories(number)] : []),
  ]);
  model.chats.set(number, /** @type {Chat[]} */ (chats));
  model.clients.set(number, /** @type {Client[]} */ (clients));
  watcher.fresh(number);
};

/** @param {string} number */
const forgetPhone = (number) => {
  for (const kept of [model.phones, model.chats, model.clients]) kept.delete(number);
};

/** @type {Record<string, () => Promise<void>>} */
const LOADERS = {
  groups: async () => {
    model.groups = new Map((await list('/groups')).map((/** @type {Group} */ group) => [group.group, group]));
  },
  faults: async () => {
    model.faults = await list('/faults');
  },
  waiting: async () => {
    model.waiting = await list('/waiting');
  },
  info: async () => {
    model.info = await call('GET', '/info');
    const { data, schemas } = await call('GET', '/fault-kinds');
    model.faultKinds = data;
    model.faultFields = schemas;
  },
  all: async () => {
    const phones = /** @type {Phone[]} */ (await list('/phones'));
    const known = new Set(phones.map(({ number }) => number));
    for (const number of model.phones.keys()) if (!known.has(number)) forgetPhone(number);
    for (const phone of phones) model.phones.set(phone.number, phone);
    for (const subject of ['groups', 'faults', 'waiting', 'info']) pending.add(subject);
    const wanted = phones.length > LOOKED_AFTER_MAX ? phones.filter(({ number }) => watcher.isOpen(number)) : phones;
    for (const { number } of wanted) pending.add(number);
  },
};

/** @param {string} subject */
const load = async (subject) => {
  try {
    await (LOADERS[subject] ?? (() => loadPhone(subject)))();
  } catch (error) {
    if (/** @type {{ status?: number }} */ (error).status === 404) forgetPhone(subject);
    // Otherwise the emulator is gone for the moment; when it is back, everything is asked for again.
  }
};

const run = async () => {
  while (pending.size > 0) {
    const round = [...pending];
    pending.clear();
    await Promise.all(round.map(load));
    model.loaded ||= pending.size === 0;
    watcher.changed();
  }
  running = undefined;
};

/** Asks again for what has changed; resolves when it is there. @param {...string} subjects */
export const refresh = (...subjects) => {
  for (const subject of subjects) pending.add(subject);
  running ??= run();
  return running;
};

/** Listens to the emulator from now on. @param {Watcher} given */
export const watch = (given) => {
  watcher = given;
  const source = new EventSource('/control/changes');
  source.onopen = () => {
    model.connected = true;
    void refresh('all');
  };
  source.onerror = () => {
    model.connected = false;
    watcher.changed();
    // A browser gives up for good when it is refused; the next one asks anew.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => watch(given), 2000);
  };
  source.onmessage = ({ data }) => void refresh(...JSON.parse(data).changed);
};

/** What a chat is called. @param {string} chat */
export const nameOf = (chat) => model.groups.get(chat)?.subject ?? model.phones.get(chat)?.name ?? `+${chat}`;

/** @param {string} chat */
export const isGroup = (chat) => chat.endsWith('@g.us');

/** @param {string} number */
export const unreadOf = (number) => (model.chats.get(number) ?? []).reduce((sum, { unread }) => sum + unread, 0);

/** Who types into this chat right now, the phone's own person left out. @param {string} number @param {string} chat */
export const typistsIn = (number, chat) => {
  const into = isGroup(chat) ? chat : number;
  const people = isGroup(chat) ? (model.groups.get(chat)?.members ?? []).map((member) => member.number) : [chat];
  return people.flatMap((person) => {
    const found = model.phones.get(person)?.presence.typing.find((typing) => typing.chat === into);
    return found && person !== number ? [{ number: person, state: found.state }] : [];
  });
};
