const HOST = 's.whatsapp.net';

/** The server itself. The empty user part matters: clients compare it, and the wire form of the bare host is another. */
export const SERVER = `@${HOST}`;

/** The chat that stories are in: everybody writes there, and only those whom a story is for get it. */
export const STORIES = 'status@broadcast';

/** How an address names a person: by phone number or by LID. */
export type Addressing = 'pn' | 'lid';

export type Jid = { user: string; device: number; addressing: Addressing };

/** Reads a person's or a device's JID; undefined for groups, broadcasts and anything else. */
export const parseJid = (text: string | undefined): Jid | undefined => {
  const at = text?.indexOf('@') ?? -1;
  if (!text || at < 1) return undefined;
  const server = text.slice(at + 1);
  if (server !== HOST && server !== 'lid' && server !== 'c.us') return undefined;
  const local = text.slice(0, at);
  const colon = local.indexOf(':');
  const device = colon < 0 ? 0 : Number(local.slice(colon + 1));
  const user = (colon < 0 ? local : local.slice(0, colon)).split('_')[0] ?? '';
  if (!user || !Number.isInteger(device) || device < 0) return undefined;
  return { user, device, addressing: server === 'lid' ? 'lid' : 'pn' };
};

export const formatJid = (user: string, addressing: Addressing, device = 0): string =>
  `${user}${device ? `:${device}` : ''}@${addressing === 'lid' ? 'lid' : HOST}`;
