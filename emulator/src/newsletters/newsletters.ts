import { randomBytes } from 'node:crypto';
import { nowMs, nowSeconds } from '../lib/clock.ts';
import { randomDigits } from '../lib/random.ts';
import { nameOfMedia, pathOfMedia } from '../media/media-host.ts';
import { sha256 } from '../media/sealed-media.ts';
import type { Newsletter, NewsletterPost } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';

/** Newsletters, which people call channels: some write, everybody may follow, and nothing is sealed. */

/** Posts that a newsletter keeps; the oldest go. */
const POSTS_MAX = 10_000;
export const NAME_CHARS_MAX = 100;
export const DESCRIPTION_CHARS_MAX = 2048;

export const isNewsletterJid = (jid: string | undefined): jid is string => jid?.endsWith('@newsletter') ?? false;

export const storeNewsletter = (world: World, newsletter: Newsletter): void =>
  world.store.put('newsletter', newsletter.jid, () => newsletter);

export const foundNewsletter = (
  world: World,
  owner: AccountState,
  name: string,
  description: string | undefined,
): Newsletter => {
  const newsletter: Newsletter = {
    jid: `1203${randomDigits(14)}@newsletter`,
    name,
    description: description ?? '',
    inviteCode: randomBytes(16).toString('base64url'),
    createdAt: Number(nowSeconds()),
    owner: owner.account.number,
    admins: new Set(),
    followers: new Map(),
    picture: undefined,
    posts: [],
    lastServerId: 99,
  };
  world.newsletters.set(newsletter.jid, newsletter);
  storeNewsletter(world, newsletter);
  return newsletter;
};

export type NewsletterRole = 'OWNER' | 'ADMIN' | 'SUBSCRIBER' | 'GUEST';

export const roleIn = ({ owner, admins, followers }: Newsletter, { account }: AccountState): NewsletterRole => {
  if (account.number === owner) return 'OWNER';
  if (admins.has(account.number)) return 'ADMIN';
  return followers.has(account.number) ? 'SUBSCRIBER' : 'GUEST';
};

export const mayWrite = (newsletter: Newsletter, state: AccountState): boolean => {
  const role = roleIn(newsletter, state);
  return role === 'OWNER' || role === 'ADMIN';
};

/** Follows, or no longer; the owner always belongs to it. */
export const setFollowing = (world: World, newsletter: Newsletter, state: AccountState, following: boolean): void => {
  const { number } = state.account;
  if (!following) newsletter.followers.delete(number);
  else if (number !== newsletter.owner && !newsletter.followers.has(number)) {
    newsletter.followers.set(number, { muted: false });
  }
  storeNewsletter(world, newsletter);
};

/** Everyone who gets what is posted: who writes and who follows. */
export const readersOf = (world: World, { owner, admins, followers }: Newsletter): AccountState[] =>
  [...new Set([owner, ...admins, ...followers.keys()])].flatMap((number) => world.accounts.get(number) ?? []);

export const setNewsletterPicture = async (
  world: World,
  newsletter: Newsletter,
  bytes: Buffer | undefined,
): Promise<void> => {
  newsletter.picture = bytes && nameOfMedia(sha256(bytes));
  storeNewsletter(world, newsletter);
  if (bytes && newsletter.picture) await world.media.blobs.put(newsletter.picture, bytes);
};

const pictureOf = (newsletter: Newsletter, type: 'IMAGE' | 'PREVIEW') => ({
  id: newsletter.picture ?? '0',
  type,
  direct_path: newsletter.picture ? pathOfMedia(newsletter.picture) : '',
});

const textOf = (text: string, at: number) => ({ id: at.toString(), text, update_time: `${at}000000` });

/** A newsletter as WhatsApp describes it to somebody, in the words of its queries. */
export const describeNewsletter = (newsletter: Newsletter, viewer: AccountState) => {
  const { jid, name, description, inviteCode, createdAt, followers } = newsletter;
  return {
    id: jid,
    state: { type: 'ACTIVE' },
    thread_metadata: {
      creation_time: createdAt.toString(),
      name: textOf(name, createdAt),
      description: textOf(description, createdAt),
      invite: inviteCode,
      handle: null,
      picture: pictureOf(newsletter, 'IMAGE'),
      preview: pictureOf(newsletter, 'PREVIEW'),
      subscribers_count: followers.size.toString(),
      verification: 'UNVERIFIED',
      settings: { reaction_codes: { value: 'ALL' } },
    },
    viewer_metadata: {
      mute: followers.get(viewer.account.number)?.muted ? 'ON' : 'OFF',
      role: roleIn(newsletter, viewer),
    },
  };
};

/** Keeps a post under the next number that the server gives; one with its id is in its place already. */
export const addPost = (
  world: World,
  newsletter: Newsletter,
  post: Pick<NewsletterPost, 'id' | 'type' | 'body'>,
): NewsletterPost | undefined => {
  if (newsletter.posts.some(({ id }) => id === post.id)) return undefined;
  newsletter.lastServerId += 1;
  const kept: NewsletterPost = { ...post, serverId: newsletter.lastServerId, at: nowMs(), reactions: new Map() };
  newsletter.posts.push(kept);
  if (newsletter.posts.length > POSTS_MAX) newsletter.posts.shift();
  storeNewsletter(world, newsletter);
  return kept;
};
