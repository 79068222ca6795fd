import {
  DESCRIPTION_CHARS_MAX,
  describeNewsletter,
  foundNewsletter,
  mayWrite,
  NAME_CHARS_MAX,
  roleIn,
  setFollowing,
  setNewsletterPicture,
  storeNewsletter,
} from '../newsletters/newsletters.ts';
import { announceChange } from '../newsletters/publish.ts';
import { PICTURE_BYTES_MAX } from '../people/picture.ts';
import { describeRestriction } from '../people/restriction.ts';
import { type BinaryNode, childNamed, node, textOf } from '../wire/nodes.ts';
import { findAccount } from '../world/accounts.ts';
import type { Newsletter } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';
import type { LoggedIn } from './logged-in.ts';

/** Queries in WhatsApp's newer language: a number says which, and variables come as JSON. Mostly about newsletters. */

type Variables = Record<string, unknown>;
type Outcome = { path: string; value: unknown } | { error: number; message: string };
type Ask = (world: World, state: AccountState, variables: Variables) => Outcome;

const NOT_FOUND: Outcome = { error: 404, message: 'Not Found' };
const FORBIDDEN: Outcome = { error: 403, message: 'Forbidden' };
const BAD_REQUEST: Outcome = { error: 400, message: 'Bad Request' };

const stringIn = (from: unknown, name: string): string | undefined => {
  const value = typeof from === 'object' && from !== null ? (from as Variables)[name] : undefined;
  return typeof value === 'string' ? value : undefined;
};

const create: Ask = (world, state, { input }) => {
  const name = stringIn(input, 'name') ?? '';
  const description = stringIn(input, 'description');
  if (name === '' || name.length > NAME_CHARS_MAX) return BAD_REQUEST;
  if ((description?.length ?? 0) > DESCRIPTION_CHARS_MAX) return BAD_REQUEST;
  const newsletter = foundNewsletter(world, state, name, description);
  return { path: 'xwa2_newsletter_create', value: describeNewsletter(newsletter, state) };
};

const read: Ask = (world, state, { input }) => {
  const key = stringIn(input, 'key') ?? '';
  const isInvite = stringIn(input, 'type') === 'INVITE';
  const found = isInvite
    ? [...world.newsletters.values()].find(({ inviteCode }) => inviteCode === key)
    : world.newsletters.get(key);
  return found ? { path: 'xwa2_newsletter', value: describeNewsletter(found, state) } : NOT_FOUND;
};

/** Asks about one newsletter, which has to be there. */
const about =
  (ask: (world: World, state: AccountState, newsletter: Newsletter, variables: Variables) => Outcome): Ask =>
  (world, state, variables) => {
    const newsletter = world.newsletters.get(stringIn(variables, 'newsletter_id') ?? '');
    return newsletter ? ask(world, state, newsletter, variables) : NOT_FOUND;
  };

const follow = (path: string, following: boolean): Ask =>
  about((world, state, newsletter) => {
    setFollowing(world, newsletter, state, following);
    return { path, value: { id: newsletter.jid, state: { type: following ? 'ACTIVE' : 'NON_EXISTING' } } };
  });

const mute = (path: string, muted: boolean): Ask =>
  about((world, state, newsletter) => {
    const follower = newsletter.followers.get(state.account.number);
    if (!follower) return FORBIDDEN;
    follower.muted = muted;
    storeNewsletter(world, newsletter);
    return { path, value: { id: newsletter.jid } };
  });

