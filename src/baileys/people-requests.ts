import { type BinaryNode, S_WHATSAPP_NET, type WABusinessProfile, type WASocket } from 'baileys';
import type { BusinessProfile, Identity, PeopleRequests, Privacy, PublicProfile } from '../network/index.ts';
import { wholeOf } from './bounds.ts';
import { personJid, requireSharedKeys } from './chat-requests.ts';
import { identityOf, lidJid, phoneJid } from './jids.ts';
import { RequestError, type RequestHandlers } from './request-handlers.ts';

/** What is asked about people, and said of this number's own person. */
export const peopleRequests: RequestHandlers<keyof PeopleRequests> = {
  read_profile: (socket, { contact }) => readProfile(socket, contact),
  list_blocked: async (socket) => {
    const jids = await socket.fetchBlocklist();
    return { contacts: jids.flatMap((jid) => (jid === undefined ? [] : [identityOf([jid])])) };
  },
  set_blocked: async (socket, { contact: { phone, lid }, blocked }) => {
    // WhatsApp blocks by both, and Baileys takes the one that it is not given from what was stored.
    if (phone === undefined || lid === undefined) {
      throw new RequestError(404, 'Only somebody whose number and LID are both known can be blocked.');
    }
    await socket.signalRepository.lidMapping.storeLIDPNMappings([{ lid: lidJid(lid), pn: phoneJid(phone) }]);
    await socket.updateBlockStatus(lidJid(lid), blocked ? 'block' : 'unblock');
    return undefined;
  },
  set_profile: async (socket, { name, about }) => {
    if (name !== undefined) await setName(socket, name);
    if (about !== undefined) await socket.updateProfileStatus(about);
    return undefined;
  },
  set_profile_picture: async (socket, { jpeg }) => {
    await socket.query(pictureChange(jpeg));
    return undefined;
  },
  read_privacy: async (socket) => readPrivacy(await socket.fetchPrivacySettings(true)),
  set_privacy: async (socket, { newChatsTimer, ...values }) => {
    if (newChatsTimer !== undefined) await socket.updateDefaultDisappearingMode(newChatsTimer);
    for (const [name, wireName] of Object.entries(privacyNames)) {
      const value = values[asPrivacyName(name)];
      if (value !== undefined) await socket.query(privacyChange(wireName, value));
    }
    // Read receipts go by what it remembers of them.
    await socket.fetchPrivacySettings(true);
    return undefined;
  },
};

async function setName(socket: WASocket, name: string): Promise<void> {
  requireSharedKeys(socket);
  await socket.updateProfileName(name);
}

async function readProfile(socket: WASocket, contact: Identity): Promise<PublicProfile> {
  const jid = personJid(contact);
  const status = statusOf(await socket.fetchStatus(jid));
  return {
    about: status.about,
    aboutSetAtMs: status.setAtMs,
    pictureUrl: await unlessHidden(() => socket.profilePictureUrl(jid, 'image')),
    business: businessOf(await unlessHidden(async () => asBusiness(await socket.getBusinessProfile(jid)))),
  };
}

/** WhatsApp refuses what somebody has not got, or does not show, with one of these. */
const hiddenCodes: readonly unknown[] = [401, 403, 404];

async function unlessHidden<T>(ask: () => Promise<T | undefined>): Promise<T | null> {
  try {
    return (await ask()) ?? null;
  } catch (error) {
    if (error instanceof Error && 'data' in error && hiddenCodes.includes(error.data)) return null;
    throw error;
  }
}

/** Baileys answers with nothing where there is none, and says so by a type that means anything. */
function asBusiness(answer: unknown): WABusinessProfile | undefined {
  return answer as WABusinessProfile | undefined;
}

function statusOf(answer: unknown): { about: string | null; setAtMs: number | null } {
  const [{ status } = { status: undefined }] = asStatuses(answer);
  const at = status?.setAt instanceof Date ? status.setAt.getTime() : 0;
  return { about: status?.status || null, setAtMs: status?.status && at > 0 ? at : null };
}

/** The shape that Baileys' own parser of this answer makes. */
function asStatuses(
  answer: unknown,
): readonly { readonly status?: { readonly status?: string | null; readonly setAt?: Date } }[] {
  return (answer ?? []) as readonly { readonly status?: { readonly status?: string | null; readonly setAt?: Date } }[];
}

function businessOf(profile: WABusinessProfile | null): BusinessProfile | null {
  if (profile === null) return null;
  return {
    description: profile.description || null,
    category: profile.category ?? null,
    address: profile.address || null,
    email: profile.email || null,
    websites: profile.website ?? [],
    timezone: profile.business_hours?.timezone ?? null,
    hours: asDays(profile.business_hours?.business_config ?? []).flatMap(openingOf),
  };
}

type WireDay = Readonly<Record<'day_of_week' | 'mode' | 'open_time' | 'close_time', string | undefined>>;

/** Baileys hands over the attributes as they came, whatever its type says. */
function asDays(days: unknown): readonly WireDay[] {
  return days as readonly WireDay[];
}

/** Days and ways to be open that nobody has heard of are left out. */
function openingOf({
  day_of_week: named,
  mode,
  open_time: open,
  close_time: close,
}: WireDay): BusinessProfile['hours'] {
  const day = weekdays.find((one) => one === named);
  if (day === undefined) return [];
  if (mode === 'open_24h' || mode === 'appointment_only') return [{ day, mode }];
  const [openMinutes, closeMinutes] = [wholeOf(open), wholeOf(close)];
  if (mode !== 'specific_hours' || openMinutes === undefined || closeMinutes === undefined) return [];
  return [{ day, mode, openMinutes, closeMinutes }];
}

const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

/** Baileys would have an image library make the picture smaller; it is sent as it is. */
const pictureChange = (jpeg: string | null): BinaryNode => ({
  tag: 'iq',
  attrs: { to: S_WHATSAPP_NET, type: 'set', xmlns: 'w:profile:picture' },
  ...(jpeg !== null && {
    content: [{ tag: 'picture', attrs: { type: 'image' }, content: Buffer.from(jpeg, 'base64') }],
  }),
});

const privacyNames: Readonly<Record<keyof Privacy, string>> = {
  lastSeen: 'last',
  online: 'online',
  picture: 'profile',
  about: 'status',
  readReceipts: 'readreceipts',
  groupsAdd: 'groupadd',
};

/** The keys of the table above. */
function asPrivacyName(name: string): keyof Privacy {
  return name as keyof Privacy;
}

const privacyChange = (name: string, value: string): BinaryNode => ({
  tag: 'iq',
  attrs: { to: S_WHATSAPP_NET, type: 'set', xmlns: 'privacy' },
  content: [{ tag: 'privacy', attrs: {}, content: [{ tag: 'category', attrs: { name, value } }] }],
});

function readPrivacy(values: Readonly<Record<string, string>>): PeopleRequests['read_privacy']['answer'] {
  const entries = Object.entries(privacyNames).map(([name, wireName]) => [name, values[wireName] ?? null]);
  return asPrivacy(Object.fromEntries(entries));
}

/** WhatsApp has more values than it ever told anybody of; they are passed on as they are. */
function asPrivacy(values: unknown): PeopleRequests['read_privacy']['answer'] {
  return values as PeopleRequests['read_privacy']['answer'];
}
