import type { BinaryNode } from 'baileys';
import type { InboundRecord, InboundUpdate, NewsletterChange } from '../network/index.ts';
import { fieldsOf, type Json, jsonOf } from './mex-query.ts';
import { isMuteOf, newsletterAddressOf, newsletterFieldsOf, newsletterInfoOf } from './newsletter-info.ts';
import { childrenOf, textOf, timeOf } from './stanza-bytes.ts';

/** True for notices in WhatsApp's newer language, most of which are about newsletters. */
export const isMexNotice = ({ attrs }: BinaryNode): boolean => attrs.type === 'mex';

type Told = { readonly address: string; readonly change: NewsletterChange };

/** What a notice says of newsletters, in both of the forms that there are. Throws for what is no JSON. */
export function interpretMexNotice(node: BinaryNode, record: InboundRecord): readonly InboundUpdate[] {
  const atMs = timeOf(node, record.receivedAtMs);
  const told = childrenOf(node)
    .filter(({ tag }) => tag === 'mex' || tag === 'update')
    .flatMap((child) => readNotice(jsonOf(textOf(child))));
  if (told.length === 0) return [{ kind: 'ignored', why: 'mex notice about something else' }];
  return told.map(({ address, change }) => ({
    kind: 'newsletter',
    chat: { kind: 'newsletter', address },
    change,
    atMs,
  }));
}

function readNotice({ operation, updates, data }: Json): readonly Told[] {
  const said = fieldsOf(data);
  const updated = operation === 'NotificationNewsletterUpdate' && Array.isArray(updates) ? updates : [];
  return [
    ...updated.flatMap((update) => readUpdate(fieldsOf(update).jid, fieldsOf(update).settings)),
    ...readDetails(said.xwa2_notify_newsletter_on_metadata_update),
    ...readFollowed(said.xwa2_notify_newsletter_on_join),
    ...readOwn(said.xwa2_notify_newsletter_on_leave, () => ({ what: 'unfollowed' })),
    ...readOwn(said.xwa2_notify_newsletter_on_mute_change, ({ mute }) => {
      const muted = isMuteOf(mute);
      return muted === null ? undefined : { what: 'muted', muted };
    }),
  ];
}

const readDetails = (value: unknown): readonly Told[] =>
  readUpdate(fieldsOf(value).id, fieldsOf(value).thread_metadata);

function readUpdate(id: unknown, words: unknown): readonly Told[] {
  const address = newsletterAddressOf(id);
  const fields = newsletterFieldsOf(words);
  if (address === undefined || Object.keys(fields).length === 0) return [];
  return [{ address, change: { what: 'updated', fields } }];
}

function readFollowed(value: unknown): readonly Told[] {
  const newsletter = newsletterInfoOf(value);
  return newsletter === undefined ? [] : [{ address: newsletter.address, change: { what: 'followed', newsletter } }];
}

function readOwn(value: unknown, read: (said: Json) => NewsletterChange | undefined): readonly Told[] {
  const said = fieldsOf(value);
  const address = newsletterAddressOf(said.id);
  const change = read(said);
  return address === undefined || change === undefined ? [] : [{ address, change }];
}
