import { startTimer } from '../lib/clock.ts';
import { SERVER } from '../wire/jids.ts';
import { type BinaryNode, node } from '../wire/nodes.ts';
import type { OutboxEntry } from '../world/types.ts';
import {
  type AccountState,
  type Connection,
  createOutbox,
  type Outbox,
  sequenceKey,
  type World,
} from '../world/world.ts';

/** Stanzas sent in one go after a login, before other work gets its turn. */
const PORTION_MAX = 100;
/** Bytes that may wait in a client's socket before the backlog pauses. */
const BUFFERED_BYTES_MAX = 1024 * 1024;
const PAUSE_MS = 5;

/** Stanzas that may wait for one client before senders are told that there is no more room. */
const OUTBOX_MAX = 200_000;

const outboxOf = (state: AccountState, device: number): Outbox => {
  let outbox = state.outboxes.get(device);
  if (!outbox) {
    outbox = createOutbox();
    state.outboxes.set(device, outbox);
  }
  return outbox;
};

/** How a client's answer to a stanza names it. */
export const answerKey = (tag: string, id: string, type = ''): string =>
  tag === 'receipt' ? `receipt|${id}|${type}` : `${tag}|${id}`;

const storageKey = (state: AccountState, device: number, sequence: number): string =>
  `${state.account.number}:${device}:${sequenceKey(sequence)}`;

export const isOutboxFull = (state: AccountState, device: number, room = 1): boolean =>
  (state.outboxes.get(device)?.entries.size ?? 0) + room > OUTBOX_MAX;

/**
 * Puts a stanza into a client's outbox, where it stays until the client has answered, over as many logins as it takes.
 * Who sends messages asks for room first; receipts and notifications to a client that is away for that long are dropped.
 */
export const enqueueStanza = (world: World, state: AccountState, device: number, stanza: BinaryNode): void => {
  if (stanza.tag !== 'message' && isOutboxFull(state, device)) return;
  const outbox = outboxOf(state, device);
  const sequence = world.nextSequence();
  const answer = answerKey(stanza.tag, stanza.attrs.id ?? '', stanza.attrs.type);
  const entry: OutboxEntry = { sequence, stanza, answer, sent: false };
  outbox.entries.set(sequence, entry);
  const waiting = outbox.byAnswer.get(answer);
  if (waiting) waiting.push(sequence);
  else outbox.byAnswer.set(answer, [sequence]);
  world.store.put('outbox', storageKey(state, device, sequence), () => entry);
  world.changes.note(state.account.number);
  if (outbox.backlog) outbox.backlog.push(entry);
  else if (outbox.connection) sendEntry(outbox.connection, entry, false);
};

const sendEntry = (connection: Connection, entry: OutboxEntry, offline: boolean): void => {
  entry.sent = true;
  const { stanza } = entry;
  connection.send(offline ? { ...stanza, attrs: { ...stanza.attrs, offline: '0' } } : stanza);
};

/** Settles the oldest stanza that was sent and that this answer names; false if there is none. */
export const settleStanza = (world: World, state: AccountState, device: number, answer: string): boolean => {
  const outbox = state.outboxes.get(device);
  const waiting = outbox?.byAnswer.get(answer);
  if (!outbox || !waiting) return false;
  const index = waiting.findIndex((sequence) => outbox.entries.get(sequence)?.sent);
  const sequence = waiting[index];
  if (sequence === undefined) return false;
  waiting.splice(index, 1);
  if (waiting.length === 0) outbox.byAnswer.delete(answer);
  outbox.entries.delete(sequence);
  world.store.remove('outbox', storageKey(state, device, sequence));
  world.changes.note(state.account.number);
  return true;
};

const sendPortions = (outbox: Outbox, connection: Connection, offlineLeft: number, done: () => void): void => {
  const backlog = outbox.backlog;
  if (outbox.connection !== connection || !backlog) return;
  let left = offlineLeft;
  const busy = connection.bufferedBytes() > BUFFERED_BYTES_MAX;
  for (const entry of busy ? [] : backlog.splice(0, Math.min(PORTION_MAX, left))) {
    left -= 1;
    if (outbox.entries.has(entry.sequence)) sendEntry(connection, entry, true);
  }
  if (left > 0) {
    startTimer(busy ? PAUSE_MS : 0, () => sendPortions(outbox, connection, left, done));
    return;
  }
  done();
  // What came in meanwhile is live: it goes out after the backlog, without its mark.
  outbox.backlog = undefined;
  for (const entry of backlog) if (outbox.entries.has(entry.sequence)) sendEntry(connection, entry, false);
};

const countTag = (entries: OutboxEntry[], tag: string): string =>
  entries.filter((entry) => entry.stanza.tag === tag).length.toString();

/** A client is ready for its stanzas: first everything it has not answered yet, marked as offline, then live ones. */
export const startOutbox = (
  state: AccountState,
  device: number,
  connection: Connection,
  afterBacklog: () => void,
): void => {
  const outbox = outboxOf(state, device);
  const entries = [...outbox.entries.values()];
  for (const entry of entries) entry.sent = false;
  outbox.connection = connection;
  outbox.backlog = [...entries];
  const count = entries.length.toString();
  if (entries.length > 0) {
    const message = countTag(entries, 'message');
    const receipt = countTag(entries, 'receipt');
    const notification = countTag(entries, 'notification');
    const preview = node('offline_preview', { count, message, receipt, notification, appdata: '0' });
    connection.send(node('ib', { from: SERVER }, [preview]));
  }
  sendPortions(outbox, connection, entries.length, () => {
    connection.send(node('ib', { from: SERVER }, [node('offline', { count })]));
    afterBacklog();
  });
};

/** The client is gone; what it has not answered stays. */
export const stopOutbox = (state: AccountState, device: number, connection: Connection): void => {
  const outbox = state.outboxes.get(device);
  if (outbox?.connection !== connection) return;
  outbox.connection = undefined;
  outbox.backlog = undefined;
};

/** Throws away everything that waits for a device that no longer exists. */
export const dropOutbox = (world: World, state: AccountState, device: number): void => {
  for (const sequence of state.outboxes.get(device)?.entries.keys() ?? []) {
    world.store.remove('outbox', storageKey(state, device, sequence));
  }
  state.outboxes.delete(device);
};
