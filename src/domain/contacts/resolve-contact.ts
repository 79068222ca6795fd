import type { Tx } from '../../db/index.ts';
import { type Id, newId } from '../../lib/index.ts';
import type { Identity } from '../../network/index.ts';
import { recordEvent } from '../events/index.ts';
import {
  deleteChat,
  selectChat,
  selectChatsOfContact,
  selectChatWith,
  updateChatAbsorbing,
  updateChatContact,
} from './chats.sql.ts';
import {
  type IdentityKind,
  insertContact,
  insertIdentity,
  selectIdentityOwners,
  updateContactMerged,
  updateContactName,
  updateIdentitiesMoved,
} from './contacts.sql.ts';
import { viewContact } from './contacts.ts';

/** Two chats turned out to be one: what hung on `from` hangs on `into` now, and whoever keeps rows about it moves them. */
export type MergedChat = { readonly instanceId: Id<'ins'>; readonly from: Id<'cht'>; readonly into: Id<'cht'> };

export type ResolvedContact = {
  readonly contactId: Id<'con'>;
  readonly mergedContacts: readonly Id<'con'>[];
  readonly mergedChats: readonly MergedChat[];
};

export type ContactSource = 'api' | 'group' | 'look_up' | 'message' | 'receipt' | 'app_state' | 'call' | 'presence';

/**
 * Finds or makes the contact that an identity belongs to, and keeps what is new in it: a phone number for a LID, a name.
 * Two contacts that turn out to be one person are merged into the older; what is learnt goes out as `contact.updated`.
 */
export async function resolveContact(
  tx: Tx,
  customerId: Id<'cus'>,
  identity: Identity,
  learned: { source: ContactSource; instanceId: Id<'ins'> },
): Promise<ResolvedContact> {
  const known = listIdentities(identity);
  if (known.length === 0) throw new Error('an identity without phone and LID names nobody');
  const owners = await selectIdentityOwners(tx, customerId, known);
  const ids = [...new Set(owners.map((owner) => owner.contact_id))].sort();
  const [contactId, ...others] = ids;
  if (contactId === undefined) {
    return {
      contactId: await createContact(tx, customerId, identity, learned.source),
      mergedContacts: [],
      mergedChats: [],
    };
  }

  const mergedChats: MergedChat[] = [];
  for (const other of others) mergedChats.push(...(await mergeContact(tx, customerId, other, contactId)));
  const missing = known.filter(({ kind }) => !owners.some((owner) => owner.kind === kind));
  for (const { kind, value } of missing) {
    await insertIdentity(tx, customerId, { kind, value, contactId, source: learned.source });
  }
  const renamed = identity.name !== undefined && owners.every((owner) => owner.name !== identity.name);
  if (renamed && identity.name !== undefined) await updateContactName(tx, customerId, contactId, identity.name);

  if (renamed || missing.length > 0 || others.length > 0) {
    await recordEvent(tx, {
      customerId,
      instanceId: learned.instanceId,
      type: 'contact.updated',
      data: { contact: await viewContact(tx, customerId, contactId), merged_contact_ids: others },
    });
  }
  return { contactId, mergedContacts: others, mergedChats };
}

/** The contact that an identity belongs to, when there is one: for what somebody else says of them. */
export async function findContact(tx: Tx, customerId: Id<'cus'>, identity: Identity): Promise<Id<'con'> | undefined> {
  const known = listIdentities(identity);
  const owners = known.length === 0 ? [] : await selectIdentityOwners(tx, customerId, known);
  return owners.map((owner) => owner.contact_id).sort()[0];
}

function listIdentities(identity: Identity): { kind: IdentityKind; value: string }[] {
  return [
    ...(identity.phone ? [{ kind: 'phone' as const, value: identity.phone }] : []),
    ...(identity.lid ? [{ kind: 'lid' as const, value: identity.lid }] : []),
  ];
}

async function createContact(
  tx: Tx,
  customerId: Id<'cus'>,
  identity: Identity,
  source: ContactSource,
): Promise<Id<'con'>> {
  const contactId = newId('con', tx.now);
  await insertContact(tx, customerId, contactId, identity.name ?? null);
  for (const { kind, value } of listIdentities(identity)) {
    await insertIdentity(tx, customerId, { kind, value, contactId, source });
  }
  return contactId;
}

/** What only the chat that goes knew is known of the other one from now on: that it was begun, above all. */
async function absorbChat(tx: Tx, customerId: Id<'cus'>, from: Id<'cht'>, into: Id<'cht'>): Promise<void> {
  const lost = await selectChat(tx, customerId, from);
  const kept = await selectChat(tx, customerId, into);
  if (!lost || !kept) throw new Error(`chat ${from} or ${into} vanished inside its transaction`);
  const openings = [kept.opened_at, lost.opened_at].filter((at) => at !== null);
  await updateChatAbsorbing(tx, customerId, into, {
    opened_at: openings.length === 0 ? null : Math.min(...openings),
    archived: Math.max(kept.archived, lost.archived),
    pinned_at: kept.pinned_at ?? lost.pinned_at,
    muted_until: kept.muted_until ?? lost.muted_until,
    marked_unread: Math.max(kept.marked_unread, lost.marked_unread),
    ephemeral_seconds: kept.ephemeral_seconds ?? lost.ephemeral_seconds,
    active_at: Math.max(kept.active_at, lost.active_at),
    deleted_at: lost.deleted_at && kept.deleted_at,
  });
  await deleteChat(tx, customerId, from);
}

/** The loser's row stays, pointing at the survivor, so that an id that we once gave out still leads somewhere. */
async function mergeContact(
  tx: Tx,
  customerId: Id<'cus'>,
  loser: Id<'con'>,
  survivor: Id<'con'>,
): Promise<MergedChat[]> {
  await updateIdentitiesMoved(tx, customerId, loser, survivor);
  await updateContactMerged(tx, customerId, loser, survivor);
  const merged: MergedChat[] = [];
  for (const chat of await selectChatsOfContact(tx, customerId, loser)) {
    const kept = await selectChatWith(tx, customerId, chat.instance_id, survivor);
    if (!kept) {
      await updateChatContact(tx, customerId, chat.id, survivor);
      continue;
    }
    await absorbChat(tx, customerId, chat.id, kept.id);
    merged.push({ instanceId: chat.instance_id, from: chat.id, into: kept.id });
  }
  return merged;
}
