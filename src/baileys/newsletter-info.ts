import type { NewsletterFields, NewsletterInfo, NewsletterRole } from '../network/index.ts';
import { msOf } from './group-info.ts';
import { chatKindOf } from './jids.ts';
import { fieldsOf } from './mex-query.ts';

const roles: Readonly<Record<string, NewsletterRole>> = {
  OWNER: 'owner',
  ADMIN: 'admin',
  SUBSCRIBER: 'subscriber',
  GUEST: 'guest',
};

/** A newsletter as it stands in answers and notices; undefined for what names none. */
export function newsletterInfoOf(value: unknown): NewsletterInfo | undefined {
  const { id, thread_metadata: thread, viewer_metadata: viewer } = fieldsOf(value);
  const address = newsletterAddressOf(id);
  if (address === undefined) return undefined;
  const { invite, subscribers_count: subscribers, verification, creation_time: creation } = fieldsOf(thread);
  const { mute, role } = fieldsOf(viewer);
  const createdAtMs = msOf(String(creation));
  return {
    address,
    name: '',
    description: null,
    ...newsletterFieldsOf(thread),
    inviteCode: typeof invite === 'string' && invite !== '' ? invite : null,
    subscribers: countOf(subscribers),
    verified: verification === 'VERIFIED',
    role: roles[String(role)] ?? null,
    muted: isMuteOf(mute),
    ...(createdAtMs !== undefined && { createdAtMs }),
  };
}

export const newsletterAddressOf = (id: unknown): string | undefined =>
  typeof id === 'string' && chatKindOf(id) === 'newsletter' ? id : undefined;

/** Those of its words that are there: plain, or with an id and a time of their own. */
export function newsletterFieldsOf(thread: unknown): Partial<NewsletterFields> {
  const { name, description } = fieldsOf(thread);
  const called = wordsOf(name);
  const described = wordsOf(description);
  return {
    ...(called !== undefined && { name: called }),
    ...(described !== undefined && { description: described || null }),
  };
}

const wordsOf = (value: unknown): string | undefined => {
  const text = typeof value === 'string' ? value : fieldsOf(value).text;
  return typeof text === 'string' ? text : undefined;
};

export const isMuteOf = (mute: unknown): boolean | null => (mute === 'ON' ? true : mute === 'OFF' ? false : null);

function countOf(value: unknown): number | null {
  const count = typeof value === 'string' && value !== '' ? Number(value) : value;
  return Number.isSafeInteger(count) ? Number(count) : null;
}
