import type { Reader, Tx } from '../../db/index.ts';
import type { Id } from '../../lib/index.ts';
import { GatewayError } from '../../platform/index.ts';
import type { Caller } from '../customers/index.ts';
import type { InstanceRow } from '../instances/index.ts';
import { type NewsletterPage, type NewsletterRow, selectNewsletter, selectNewsletters } from './newsletters.sql.ts';

/** A newsletter on record, with the network's own word for it. */
export type Newsletter = NewsletterRow & { readonly address: string };

/** A newsletter as the API and every event show it. Times are ISO-8601 in UTC. */
export type NewsletterView = {
  readonly id: Id<'cht'>;
  readonly instance_id: Id<'ins'>;
  readonly name: string | null;
  readonly description: string | null;
  readonly invite_link: string | null;
  readonly role: string | null;
  readonly muted: boolean | null;
  readonly updated_at: string;
};

/** A newsletter of an instance; throws `newsletter_not_found` for every other id. The caller has made sure of the instance. */
export async function requireNewsletter(
  from: Tx | Reader,
  instance: Pick<InstanceRow, 'id' | 'customer_id'>,
  chatId: Id<'cht'>,
): Promise<Newsletter> {
  const row = await selectNewsletter(from, instance.customer_id, chatId);
  if (!row || row.instance_id !== instance.id || row.address === null) {
    throw new GatewayError('newsletter_not_found', { id: chatId });
  }
  return { ...row, address: row.address };
}

/** Newest first. The caller has made sure that the instance is its own. */
export async function listNewsletters(from: Reader, caller: Caller, page: NewsletterPage): Promise<NewsletterView[]> {
  return (await selectNewsletters(from, caller.customerId, page)).map(viewNewsletter);
}

export const viewNewsletter = (row: NewsletterRow): NewsletterView => ({
  id: row.chat_id,
  instance_id: row.instance_id,
  name: row.name,
  description: row.description,
  invite_link: newsletterLink(row.invite_code),
  role: row.role,
  muted: row.muted === null ? null : row.muted === 1,
  updated_at: new Date(row.updated_at).toISOString(),
});

/** Where people find a newsletter, by the code of its invite. */
export const newsletterLink = (code: string | null): string | null =>
  code === null ? null : `https://whatsapp.com/channel/${code}`;
