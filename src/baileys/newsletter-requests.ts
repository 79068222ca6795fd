import { QueryIds, type WASocket, XWAPaths } from 'baileys';
import type { NewsletterInfo, NewsletterRequests } from '../network/index.ts';
import { askMex } from './mex-query.ts';
import { newsletterInfoOf } from './newsletter-info.ts';
import { RequestError, type RequestHandlers } from './request-handlers.ts';

/**
 * Newsletters, asked in our own words rather than through Baileys' functions: those take a newsletter without a picture for
 * a broken answer after it was made, and hide the code that WhatsApp refuses with.
 */
export const newsletterRequests: RequestHandlers<keyof NewsletterRequests> = {
  create_newsletter: async (socket, { name, description }) => {
    const variables = { input: { name, description } };
    const made = requireInfo(await askMex(socket, QueryIds.CREATE, XWAPaths.xwa2_newsletter_create, variables));
    return { ...made, role: made.role ?? 'owner' };
  },
  read_newsletter: (socket, { address }) => readNewsletter(socket, 'JID', address),
  read_newsletter_by_invite: (socket, { code }) => readNewsletter(socket, 'INVITE', code),
  change_newsletter: async (socket, { address, fields: { name, description } }) => {
    const updates = {
      ...(name !== undefined && { name }),
      ...(description !== undefined && { description: description ?? '' }),
      settings: null,
    };
    const variables = { newsletter_id: address, updates };
    await askMex(socket, QueryIds.UPDATE_METADATA, 'xwa2_newsletter_update', variables);
    return undefined;
  },
  follow_newsletter: (socket, { address }) => order(socket, 'FOLLOW', 'xwa2_newsletter_join_v2', address),
  unfollow_newsletter: (socket, { address }) => order(socket, 'UNFOLLOW', 'xwa2_newsletter_leave_v2', address),
  mute_newsletter: (socket, { address, muted }) =>
    muted
      ? order(socket, 'MUTE', 'xwa2_newsletter_mute_v2', address)
      : order(socket, 'UNMUTE', 'xwa2_newsletter_unmute_v2', address),
  delete_newsletter: (socket, { address }) => order(socket, 'DELETE', 'xwa2_newsletter_delete_v2', address),
};

/** Does something with a newsletter that is said by its name alone. */
async function order(socket: WASocket, id: keyof typeof QueryIds, path: string, address: string): Promise<undefined> {
  await askMex(socket, QueryIds[id], path, { newsletter_id: address });
  return undefined;
}

async function readNewsletter(socket: WASocket, type: 'JID' | 'INVITE', key: string): Promise<NewsletterInfo> {
  const wanted = { fetch_creation_time: true, fetch_full_image: true, fetch_viewer_metadata: true };
  const variables = { ...wanted, input: { key, type } };
  const said = await askMex(socket, QueryIds.METADATA, XWAPaths.xwa2_newsletter_metadata, variables);
  if (said === null) throw new RequestError(404, 'WhatsApp knows no such newsletter.');
  return requireInfo(said);
}

function requireInfo(said: unknown): NewsletterInfo {
  const info = newsletterInfoOf(said);
  if (info === undefined) throw new Error('WhatsApp described a newsletter without its name');
  return info;
}
