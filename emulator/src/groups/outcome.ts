import type { Invitation } from '../world/types.ts';
import type { AccountState } from '../world/world.ts';

/** What becomes of what people want of a group. */

/** What became of each person that a change was about; 200 is done. Who cannot be added may be invited. */
export type MemberResult = { state: AccountState; code: number; invitation?: Invitation };

export type GroupRefusal = { kind: 'refused'; code: 400 | 401 | 403 | 404 | 406 | 409; text: string };

export type GroupOutcome = { kind: 'changed'; results: MemberResult[] } | GroupRefusal;

export const CHANGED: GroupOutcome = { kind: 'changed', results: [] };
export const FORBIDDEN: GroupRefusal = { kind: 'refused', code: 403, text: 'forbidden' };
export const NO_MEMBER: GroupRefusal = { kind: 'refused', code: 403, text: 'not-a-member' };
export const NOT_ACCEPTABLE: GroupRefusal = { kind: 'refused', code: 406, text: 'not-acceptable' };
export const CONFLICT: GroupRefusal = { kind: 'refused', code: 409, text: 'conflict' };
