import type { KeyPair } from '../lib/curve.ts';
import type { Addressing } from '../wire/jids.ts';
import type { BinaryNode } from '../wire/nodes.ts';

/** Everything here is plain data: it is stored as it is. */

export type Account = {
  number: string;
  lid: string;
  name: string;
  online: boolean;
  autoDelivered: boolean;
  autoRead: boolean;
  answerRetry: boolean;
  /** How newly linked clients get what the phone has seen; within messages where nothing is said. */
  history?: 'inline' | 'file';
  nextDevice: number;
  /** What the person has set for single chats. */
  chats?: Record<string, ChatSettings>;
  /** What shared settings are sealed with. */
  settingsKey?: { id: Buffer; data: Buffer };
  /** The person's address book: numbers, and what they are called there. */
  contacts?: Record<string, string>;
  /** Until when, in seconds, the account may start no new chats, and WhatsApp's word for why. */
  restriction?: { until: number; type: string };
  /** What the person says about themselves, and since when, in seconds. */
  about?: string;
  aboutAt?: number;
  /** For how long messages of new chats stay, and since when, in seconds. */
  newChatsDisappear?: { seconds: number; at: number };
  /** What a business says of itself and sells; people have none. */
  business?: Business;
  /** By the id that WhatsApp numbers them with. */
  labels?: Record<string, Label>;
  /** Name of the picture's file at the media host. */
  picture?: string;
  /** Numbers whose messages the person does not want. */
  blocked?: string[];
  /** What others may see and do, by WhatsApp's own category names; `all` where nothing is said. */
  privacy?: Record<string, string>;
  /** Identifies the account's device list in device identities. */
  rawId: number;
  counters: Counters;
};

export type BusinessDay = {
  day: 'sun' | 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat';
  mode: 'specific_hours' | 'open_24h' | 'appointment_only';
  openMinutes?: number | undefined;
  closeMinutes?: number | undefined;
};

export type Product = {
  id: string;
  name: string;
  description?: string | undefined;
  retailerId?: string | undefined;
  url?: string | undefined;
  /** In thousandths of the currency. */
  price: number;
  currency: string;
  images: string[];
  hidden: boolean;
};

export type Business = {
  address?: string | undefined;
  description?: string | undefined;
  websites: string[];
  email?: string | undefined;
  category?: string | undefined;
  hours?: { timezone: string; days: BusinessDay[] } | undefined;
  products: Product[];
  collections: { id: string; name: string; products: string[] }[];
};

/** What a business marks chats and messages with, by their ids. */
export type Label = { name: string; color: number; chats: string[]; messages: string[] };

export type ChatSettings = {
  disappearingSeconds?: number;
  pinned?: boolean;
  archived?: boolean;
  /** In milliseconds; -1 is for ever. */
  mutedUntil?: number | undefined;
  markedUnread?: boolean;
};

/** Settings that a person's devices share, sealed with a key that only they have: one collection, patch by patch. */
export type SettingsCollection = { name: string; patches: Buffer[] };

export type Counters = {
  raw: number;
  shown: number;
  applied: number;
  resends: number;
  server_duplicates: number;
  retry_resends: number;
  undecryptable: number;
  own_copies: number;
};

/** A device the emulator itself plays: the phone, or another of the person's devices. */
export type PhoneDevice = {
  kind: 'phone' | 'extra';
  id: number;
  identity: KeyPair;
  registrationId: number;
  signedPreKey: { id: number; keyPair: KeyPair; signature: Buffer };
  nextOneTimeKey: number;
  oneTimeKeys: Map<number, KeyPair>;
  /** The account's and the device's word for each other; the main device needs none. */
  deviceIdentity: Buffer | undefined;
};

