import { randomBytes } from 'node:crypto';
import type { Faults } from '../faults/faults.ts';
import { nowSeconds } from '../lib/clock.ts';
import { type Authority, createAuthority } from '../media/certificates.ts';
import { createServerIdentity, type ServerIdentity } from '../noise/certificate.ts';
import type { OwnSenderKey, SenderKey } from '../signal/sender-keys.ts';
import type { SessionList } from '../signal/sessions.ts';
import type { Addressing } from '../wire/jids.ts';
import type { BinaryNode } from '../wire/nodes.ts';
import type { Blobs } from './blobs.ts';
import type { Changes } from './changes.ts';
import type { Store } from './store.ts';
import type {
  Account,
  ClientReceipt,
  Counters,
  Delivery,
  Device,
  Group,
  Newsletter,
  OneTimeKeys,
  Order,
  OutboxEntry,
  Parked,
  SettingsCollection,
  ShownMessage,
} from './types.ts';

/** The open channel to one client, as the rest of the emulator sees it. */
export type Connection = {
  send: (node: BinaryNode) => void;
  /** Sends a last stanza, if given, and closes in an orderly way. */
  end: (last?: BinaryNode) => void;
  /** Cuts the TCP connection. */
  terminate: () => void;
  /** Keeps the TCP connection but neither reads nor writes any more. */
  mute: () => void;
  bufferedBytes: () => number;
};

/** What waits for one client, in order. */
export type Outbox = {
  entries: Map<number, OutboxEntry>;
  /** Sequences by the answer that will settle them, oldest first. */
  byAnswer: Map<string, number[]>;
  /** Entries being sent in portions after a login; undefined while stanzas go straight out. */
  backlog: OutboxEntry[] | undefined;
  connection: Connection | undefined;
};

/** An account with everything that belongs to it. */
export type AccountState = {
  account: Account;
  devices: Map<number, Device>;
  oneTimeKeys: Map<number, OneTimeKeys>;
  outboxes: Map<number, Outbox>;
  connections: Map<number, Connection>;
  /** What the person sees, oldest first, and the same by `chat|id`. */
  messages: ShownMessage[];
  messageById: Map<string, ShownMessage>;
  /** Copies by `from|id`: the last stanza they came in. */
  seen: Map<string, number>;
  deliveries: Delivery[];
  receipts: ClientReceipt[];
  parked: Parked[];
  /** Resends that a device of this account asked for and did not get yet, by `from|id`. */
  awaitedResends: Map<string, { attempts: number; outstanding: number }>;
  /** Answers that wait until the phone is switched on again. */
  postponed: (() => void)[];
  /** Clients (`number:device`) that asked for this account's devices and are told when the list changes. */
  watchers: Set<string>;
  presence: Presence;
  settings: Map<string, SettingsCollection>;
};

/** Whether a person is there right now, and what they are typing. Not kept: after a restart nobody is. */
export type Presence = {
  /** Devices on which the person is looking at WhatsApp; 0 is the phone. */
  availableOn: Set<number>;
  lastSeenAt: number | undefined;
  /** What the person does in which chat: composing or recording. */
  typing: Map<string, string>;
  /** Clients that want to know, as `number:device`, with the address under which they asked. */
  subscribers: Map<string, Addressing>;
};

/** A call, as long as the emulator runs. */
export type Call = {
  id: string;
  from: string;
  /** A number, or the JID of a group. */
  to: string;
  /** Numbers of those who are called. */
  callees: string[];
  video: boolean;
  state: 'ringing' | 'accepted' | 'rejected' | 'missed' | 'ended';
  at: number;
  answeredBy: { number: string; device: number } | undefined;
};

/** A client that shows a QR code and waits for a phone. */
export type WaitingClient = {
  connection: Connection;
  noiseKey: Buffer;
  identityKey: Buffer;
  registrationId: number;
  signedPreKey: { id: number; publicKey: Buffer; signature: Buffer };
  platform: string;
  refs: { ref: string; expiresAt: number }[];
  /** Called with the client's answer to the pairing; undefined when it went away instead. */
  answered: ((node: BinaryNode | undefined) => void) | undefined;
  /** Set while the client shows an eight-character code for a number. */
  linkCode: OfferedCode | undefined;
};

