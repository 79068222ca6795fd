/** What the control API answers, as far as the page looks at it. */

export type Presence = { available: boolean; last_seen: string | null; typing: { chat: string; state: string }[] };

export type Phone = {
  number: string;
  lid: string;
  name: string;
  devices: { id: number; kind: 'phone' | 'extra' | 'client'; online: boolean }[];
  auto_delivered: boolean;
  auto_read: boolean;
  answer_retry: boolean;
  about: string;
  online: boolean;
  has_picture: boolean;
  presence: Presence;
};

export type Message = {
  id: string;
  chat: string;
  from: string;
  to: string;
  direction: 'in' | 'out';
  kind: string;
  text: string | null;
  at: string;
  status: 'sent' | 'delivered' | 'read';
  edited: boolean;
  deleted: boolean;
  delivered_to?: string[];
  read_by?: string[];
  reactions: { from: string; emoji: string }[];
  quoted?: { id: string; participant?: string; text?: string };
  forwarded?: boolean;
  view_once?: boolean;
  expires_at?: string;
  location?: { latitude: number; longitude: number; name?: string; address?: string };
  contacts?: { name: string; vcard: string }[];
  media?: Media;
  poll?: { name: string; selectable: number; options: { name: string; voters: string[] }[] };
};

export type Media = { mime_type: string; bytes: number; file_name?: string; seconds?: number };

export type Chat = {
  chat: string;
  messages: number;
  unread: number;
  disappearing_seconds: number;
  pinned: boolean;
  archived: boolean;
  muted_until: number | null;
  marked_unread: boolean;
  last_message: Message | null;
};

export type Client = {
  device: number;
  jid: string;
  online: boolean;
  linked_at: string;
  platform: string;
  last_login_at: string | null;
  prekeys_left: number;
  undelivered: number;
};

export type Group = {
  group: string;
  subject: string;
  description: string | null;
  creator: string;
  announce: boolean;
  restrict: boolean;
  disappearing_seconds: number;
  invite_code: string;
  members: { number: string; role: 'member' | 'admin' | 'superadmin' }[];
};

export type Fault = { id: string; kind: string; struck: number; [field: string]: string | number };
export type FaultKind = { kind: string; what: string; fields: string[] };
export type FieldShape = { type?: string; enum?: string[]; minimum?: number; maximum?: number };
export type Waiting = { platform: string; code_for: string | null };
export type Info = { ws_url: string; root_key: string; media_url: string; media_ca_path: string; version: string };

export type Call = {
  id: string;
  from: string;
  to: string;
  video: boolean;
  state: 'ringing' | 'accepted' | 'rejected' | 'missed' | 'ended';
};

/** What is on the screen of one phone, the bottom first. */
export type Screen =
  | { name: 'chats' | 'new-chat' | 'new-group' | 'clients' | 'link' | 'settings' | 'stories' }
  | { name: 'chat' | 'info' | 'poll'; chat: string };

/** What the person is about to send, and what they are looking at. */
export type PhoneUi = {
  screens: Screen[];
  drafts: Map<string, string>;
  reply: Message | undefined;
  editing: Message | undefined;
  file: { file: File; kind: string } | undefined;
  /** The message whose actions are shown. */
  picked: string | undefined;
  attaching: boolean;
  /** How many messages of the open chat are shown at most. */
  limit: number;
  atBottom: boolean;
};

export type Props = Record<string, unknown> | null;
export type Child = VNode | string | number | boolean | null | undefined | Child[];
export type VNode = {
  tag: string;
  props: Record<string, unknown>;
  children: VNode[];
  key: string;
  text: string;
  node: Node | undefined;
};
