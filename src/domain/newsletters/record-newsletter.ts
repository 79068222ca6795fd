import type { Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import type { InboundUpdate, NewsletterChange, NewsletterInfo } from '../../network/index.ts';
import { findChat, nameChat, resolveChat } from '../contacts/index.ts';
import { recordEvent } from '../events/index.ts';
import type { InstanceRow } from '../instances/index.ts';
import type { EventType } from '../webhooks/index.ts';
import {
  deleteNewsletter,
  insertNewsletter,
  type NewsletterRow,
  selectNewsletter,
  updateNewsletter,
} from './newsletters.sql.ts';
import { type Newsletter, viewNewsletter } from './newsletters.ts';

/** What is learnt of a newsletter: the rest of its row stays. */
type Learnt = Partial<Pick<NewsletterRow, 'name' | 'description' | 'invite_code' | 'role' | 'muted'>>;

/** What WhatsApp said of a newsletter on request. What differs from what is on record is told. */
export function recordNewsletter(
  tx: Tx,
  instance: InstanceRow,
  info: NewsletterInfo,
  correlationId: string,
): Promise<Newsletter> {
  return learn(tx, instance, info.address, learntOf(info), { correlationId });
}

/** Something came from a newsletter, so the number follows it, or writes it; which of both nobody said. */
export async function recordNewsletterHeard(tx: Tx, instance: InstanceRow, address: string): Promise<void> {
  await learn(tx, instance, address, {}, {});
}

/** What happened to a newsletter, told by WhatsApp, or done here: then with the request that did it. */
export async function recordNewsletterChange(
  tx: Tx,
  instance: InstanceRow,
  update: Pick<Extract<InboundUpdate, { kind: 'newsletter' }>, 'chat' | 'change'> & { readonly atMs?: number },
  correlationId?: string,
): Promise<void> {
  const { what } = update.change;
  // As after it was deleted: what ends is no reason to put it on record again.
  const isEnd = what === 'unfollowed' || what === 'muted';
  if (isEnd && !(await isOnRecord(tx, instance, update.chat))) return;
  const how = { ...(correlationId !== undefined && { correlationId }), ...(update.atMs && { atMs: update.atMs }) };
  await learn(tx, instance, update.chat.address, learntFrom(update.change), how);
}

async function isOnRecord(tx: Tx, instance: InstanceRow, chat: { readonly address: string }): Promise<boolean> {
  const chatId = await findChat(tx, instance.customer_id, instance.id, chat);
  return chatId !== undefined && (await selectNewsletter(tx, instance.customer_id, chatId)) !== undefined;
}

/** Who owned a newsletter has deleted it. Its messages stay. */
export async function recordNewsletterDeleted(
  tx: Tx,
  instance: InstanceRow,
  newsletter: Newsletter,
  correlationId: string,
): Promise<void> {
  await deleteNewsletter(tx, instance.customer_id, newsletter.chat_id);
  await tell(tx, newsletter, 'newsletter.deleted', { correlationId });
}

function learntFrom(change: NewsletterChange): Learnt {
  switch (change.what) {
    case 'updated':
      return change.fields;
    case 'followed':
      return learntOf({ ...change.newsletter, role: change.newsletter.role ?? 'subscriber' });
    case 'unfollowed':
      return { role: 'guest', muted: null };
    case 'muted':
      return { muted: Number(change.muted) };
  }
}

const learntOf = ({ name, description, inviteCode, role, muted }: NewsletterInfo): Learnt => ({
  name,
  description,
  ...(inviteCode !== null && { invite_code: inviteCode }),
  ...(role !== null && { role }),
  ...(muted !== null && { muted: Number(muted) }),
});

type How = { readonly correlationId?: string; readonly atMs?: number };

/** Brings the row up to date, and tells what is news. */
async function learn(tx: Tx, instance: InstanceRow, address: string, learnt: Learnt, how: How): Promise<Newsletter> {
  const { customer_id: customerId, id: instanceId } = instance;
  const chatId = await resolveChat(tx, customerId, instanceId, { kind: 'newsletter', address });
  const before = await selectNewsletter(tx, customerId, chatId);
  const changes = before && changesOf(before, learnt);
  if (!before) await insertNewsletter(tx, newRow(tx, instance, chatId, learnt));
  else if (changes) await updateNewsletter(tx, customerId, chatId, learnt);
  if (learnt.name) await nameChat(tx, customerId, chatId, learnt.name);
  const row = await selectNewsletter(tx, customerId, chatId);
  if (!row) throw new Error(`newsletter ${chatId} vanished inside its transaction`);
  const after = { ...row, address };
  const type = moveOf(before, after);
  if (type) await tell(tx, after, type, how);
  const words = changes && wordsOf(changes);
  // Before its name was known, nobody can have been told of another.
  if (words && before.name !== null) await tell(tx, after, 'newsletter.updated', how, { changes: words });
  return after;
}

const newRow = (tx: Tx, instance: InstanceRow, chatId: Id<'cht'>, learnt: Learnt): NewsletterRow => ({
  chat_id: chatId,
  customer_id: instance.customer_id,
  instance_id: instance.id,
  name: null,
  description: null,
  invite_code: null,
  role: null,
  muted: null,
  ...learnt,
  created_at: tx.now,
  updated_at: tx.now,
});

/** What is different, with its new value; undefined when nothing is. */
function changesOf(before: NewsletterRow, learnt: Learnt): Learnt | undefined {
  const old: Readonly<Record<string, unknown>> = before;
  const changed = Object.entries(learnt).filter(([name, value]) => old[name] !== value);
  return changed.length === 0 ? undefined : Object.fromEntries(changed);
}

function wordsOf({ name, description }: Learnt): Learnt | undefined {
  const words = { ...(name !== undefined && { name }), ...(description !== undefined && { description }) };
  return Object.keys(words).length === 0 ? undefined : words;
}

type NewsletterEvent = Extract<EventType, `newsletter.${string}`>;

/** What the number has to do with the newsletter that it had not before, or no more. */
function moveOf(before: NewsletterRow | undefined, { role }: NewsletterRow): NewsletterEvent | undefined {
  if (role === 'guest') return before && before.role !== 'guest' ? 'newsletter.unfollowed' : undefined;
  if (role === null || (before && before.role !== 'guest')) return undefined;
  return role === 'owner' ? 'newsletter.created' : 'newsletter.followed';
}

async function tell(
  tx: Tx,
  newsletter: Newsletter,
  type: NewsletterEvent,
  { correlationId, atMs }: How,
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await recordEvent(tx, {
    customerId: newsletter.customer_id,
    instanceId: newsletter.instance_id,
    chat: { id: newsletter.chat_id, type: 'newsletter' },
    type,
    data: { newsletter: viewNewsletter(newsletter), ...more },
    ...(correlationId !== undefined && { correlationId }),
    ...(atMs !== undefined && { occurredAt: atMs }),
  });
}
