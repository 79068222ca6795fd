import type { Tx } from '../db/index.ts';
import { recordAudit } from '../domain/audit/index.ts';
import type { Caller } from '../domain/customers/index.ts';
import { type InstanceRow, type NetworkAccess, requireInstance } from '../domain/instances/index.ts';
import { type Newsletter, requireNewsletter } from '../domain/newsletters/index.ts';
import type { Id } from '../lib/index.ts';
import { type ErrorCode, GatewayError } from '../platform/index.ts';
import type { Edge } from './edge.ts';
import { requirePathId } from './schemas.ts';

/** Whose newsletter a request is about. */
export type NewsletterAccess = {
  readonly caller: Caller;
  readonly instance: InstanceRow;
  readonly newsletter: Newsletter;
};

/** The newsletter that a path names. */
export async function readNewsletterAccess(
  { deps, callerOf }: Edge,
  asked: { readonly params: { readonly id: string; readonly chat_id: string } },
): Promise<NewsletterAccess> {
  const caller = callerOf(asked);
  const id = requirePathId('ins', asked.params.id, 'instance_not_found');
  const instance = await requireInstance(deps.db.read, caller, id);
  const chatId = requirePathId('cht', asked.params.chat_id, 'newsletter_not_found');
  return { caller, instance, newsletter: await requireNewsletter(deps.db.read, instance, chatId) };
}

type Meanings = Readonly<Record<string, ErrorCode>>;

const usual: Meanings = { forbidden: 'newsletter_admin_required', not_found: 'newsletter_not_found' };
const inviteIsWrong: Meanings = {
  invalid: 'newsletter_invite_not_found',
  not_found: 'newsletter_invite_not_found',
};

/** What WhatsApp's refusals mean, by what was asked. */
const meanings: Readonly<Record<string, Meanings>> = {
  read_newsletter_by_invite: inviteIsWrong,
  mute_newsletter: { ...usual, forbidden: 'newsletter_not_followed' },
};

/** Puts a request about a newsletter to WhatsApp; what it refuses is told in the words of newsletters. */
export const askAboutNewsletter: (access: NetworkAccess) => NetworkAccess['ask'] =
  (access) => async (instance, kind, input) => {
    try {
      return await access.ask(instance, kind, input);
    } catch (error) {
      if (!(error instanceof GatewayError) || error.code !== 'refused_by_whatsapp') throw error;
      const code = (meanings[kind] ?? usual)[String(error.details?.reason)];
      throw code === undefined ? error : new GatewayError(code, { ...error.details }, { cause: error });
    }
  };

/** Who did what with a newsletter, once WhatsApp has done it. */
export const auditNewsletter = (
  tx: Tx,
  { caller, instance }: Pick<NewsletterAccess, 'caller' | 'instance'>,
  action: string,
  target: Id<'cht'>,
): Promise<void> => recordAudit(tx, caller, { action, target, instanceId: instance.id });
