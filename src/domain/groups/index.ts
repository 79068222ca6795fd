/**
 * Groups: what they are called, who is in them, and what happens to them. The rows follow WhatsApp's notices, and are
 * compared with its own list of groups after each connection; what is done to a group on request is recorded when WhatsApp
 * tells it.
 *
 * Imports contacts, instances, events, webhooks, customers, audit, network, db, platform and lib.
 */
export type { GroupFields, GroupInfo, MemberResult } from '../../network/index.ts';
export {
  forgetGroup,
  type Group,
  type GroupView,
  isGroupAdmin,
  listGroups,
  listParticipants,
  moveMember,
  type ParticipantView,
  requireCommunity,
  requireGroup,
  requireOwnGroup,
  viewGroup,
} from './groups.ts';
export { recordOwnGroup } from './record-group.ts';
export { inviteLink, recordGroupChange } from './record-group-change.ts';
export { type ListedGroups, recordGroupList } from './record-group-list.ts';
export type { ResolvePerson } from './tell-group.ts';
