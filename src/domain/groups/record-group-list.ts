import type { Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import type { GroupInfo } from '../../network/index.ts';
import { type InstanceRow, markGroupsKnown } from '../instances/index.ts';
import { deleteMembers, selectGroup, selectGroupMarks, updateGroup } from './groups.sql.ts';
import { fingerprintOf, recordGroup } from './record-group.ts';
import { type Recording, type ResolvePerson, tellGroup } from './tell-group.ts';

/** All groups of a number as WhatsApp named them, and when it was asked, in milliseconds since the epoch. */
export type ListedGroups = { readonly groups: readonly GroupInfo[]; readonly askedAtMs: number };

/** People that are looked up in one transaction: others want theirs as well. A group is never split. */
const peopleAtOnceMax = 300;

/**
 * Compares what is on record with all the groups that WhatsApp says the number is in, and tells what nobody has told, such
 * as what happened while the number was offline. The first time for a number nothing is told. Groups that are as they were
 * when they were last described cost no more than a comparison. Answers whether there is more to do; then it is to be
 * called again with the same list.
 */
export async function recordGroupList(
  tx: Tx,
  instance: InstanceRow,
  { groups, askedAtMs }: ListedGroups,
  resolvePerson: ResolvePerson,
): Promise<boolean> {
  const recording: Recording = { tx, instance, resolvePerson };
  const quiet = instance.groups_of !== instance.phone;
  const known = await selectGroupMarks(tx, instance.id);
  const marks = new Map(known.map((row) => [row.address, row]));
  const changed = groups.filter((info) => {
    const mark = marks.get(info.address);
    return !mark || mark.role === null || mark.fingerprint !== fingerprintOf(info);
  });
  let people = 0;
  for (const info of changed) {
    if (people > 0 && people + info.members.length > peopleAtOnceMax) return true;
    people += info.members.length;
    await recordGroup(recording, info, { entry: 'unseen', quiet });
  }
  const present = new Set<string | null>(groups.map(({ address }) => address));
  // One that was made or joined after the question cannot be in the answer.
  const gone = known.filter(
    ({ role, address, updated_at: changedAt }) => role !== null && !present.has(address) && changedAt < askedAtMs,
  );
  for (const { chat_id: chatId } of gone) await recordGone(recording, chatId, quiet ? undefined : 'unknown');
  if (quiet) await markGroupsKnown(tx, instance);
  return false;
}

export type Leaving = 'left' | 'removed' | 'ended' | 'unknown';

/** The number is no longer in a group; who is cannot be known any more. Told with `how`, unless that is undefined. */
export async function recordGone(recording: Recording, chatId: Id<'cht'>, how: Leaving | undefined): Promise<void> {
  const { tx, instance } = recording;
  const group = await selectGroup(tx, instance.customer_id, chatId);
  if (!group || group.role === null) return;
  await updateGroup(tx, instance.customer_id, chatId, { role: null, fingerprint: null });
  await deleteMembers(tx, chatId);
  if (how) await tellGroup(recording, { chatId, subject: group.subject }, 'group.left', { how });
}