/** What a client that shows an eight-character code has sent ahead; the code itself never leaves it. */
export type OfferedCode = {
  number: string;
  wrappedKey: Buffer;
  ref: Buffer;
  expiresAt: number;
  /** Called with the client's sealed key bundle; undefined when it went away instead. */
  finished: ((node: BinaryNode | undefined) => void) | undefined;
};

export type SenderKeys = {
  /** By `number:device|group`. */
  own: Map<string, OwnSenderKey>;
  /** By `number:device|group|sender:device`, the newest first. */
  received: Map<string, SenderKey[]>;
};

/** What the media host needs: its files, its certificates' origin, and where it is once it listens. */
export type Media = {
  blobs: Blobs;
  authority: Authority;
  host: string;
  /** Files that have vanished from where they were: how often, and what is answered there. */
  gone: Map<string, { times: number; code: number }>;
  /** What clients show when they bring a file; the same for all of them. */
  auth: string;
};

export type World = {
  media: Media;
  identity: ServerIdentity;
  store: Store;
  faults: Faults;
  changes: Changes;
  accounts: Map<string, AccountState>;
  numberByLid: Map<string, string>;
  sessions: Map<string, SessionList>;
  groups: Map<string, Group>;
  calls: Map<string, Call>;
  newsletters: Map<string, Newsletter>;
  orders: Map<string, Order>;
  /** Clients, as `number:device`, that hear of reactions to a newsletter's posts, by its JID. */
  liveReaders: Map<string, Set<string>>;
  /** What emulated devices send to groups with, and read others with. */
  senderKeys: SenderKeys;
  waiting: Map<string, WaitingClient>;
  /** Lifetime of the first and of each later pairing ref. */
  pairingRefMs: { first: number; next: number };
  /** Lifetime of an eight-character code. */
  linkCodeMs: number;
  nextSequence: () => number;
};

/** Bounds of what is kept per account; the oldest go first, counters go on. */
export const MESSAGES_MAX = 50_000;
export const DELIVERIES_MAX = 50_000;
export const RECEIPTS_MAX = 50_000;

/** Sortable as text. */
export const sequenceKey = (sequence: number): string => sequence.toString().padStart(15, '0');

export const createCounters = (): Counters => ({
  raw: 0,
  shown: 0,
  applied: 0,
  resends: 0,
  server_duplicates: 0,
  retry_resends: 0,
  undecryptable: 0,
  own_copies: 0,
});

/** A data folder of an earlier version lacks what has been added since. */
const readAccount = (stored: Account): Account => ({
  ...stored,
  counters: { ...createCounters(), ...stored.counters },
});

const readGroup = (stored: Group): Group => ({
  ...stored,
  approval: stored.approval ?? false,
  requests: stored.requests ?? new Map(),
  invitations: stored.invitations ?? new Map(),
});

export const createAccountState = (account: Account): AccountState => ({
  account,
  devices: new Map(),
  oneTimeKeys: new Map(),
  outboxes: new Map(),
  connections: new Map(),
  messages: [],
  messageById: new Map(),
  seen: new Map(),
  deliveries: [],
  receipts: [],
  parked: [],
  awaitedResends: new Map(),
  postponed: [],
  watchers: new Set(),
  settings: new Map(),
  presence: { availableOn: new Set(), lastSeenAt: undefined, typing: new Map(), subscribers: new Map() },
});

export const createOutbox = (): Outbox => ({
  entries: new Map(),
  byAnswer: new Map(),
  backlog: undefined,
  connection: undefined,
});

const loadIdentity = (store: Store): ServerIdentity => {
  const [stored] = store.load('identity');
  if (stored) return stored[1] as ServerIdentity;
  const identity = createServerIdentity(Number(nowSeconds()));
  store.put('identity', 'server', () => identity);
  store.flush();
  return identity;
};

const loadAuthority = (store: Store): Authority => {
  const [stored] = store.load('media-authority');
  if (stored) return stored[1] as Authority;
  const authority = createAuthority();
  store.put('media-authority', 'ca', () => authority);
  store.flush();
  return authority;
};

type Owned<T> = T & { owner: string };

const loadAccounts = (store: Store, accounts: Map<string, AccountState>): void => {
  for (const [number, account] of store.load('account'))
    accounts.set(number, createAccountState(readAccount(account as Account)));
  for (const [key, device] of store.load('device')) {
    const [number, id] = key.split(':');
    accounts.get(number ?? '')?.devices.set(Number(id), device as Device);
  }
  for (const [key, keys] of store.load('one-time-keys')) {
    const [number, id] = key.split(':');
    accounts.get(number ?? '')?.oneTimeKeys.set(Number(id), keys as OneTimeKeys);
  }
};

