import type { BusinessProfile } from './business.ts';
import type { Identity } from './identity.ts';

/** What somebody lets this number see of themselves; null where there is nothing, or nothing for this number. */
export type PublicProfile = {
  readonly about: string | null;
  readonly aboutSetAtMs: number | null;
  /** On WhatsApp's own host, for a few days. */
  readonly pictureUrl: string | null;
  readonly business: BusinessProfile | null;
};

/** Who may see something, or do something: the values of each are WhatsApp's. */
export type Privacy = {
  readonly lastSeen: 'all' | 'contacts' | 'contact_blacklist' | 'none';
  readonly online: 'all' | 'match_last_seen';
  readonly picture: 'all' | 'contacts' | 'contact_blacklist' | 'none';
  readonly about: 'all' | 'contacts' | 'contact_blacklist' | 'none';
  readonly readReceipts: 'all' | 'none';
  readonly groupsAdd: 'all' | 'contacts' | 'contact_blacklist';
};

/** What can be asked about people, this number's own person among them. */
export type PeopleRequests = {
  read_profile: { input: { readonly contact: Identity }; answer: PublicProfile };
  list_blocked: { input: Record<never, never>; answer: { readonly contacts: readonly Identity[] } };
  set_blocked: { input: { readonly contact: Identity; readonly blocked: boolean }; answer: undefined };
  /** What is left out stays as it is. */
  set_profile: { input: { readonly name?: string; readonly about?: string }; answer: undefined };
  /** A JPEG in base64; null takes the picture away. */
  set_profile_picture: { input: { readonly jpeg: string | null }; answer: undefined };
  /** Null where WhatsApp does not say. */
  read_privacy: {
    input: Record<never, never>;
    answer: { readonly [Name in keyof Privacy]: Privacy[Name] | null };
  };
  /** What is left out stays as it is; `newChatsTimer` is how long messages of new chats stay, in seconds. */
  set_privacy: { input: Partial<Privacy> & { readonly newChatsTimer?: number }; answer: undefined };
};
