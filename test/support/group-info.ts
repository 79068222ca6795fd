import type { Tx } from '../../src/db/index.ts';
import { recordGroupChange } from '../../src/domain/groups/index.ts';
import { readAnyInstance } from '../../src/domain/instances/index.ts';
import { resolveMember } from '../../src/domain/messages/index.ts';
import { type Id, isId } from '../../src/lib/index.ts';
import type { GroupInfo } from '../../src/network/index.ts';

/** A group as WhatsApp describes it. */
export const groupInfo = (change: Partial<GroupInfo> = {}): GroupInfo => ({
  address: '120300000000000001@g.us',
  kind: 'group',
  subject: 'Friends',
  description: null,
  announce: false,
  locked: false,
  joinApproval: false,
  memberAddMode: 'all',
  disappearingSeconds: 0,
  members: [],
  ...change,
});

/** A group that a notice has put on record for an instance. */
export async function addGroup(tx: Tx, instanceId: string, change: Partial<GroupInfo> = {}): Promise<Id<'cht'>> {
  const instance = isId('ins', instanceId) ? await readAnyInstance(tx, instanceId) : undefined;
  if (!instance) throw new Error('no instance');
  const group = groupInfo(change);
  const chat = { kind: 'group', address: group.address } as const;
  await recordGroupChange(
    tx,
    instance,
    { kind: 'group', chat, change: { what: 'joined', group }, atMs: tx.now },
    resolveMember,
  );
  const row = await tx
    .selectFrom('chats')
    .select('id')
    .where('instance_id', '=', instance.id)
    .where('address', '=', group.address)
    .executeTakeFirstOrThrow();
  return row.id;
}
