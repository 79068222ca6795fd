/** What this number is to a newsletter; a `guest` does not follow it. */
export type NewsletterRole = 'owner' | 'admin' | 'subscriber' | 'guest';

/** What a newsletter says of itself. */
export type NewsletterFields = { readonly name: string; readonly description: string | null };

/** A newsletter as WhatsApp describes it. */
export type NewsletterInfo = NewsletterFields & {
  readonly address: string;
  readonly inviteCode: string | null;
  /** Null where WhatsApp does not say it. */
  readonly subscribers: number | null;
  readonly verified: boolean;
  readonly role: NewsletterRole | null;
  readonly muted: boolean | null;
  readonly createdAtMs?: number;
};

/** What has happened to a newsletter, or to what this number has to do with it, as one notice tells it. */
export type NewsletterChange =
  | { readonly what: 'updated'; readonly fields: Partial<NewsletterFields> }
  /** On another device of this number, as the next two. */
  | { readonly what: 'followed'; readonly newsletter: NewsletterInfo }
  | { readonly what: 'unfollowed' }
  | { readonly what: 'muted'; readonly muted: boolean };

/** What can be asked about newsletters. WhatsApp Web is not known to list those that a number follows. */
export type NewsletterRequests = {
  create_newsletter: { input: NewsletterFields; answer: NewsletterInfo };
  read_newsletter: { input: { readonly address: string }; answer: NewsletterInfo };
  read_newsletter_by_invite: { input: { readonly code: string }; answer: NewsletterInfo };
  change_newsletter: {
    input: { readonly address: string; readonly fields: Partial<NewsletterFields> };
    answer: undefined;
  };
  follow_newsletter: { input: { readonly address: string }; answer: undefined };
  unfollow_newsletter: { input: { readonly address: string }; answer: undefined };
  mute_newsletter: { input: { readonly address: string; readonly muted: boolean }; answer: undefined };
  delete_newsletter: { input: { readonly address: string }; answer: undefined };
};
