import type { Tx } from '../../src/db/index.ts';
import { readAnyInstance } from '../../src/domain/instances/index.ts';
import { recordNewsletter } from '../../src/domain/newsletters/index.ts';
import { type Id, isId } from '../../src/lib/index.ts';
import type { NewsletterInfo } from '../../src/network/index.ts';

/** A newsletter as WhatsApp describes it. */
export const newsletterInfo = (change: Partial<NewsletterInfo> = {}): NewsletterInfo => ({
  address: '120300000000000009@newsletter',
  name: 'News',
  description: null,
  inviteCode: '0029VaAbCdEf',
  subscribers: 1,
  verified: false,
  role: 'subscriber',
  muted: false,
  ...change,
});

/** A newsletter on record for an instance, as one that was followed. */
export async function addNewsletter(
  tx: Tx,
  instanceId: string,
  change: Partial<NewsletterInfo> = {},
): Promise<Id<'cht'>> {
  const instance = isId('ins', instanceId) ? await readAnyInstance(tx, instanceId) : undefined;
  if (!instance) throw new Error('no instance');
  return (await recordNewsletter(tx, instance, newsletterInfo(change), 'test')).chat_id;
}