/** A linked client: a real program at the other end of a socket. */
export type ClientDevice = {
  kind: 'client';
  id: number;
  noiseKey: Buffer;
  identityKey: Buffer;
  registrationId: number;
  signedPreKey: { id: number; publicKey: Buffer; signature: Buffer };
  /** ADVSignedDeviceIdentity with both signatures. */
  deviceIdentity: Buffer;
  platform: string;
  linkedAt: number;
  lastLoginAt: number | undefined;
  historySent: boolean;
};

export type Device = PhoneDevice | ClientDevice;

/** One-time keys a client has uploaded and nobody has been given yet, in order of upload. */
export type OneTimeKeys = Map<number, Buffer>;

/** A stanza on its way to a client; gone once the client has said that it has it. */
export type OutboxEntry = {
  sequence: number;
  stanza: BinaryNode;
  /** How the client's answer will name it. */
  answer: string;
  sent: boolean;
};

export type MessageStatus = 'sent' | 'delivered' | 'read';

/** A file that a message announces, and what it takes to fetch and open it. */
export type MediaDetails = {
  directPath: string;
  mediaKey: Buffer;
  fileSha256: Buffer;
  fileEncSha256: Buffer;
  byteCount: number;
  mimeType: string;
  fileName: string | undefined;
  seconds: number | undefined;
};

/** What the rarer kinds of message say. */
export type Extras = {
  /** Of an answer to a menu: the id of what was chosen. */
  choice?: string;
  invite?: { group: string; code: string; name: string /** In seconds. */; expiresAt: number };
  event?: {
    description?: string | undefined;
    startsAt?: number | undefined;
    endsAt?: number | undefined;
    place?: string | undefined;
    /** What answers are sealed with. */
    secret?: Buffer | undefined;
  };
  /** Prices are in thousandths of the currency. */
  product?: {
    id: string;
    title: string;
    description?: string | undefined;
    price: number;
    currency: string;
    retailerId?: string | undefined;
  };
  order?: { id: string; token: string; itemCount: number; total: number; currency: string };
};

/** What somebody wants of a business's catalogue, at the prices of then. */
export type Order = {
  id: string;
  /** Whoever shows it may read the order. */
  token: string;
  seller: string;
  items: { product: Product; quantity: number }[];
  total: number;
  currency: string;
};

/** What a message says beyond its kind and its words; what it does not say is absent. */
export type MessageDetails = {
  quoted?: { id: string; participant: string | undefined; text: string | undefined };
  mentions?: string[];
  forwarded?: true;
  viewOnce?: true;
  expiresSeconds?: number;
  location?: { latitude: number; longitude: number; name: string | undefined; address: string | undefined };
  contacts?: { name: string; vcard: string }[];
  media?: MediaDetails;
  extras?: Extras;
  thumbnail?: true;
  animated?: true;
  /** Of a voice message: how loud it is from piece to piece. */
  waveform?: Buffer;
  /** Of a story: the numbers of those it was posted for. */
  audience?: string[];
  poll?: { name: string; options: string[]; selectable: number; secret: Buffer };
};

/** What has happened to a message since it came. */
export type MessageFate = {
  reactions?: { from: string; emoji: string }[];
  votes?: { from: string; options: string[]; at: number }[];
  /** In a group, or of a story: who has got and who has read it. */
  deliveredTo?: string[];
  readBy?: string[];
  /** On this person's devices only. */
  starred?: boolean;
  /** Who comes to the event that the message is about. */
  replies?: { from: string; reply: string }[];
  /** By whom, for everybody in the chat. */
  pinnedBy?: string | undefined;
  keptBy?: string | undefined;
  editedAt?: number;
  deletedBy?: string;
};

/**
 * A message as a person sees it on the account's phone, or, with a `target` or as a timer, what changes another one or
 * its chat: that is kept beside the messages, and not seen as one.
 */
export type ShownMessage = {
  sequence: number;
  id: string;
  /** Number of the person at the other end, JID of a group, or that of stories. */
  chat: string;
  from: string;
  to: string;
  direction: 'in' | 'out';
  fromDevice: number;
  addressing: Addressing;
  kind: string;
  text: string | undefined;
  target?: string | undefined;
  details?: MessageDetails;
  fate?: MessageFate;
  at: number;
  status: MessageStatus;
  /** The encoded Message, kept for devices that ask for it and for clients that are linked later. */
  body: Buffer | undefined;
};