const loadSettings = (store: Store, accounts: Map<string, AccountState>): void => {
  for (const [key, value] of store.load('settings')) {
    const collection = value as SettingsCollection;
    accounts.get(key.split(':')[0] ?? '')?.settings.set(collection.name, collection);
  }
};

const loadHistory = (store: Store, accounts: Map<string, AccountState>): void => {
  for (const [, value] of store.load('message')) {
    const message = value as Owned<ShownMessage>;
    const state = accounts.get(message.owner);
    state?.messages.push(message);
    state?.messageById.set(`${message.chat}|${message.id}`, message);
  }
  for (const [, value] of store.load('delivery')) {
    const delivery = value as Owned<Delivery>;
    const state = accounts.get(delivery.owner);
    state?.deliveries.push(delivery);
    state?.seen.set(`${delivery.from}|${delivery.id}`, delivery.stanza);
  }
  for (const [, value] of store.load('receipt')) {
    const receipt = value as Owned<ClientReceipt>;
    accounts.get(receipt.owner)?.receipts.push(receipt);
  }
  for (const [, value] of store.load('parked')) {
    const parked = value as Owned<Parked>;
    accounts.get(parked.owner)?.parked.push(parked);
  }
};

const loadOutboxes = (store: Store, accounts: Map<string, AccountState>): void => {
  for (const [key, value] of store.load('outbox')) {
    const [number, id] = key.split(':');
    const state = accounts.get(number ?? '');
    if (!state) continue;
    const entry = value as OutboxEntry;
    entry.sent = false;
    const outbox = state.outboxes.get(Number(id)) ?? createOutbox();
    state.outboxes.set(Number(id), outbox);
    outbox.entries.set(entry.sequence, entry);
    outbox.byAnswer.set(entry.answer, [...(outbox.byAnswer.get(entry.answer) ?? []), entry.sequence]);
  }
};

const lastSequence = (accounts: Map<string, AccountState>): number => {
  let last = 0;
  for (const state of accounts.values()) {
    const lists = [state.messages, state.deliveries, state.receipts, state.parked];
    for (const list of lists) last = Math.max(last, list.at(-1)?.sequence ?? 0);
    for (const delivery of state.deliveries) last = Math.max(last, delivery.stanza);
    for (const outbox of state.outboxes.values())
      for (const sequence of outbox.entries.keys()) last = Math.max(last, sequence);
  }
  return last;
};

/** Builds the world from what the store holds. */
export const loadWorld = (
  store: Store,
  faults: Faults,
  given: Pick<World, 'pairingRefMs' | 'linkCodeMs' | 'changes'> & { blobs: Blobs },
): World => {
  const accounts = new Map<string, AccountState>();
  loadAccounts(store, accounts);
  loadHistory(store, accounts);
  loadSettings(store, accounts);
  loadOutboxes(store, accounts);
  const numberByLid = new Map([...accounts.values()].map(({ account }) => [account.lid, account.number]));
  const sessions = new Map(store.load('session') as [string, SessionList][]);
  let sequence = lastSequence(accounts);
  const nextSequence = (): number => {
    sequence += 1;
    return sequence;
  };
  const identity = loadIdentity(store);
  const groups = new Map(store.load('group').map(([jid, group]) => [jid, readGroup(group as Group)]));
  const senderKeys: SenderKeys = {
    own: new Map(store.load('own-sender-key') as [string, OwnSenderKey][]),
    received: new Map(store.load('sender-key') as [string, SenderKey[]][]),
  };
  const waiting = new Map<string, WaitingClient>();
  const newsletters = new Map(store.load('newsletter') as [string, Newsletter][]);
  const orders = new Map(store.load('order') as [string, Order][]);
  const kept = { accounts, numberByLid, sessions, groups, newsletters, orders, senderKeys };
  const { blobs, ...rest } = given;
  const media: Media = {
    blobs,
    authority: loadAuthority(store),
    gone: new Map(store.load('media-gone') as [string, { times: number; code: number }][]),
    host: '',
    auth: randomBytes(24).toString('base64url'),
  };
  const passing = { waiting, calls: new Map<string, Call>(), liveReaders: new Map<string, Set<string>>() };
  return { identity, store, faults, media, ...kept, ...passing, ...rest, nextSequence };
};
