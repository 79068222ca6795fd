import type { GroupFields } from '../../network/index.ts';
import type { GroupRow } from './groups.sql.ts';

export type ChangingFields = Partial<GroupFields & { readonly pictureId: string | null }>;

/** What a change sets, by column. */
export function columnsOf(fields: ChangingFields): Partial<GroupRow> {
  const { subject, description, announce, locked, joinApproval, memberAddMode, disappearingSeconds, pictureId } =
    fields;
  return {
    ...(subject !== undefined && { subject }),
    ...(description !== undefined && { description }),
    ...(announce !== undefined && { announce: Number(announce) }),
    ...(locked !== undefined && { locked: Number(locked) }),
    ...(joinApproval !== undefined && { join_approval: Number(joinApproval) }),
    ...(memberAddMode !== undefined && { member_add_mode: memberAddMode }),
    ...(disappearingSeconds !== undefined && { disappearing_seconds: disappearingSeconds }),
    ...(pictureId !== undefined && { picture_id: pictureId }),
  };
}

const flags = new Set(['announce', 'locked', 'join_approval']);

/** Those of the columns that are new, as an event shows them; undefined when none is. */
export function changesOf(before: GroupRow, columns: Partial<GroupRow>): Record<string, unknown> | undefined {
  const old: Readonly<Record<string, unknown>> = before;
  const changed = Object.entries(columns).filter(([name, value]) => old[name] !== value);
  if (changed.length === 0) return undefined;
  return Object.fromEntries(changed.map(([name, value]) => [name, flags.has(name) ? value === 1 : value]));
}