export type GroupRole = 'member' | 'admin' | 'superadmin';

/** A way into a group for one person, who could not be added. */
export type Invitation = { code: string /** In seconds. */; expiresAt: number; by: string };

export type Group = {
  /** With its @g.us: what a chat with the group is called everywhere. */
  jid: string;
  subject: string;
  subjectBy: string;
  subjectAt: number;
  description: { id: string; text: string; by: string; at: number } | undefined;
  creator: string;
  createdAt: number;
  /** Numbers and what they may do, in the order in which they came. */
  members: Map<string, GroupRole>;
  /** Only admins may write. */
  announce: boolean;
  /** Only admins may change what the group is called and says of itself. */
  restrict: boolean;
  /** Only admins may add people. */
  adminsAdd: boolean;
  inviteCode: string;
  disappearingSeconds: number;
  /** Who follows the invite link has to be let in by an admin. */
  approval: boolean;
  /** Numbers of those who have asked to be let in, and since when, in seconds. */
  requests: Map<string, number>;
  /** By the number of the person who is invited. */
  invitations: Map<string, Invitation>;
  /** Name of the picture's file at the media host. */
  picture: string | undefined;
  /** It holds other groups together and nobody writes to it. */
  isCommunity?: boolean;
  /** The community that it is in. */
  community?: string | undefined;
  /** It is where the community's admins write to everybody. */
  holdsAnnouncements?: boolean;
};

export type NewsletterPost = {
  id: string;
  /** The number that the server has given it. */
  serverId: number;
  type: string;
  /** The encoded Message: nothing is sealed in newsletters. */
  body: Buffer;
  at: number;
  /** By the number of who reacts. */
  reactions: Map<string, string>;
};

export type Newsletter = {
  /** With its @newsletter. */
  jid: string;
  name: string;
  description: string;
  inviteCode: string;
  /** In seconds. */
  createdAt: number;
  owner: string;
  admins: Set<string>;
  followers: Map<string, { muted: boolean }>;
  /** Name of the picture's file at the media host. */
  picture: string | undefined;
  posts: NewsletterPost[];
  lastServerId: number;
};

export type DeliveryClass = 'first' | 'resend' | 'server_duplicate' | 'retry_resend';

/** One encrypted copy as it reached one of the account's emulated devices. */
export type Delivery = {
  sequence: number;
  id: string;
  stanza: number;
  device: number;
  from: string;
  fromDevice: number;
  encType: string;
  count: string | undefined;
  byteCount: number;
  sha256: string;
  at: number;
  class: DeliveryClass;
  own: boolean;
  decrypted: boolean;
  error: string | undefined;
};

export type ClientReceipt = {
  sequence: number;
  id: string;
  type: string;
  from: string;
  device: number;
  at: number;
};

/** What waits for an account whose phone is switched off. */
export type Parked = { sequence: number; envelope: CopyEnvelope };

/** One stanza's copies for the emulated devices of one account. */
export type CopyEnvelope = {
  id: string;
  stanza: number;
  from: string;
  fromDevice: number;
  /** The person the message is for: the account itself, or, for a copy of what it sent, somebody else. */
  to: string;
  addressing: Addressing;
  peer: boolean;
  at: number;
  /** The group that it was sent to, or stories; absent between two people. */
  group?: string | undefined;
  /** Some device in the group has asked for it again, and this is the answer. */
  askedFor?: boolean | undefined;
  copies: EncryptedCopy[];
};

export type EncryptedCopy = {
  device: number;
  type: string;
  count: string | undefined;
  bytes: Buffer;
  /** In a group: what the device needs to read this copy and those after it. */
  distribution?: { type: string; bytes: Buffer } | undefined;
};
