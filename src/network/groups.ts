import type { Identity } from './identity.ts';

export type GroupRole = 'member' | 'admin' | 'superadmin';

export type GroupMember = { readonly person: Identity; readonly role: GroupRole };

/** What a group is called, and what its members may do. */
export type GroupFields = {
  readonly subject: string;
  readonly description: string | null;
  /** Only admins write in it. */
  readonly announce: boolean;
  /** Only admins change subject, description, picture and timer. */
  readonly locked: boolean;
  /** Admins decide about those who want to join by link. */
  readonly joinApproval: boolean;
  /** Who may add people. */
  readonly memberAddMode: 'all' | 'admins';
  /** After how many seconds messages disappear; 0 for never. */
  readonly disappearingSeconds: number;
};

/** A group as WhatsApp describes it to somebody who may see it. */
export type GroupInfo = GroupFields & {
  readonly address: string;
  /** A community is a group of groups, and has one in which its admins announce. */
  readonly kind: 'group' | 'community' | 'announcements';
  /** Of the community that it is in. */
  readonly community?: string;
  readonly creator?: Identity;
  readonly createdAtMs?: number;
  /** How many are in it, where not all of them are named. */
  readonly size?: number;
  readonly members: readonly GroupMember[];
};

/** What has happened to a group, as one notice tells it. */
export type GroupChange =
  /** A new group with this number in it; then one that this number came into. */
  | { readonly what: 'created'; readonly group: GroupInfo }
  | { readonly what: 'joined'; readonly group: GroupInfo }
  | { readonly what: 'updated'; readonly fields: Partial<GroupFields & { readonly pictureId: string | null }> }
  /** Put into a community, or taken out of the one that it was in. */
  | { readonly what: 'moved'; readonly community: string | null }
  | {
      readonly what: 'added';
      readonly members: readonly GroupMember[];
      /** By link, or in another way that WhatsApp has a word for; without it an admin or a member added them. */
      readonly reason?: string;
    }
  | { readonly what: 'removed'; readonly people: readonly Identity[] }
  | { readonly what: 'promoted'; readonly people: readonly Identity[] }
  | { readonly what: 'demoted'; readonly people: readonly Identity[] }
  | { readonly what: 'join_requested'; readonly people: readonly Identity[]; readonly method?: string }
  /** Withdrawn by who asked, or rejected. */
  | { readonly what: 'join_request_ended'; readonly people: readonly Identity[] }
  | { readonly what: 'invite_changed'; readonly code: string }
  /** The group is no more. */
  | { readonly what: 'ended' };

/** What became of one person that a request was about. */
export type MemberOutcome =
  | 'done'
  | 'already_in'
  | 'not_in_group'
  | 'not_on_whatsapp'
  | 'not_requested'
  /** The person lets nobody add them; they may accept an invitation. */
  | 'invitation_required'
  | 'recently_left'
  | 'group_full'
  /** As for the founder of a group, whom nobody removes. */
  | 'not_allowed'
  | 'refused';

export type MemberResult = {
  readonly outcome: MemberOutcome;
  /** All that the answer says of who it is. */
  readonly person: Identity;
  readonly invitation?: { readonly code: string; readonly expiresAtMs: number };
};

export type JoinRequest = { readonly person: Identity; readonly method?: string; readonly atMs?: number };

/** What can be asked about groups. People are answered in the order in which they were asked about. */
export type GroupRequests = {
  /** All groups that the number is in, once WhatsApp has handed over what had waited before. */
  list_groups: { input: Record<string, never>; answer: readonly GroupInfo[] };
  create_group: {
    /** In a community, if one is named. */
    input: { readonly subject: string; readonly people: readonly Identity[]; readonly community?: string };
    answer: { readonly group: GroupInfo; readonly results: readonly MemberResult[] };
  };
  /** One thing at a time, as WhatsApp takes it. */
  change_group: {
    input: { readonly address: string; readonly fields: Partial<GroupFields> };
    answer: undefined;
  };
  /** A JPEG in base64; null takes the picture away. */
  set_group_picture: {
    input: { readonly address: string; readonly jpeg: string | null };
    answer: undefined;
  };
  /** Null where there is none. */
  read_group_picture: {
    input: { readonly address: string };
    answer: { readonly id: string; readonly url: string } | null;
  };
  change_group_members: {
    input: {
      readonly address: string;
      readonly action: 'add' | 'remove' | 'promote' | 'demote';
      readonly people: readonly Identity[];
    };
    answer: { readonly results: readonly MemberResult[] };
  };
  list_join_requests: { input: { readonly address: string }; answer: readonly JoinRequest[] };
  decide_join_requests: {
    input: { readonly address: string; readonly decision: 'approve' | 'reject'; readonly people: readonly Identity[] };
    answer: { readonly results: readonly MemberResult[] };
  };
  read_group_invite: { input: { readonly address: string }; answer: { readonly code: string } };
  /** Ends the link that there was. */
  renew_group_invite: { input: { readonly address: string }; answer: { readonly code: string } };
  read_group_by_invite: { input: { readonly code: string }; answer: GroupInfo };
  join_group: {
    input: { readonly code: string };
    /** `asked` where admins decide. */
    answer: { readonly address: string; readonly result: 'joined' | 'asked' };
  };
  leave_group: { input: { readonly address: string }; answer: undefined };
  /** With a group for announcements, which is made with it, and one for everybody to talk in. */
  create_community: {
    input: { readonly subject: string; readonly description: string | null };
    answer: GroupInfo;
  };
  /** Those that the number is not in as well; members are not named. */
  list_community_groups: { input: { readonly address: string }; answer: readonly GroupInfo[] };
  /** Puts a group into a community, or takes it out. */
  link_group: {
    input: { readonly community: string; readonly address: string; readonly linked: boolean };
    answer: undefined;
  };
};
