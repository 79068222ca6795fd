import { nowSeconds } from '../lib/clock.ts';
import { mayWrite, roleIn } from '../newsletters/newsletters.ts';
import { postNode, publish, react } from '../newsletters/publish.ts';
import { type BinaryNode, bytesOf, childNamed, node } from '../wire/nodes.ts';
import type { Newsletter } from '../world/types.ts';
import type { World } from '../world/world.ts';
import type { QueryError } from './keys.ts';
import type { LoggedIn } from './logged-in.ts';

/** What clients send to newsletters and ask of them. */

const NO_SUCH_NEWSLETTER = 404;
const NOT_ALLOWED = 403;
const BAD_REQUEST = 400;
const LIVE_SECONDS = '300';
const POSTS_AT_ONCE_MAX = 100;
const POST_BYTES_MAX = 256 * 1024;

const receiveReaction = (
  world: World,
  client: LoggedIn,
  newsletter: Newsletter,
  stanza: BinaryNode,
): number | undefined => {
  const post = newsletter.posts.find(({ serverId }) => serverId === Number(stanza.attrs.server_id));
  if (roleIn(newsletter, client.state) === 'GUEST') return NOT_ALLOWED;
  if (!post) return NO_SUCH_NEWSLETTER;
  react(world, newsletter, post, client.state, childNamed(stanza, 'reaction')?.attrs.code ?? '');
  return undefined;
};

/** A client writes to a newsletter or reacts there; gives what it is refused with, or the number of its post. */
const receive = (
  world: World,
  client: LoggedIn,
  stanza: BinaryNode,
): { error?: number | undefined; serverId?: number } => {
  const newsletter = world.newsletters.get(stanza.attrs.to ?? '');
  if (!newsletter) return { error: NO_SUCH_NEWSLETTER };
  if (stanza.attrs.type === 'reaction') return { error: receiveReaction(world, client, newsletter, stanza) };
  const body = bytesOf(childNamed(stanza, 'plaintext'));
  if (!mayWrite(newsletter, client.state)) return { error: NOT_ALLOWED };
  if (!body || body.length > POST_BYTES_MAX) return { error: BAD_REQUEST };
  const { id = '', type = 'text' } = stanza.attrs;
  const by = { state: client.state, device: client.device.id };
  const post = publish(world, newsletter, { id, type, body }, by) ?? newsletter.posts.find((one) => one.id === id);
  return post ? { serverId: post.serverId } : {};
};

/** Takes what a client sends to a newsletter, and says under which number or why not. */
export const receiveForNewsletter = (world: World, client: LoggedIn, stanza: BinaryNode): void => {
  const { error, serverId } = receive(world, client, stanza);
  const { id, to, type } = stanza.attrs;
  const attributes = { class: 'message', id, from: to, type, t: nowSeconds() };
  client.connection.send(node('ack', { ...attributes, server_id: serverId?.toString(), error: error?.toString() }));
};

/** Older posts, for everybody: newsletters are public. */
export const answerPosts = (world: World, _client: LoggedIn, iq: BinaryNode): BinaryNode[] | QueryError => {
  const newsletter = world.newsletters.get(iq.attrs.to ?? '');
  if (!newsletter) return { code: NO_SUCH_NEWSLETTER, text: 'item-not-found' };
  const { count = '', since = '0', after = '0' } = childNamed(iq, 'message_updates')?.attrs ?? {};
  const wanted = newsletter.posts.filter(({ at, serverId }) => at / 1000 >= Number(since) && serverId > Number(after));
  const limit = Math.min(Number(count) || POSTS_AT_ONCE_MAX, POSTS_AT_ONCE_MAX);
  return [node('message_updates', { jid: newsletter.jid, t: nowSeconds() }, wanted.slice(-limit).map(postNode))];
};

/** A client wants to hear of reactions while it is connected. */
export const watchNewsletter = (world: World, client: LoggedIn, iq: BinaryNode): BinaryNode[] | QueryError => {
  const jid = iq.attrs.to ?? '';
  if (!world.newsletters.has(jid)) return { code: NO_SUCH_NEWSLETTER, text: 'item-not-found' };
  const watchers = world.liveReaders.get(jid) ?? new Set();
  watchers.add(`${client.state.account.number}:${client.device.id}`);
  world.liveReaders.set(jid, watchers);
  return [node('live_updates', { duration: LIVE_SECONDS })];
};