const change = about((world, state, newsletter, { updates }) => {
  if (!mayWrite(newsletter, state)) return FORBIDDEN;
  const [name, description, picture] = ['name', 'description', 'picture'].map((field) => stringIn(updates, field));
  const bytes = picture === undefined ? undefined : Buffer.from(picture, 'base64');
  const isSound =
    name !== '' &&
    (name?.length ?? 0) <= NAME_CHARS_MAX &&
    (description?.length ?? 0) <= DESCRIPTION_CHARS_MAX &&
    (bytes?.length ?? 0) <= PICTURE_BYTES_MAX;
  if (!isSound) return BAD_REQUEST;
  newsletter.name = name ?? newsletter.name;
  newsletter.description = description ?? newsletter.description;
  // Where it will be is known before it is there; a disk that fails leaves a picture that nobody can fetch.
  if (bytes) setNewsletterPicture(world, newsletter, bytes.length ? bytes : undefined).catch(() => undefined);
  announceChange(world, newsletter, {
    ...(name ? { name } : {}),
    ...(description === undefined ? {} : { description }),
  });
  return { path: 'xwa2_newsletter_update', value: describeNewsletter(newsletter, state) };
});

/** What only the owner may do with another person's place in it. */
const asOwner = (path: string, act: (newsletter: Newsletter, other: AccountState) => boolean): Ask =>
  about((world, state, newsletter, variables) => {
    const other = findAccount(world, stringIn(variables, 'user_id'));
    if (roleIn(newsletter, state) !== 'OWNER') return FORBIDDEN;
    if (!other || !act(newsletter, other)) return NOT_FOUND;
    storeNewsletter(world, newsletter);
    return { path, value: { id: newsletter.jid } };
  });

const changeOwner = asOwner('xwa2_newsletter_change_owner', (newsletter, other) => {
  const { number } = other.account;
  if (!newsletter.admins.delete(number)) return false;
  newsletter.admins.add(newsletter.owner);
  newsletter.owner = number;
  return true;
});

const demote = asOwner('xwa2_newsletter_demote', (newsletter, other) => {
  const { number } = other.account;
  if (!newsletter.admins.delete(number)) return false;
  newsletter.followers.set(number, { muted: false });
  return true;
});

const remove = about((world, state, newsletter) => {
  if (roleIn(newsletter, state) !== 'OWNER') return FORBIDDEN;
  world.newsletters.delete(newsletter.jid);
  world.store.remove('newsletter', newsletter.jid);
  return { path: 'xwa2_newsletter_delete_v2', value: { id: newsletter.jid, state: { type: 'DELETED' } } };
});

/** By the numbers under which clients know them. */
const ASKS: Record<string, Ask> = {
  '8823471724422422': create,
  '24250201037901610': change,
  '6563316087068696': read,
  '9783111038412085': about((_world, _state, { followers }) => ({
    path: 'xwa2_newsletter_subscribers',
    value: { subscribers: followers.size },
  })),
  '24404358912487870': follow('xwa2_newsletter_join_v2', true),
  '9767147403369991': follow('xwa2_newsletter_leave_v2', false),
  '29766401636284406': mute('xwa2_newsletter_mute_v2', true),
  '9864994326891137': mute('xwa2_newsletter_unmute_v2', false),
  '7130823597031706': about((_world, _state, { admins }) => ({
    path: 'xwa2_newsletter_admin',
    value: { admin_count: admins.size + 1 },
  })),
  '7341777602580933': changeOwner,
  '6551828931592903': demote,
  '30062808666639665': remove,
  '23983697327930364': (_world, state) => ({
    path: 'xwa2_fetch_account_reachout_timelock',
    value: describeRestriction(state),
  }),
};

const readVariables = (query: BinaryNode | undefined): Variables => {
  try {
    const { variables }: { variables?: unknown } = JSON.parse(textOf(query) ?? '{}');
    return typeof variables === 'object' && variables !== null ? (variables as Variables) : {};
  } catch {
    return {};
  }
};

/** Answers in JSON, errors too: that is how this language says no. */
export const answerMex = (world: World, { state }: LoggedIn, iq: BinaryNode): BinaryNode[] => {
  const query = childNamed(iq, 'query');
  const outcome = ASKS[query?.attrs.query_id ?? '']?.(world, state, readVariables(query)) ?? BAD_REQUEST;
  const answer =
    'error' in outcome
      ? { data: null, errors: [{ message: outcome.message, extensions: { error_code: outcome.error } }] }
      : { data: { [outcome.path]: outcome.value } };
  return [node('result', {}, Buffer.from(JSON.stringify(answer)))];
};
