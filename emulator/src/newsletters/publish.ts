import { enqueueStanza, isOutboxFull } from '../clients/outbox.ts';
import { nowSeconds } from '../lib/clock.ts';
import { randomStanzaId } from '../lib/random.ts';
import { type BinaryNode, node } from '../wire/nodes.ts';
import { clientsOf } from '../world/accounts.ts';
import type { Newsletter, NewsletterPost } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';
import { addPost, readersOf, storeNewsletter } from './newsletters.ts';

/** What reaches the clients of those who read a newsletter. */

const secondsOf = ({ at }: NewsletterPost): string => Math.floor(at / 1000).toString();

/** A post as the server keeps it, for those who ask for older ones. */
export const postNode = (post: NewsletterPost): BinaryNode => {
  const counts = new Map<string, number>();
  for (const emoji of post.reactions.values()) counts.set(emoji, (counts.get(emoji) ?? 0) + 1);
  const reactions = [...counts].map(([code, count]) => node('reaction', { code, count: count.toString() }));
  const attributes = { id: post.id, server_id: post.serverId.toString(), t: secondsOf(post), type: post.type };
  const content = [node('plaintext', {}, post.body), ...(reactions.length ? [node('reactions', {}, reactions)] : [])];
  return node('message', attributes, content);
};

/** Publishes a message; everyone's clients get it, but the one that it comes from. Undefined if it is there already. */
export const publish = (
  world: World,
  newsletter: Newsletter,
  message: Pick<NewsletterPost, 'id' | 'type' | 'body'>,
  by?: { state: AccountState; device: number },
): NewsletterPost | undefined => {
  const post = addPost(world, newsletter, message);
  if (!post) return undefined;
  const attributes = {
    from: newsletter.jid,
    id: post.id,
    server_id: post.serverId.toString(),
    t: secondsOf(post),
    type: post.type,
  };
  const stanza = node('message', attributes, [node('plaintext', {}, post.body)]);
  for (const reader of readersOf(world, newsletter)) {
    for (const client of clientsOf(reader)) {
      const isAuthor = reader === by?.state && client.id === by.device;
      // Whose client has been away for that long asks for older posts when it is back.
      if (!isAuthor && !isOutboxFull(reader, client.id)) enqueueStanza(world, reader, client.id, stanza);
    }
  }
  return post;
};

/** Somebody reacts to a post, or takes it back; clients that asked for live updates are told. */
export const react = (
  world: World,
  newsletter: Newsletter,
  post: NewsletterPost,
  state: AccountState,
  emoji: string,
): void => {
  if (emoji) post.reactions.set(state.account.number, emoji);
  else post.reactions.delete(state.account.number);
  storeNewsletter(world, newsletter);
  const attributes = { from: newsletter.jid, type: 'newsletter', id: randomStanzaId(), t: nowSeconds() };
  const change = node('reaction', { message_id: post.serverId.toString() }, [node('reaction', {}, Buffer.from(emoji))]);
  for (const watcher of world.liveReaders.get(newsletter.jid) ?? []) {
    const [number = '', device] = watcher.split(':');
    const reader = world.accounts.get(number);
    const connection = reader?.connections.get(Number(device));
    if (reader && connection) enqueueStanza(world, reader, Number(device), node('notification', attributes, [change]));
  }
};

/** What the newsletter says of itself has changed. */
export const announceChange = (world: World, newsletter: Newsletter, settings: object): void => {
  storeNewsletter(world, newsletter);
  const update = { operation: 'NotificationNewsletterUpdate', updates: [{ jid: newsletter.jid, settings }] };
  const attributes = { from: newsletter.jid, type: 'mex', id: randomStanzaId(), t: nowSeconds() };
  const notification = node('notification', attributes, [node('mex', {}, Buffer.from(JSON.stringify(update)))]);
  for (const reader of readersOf(world, newsletter)) {
    for (const client of clientsOf(reader)) enqueueStanza(world, reader, client.id, notification);
  }
};
