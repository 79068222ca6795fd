import type { SharedChat } from './chat-ref.ts';
import type { Identity } from './identity.ts';

/**
 * What a message itself says about its file; fetching it is another matter, which starts from the message's `raw`. All of it
 * is the writer's word: what is missing was not said.
 */
export type InboundMedia = {
  readonly mimeType?: string;
  /** Of the file as it is shown, not as it is sealed. */
  readonly bytes?: number;
  /** Of the file as it is shown, in hex. */
  readonly sha256?: string;
  readonly width?: number;
  readonly height?: number;
  readonly seconds?: number;
  /** How loud a voice message is over its length: 64 values from 0 to 100. */
  readonly waveform?: readonly number[];
  readonly filename?: string;
  readonly title?: string;
  readonly pages?: number;
  readonly animated?: boolean;
};

/** Types whose message brings a file. */
export type MediaType = 'image' | 'video' | 'video_note' | 'gif' | 'audio' | 'voice' | 'document' | 'sticker';

/** A sum in a currency of three letters, as decimal text: no float holds money. */
export type Money = { readonly amount: string; readonly currency: string };

export type Place = {
  readonly latitude: number;
  readonly longitude: number;
  readonly name?: string;
  readonly address?: string;
};

/** A contact card that came in a message. */
export type ContactCard = {
  readonly name?: string;
  readonly organization?: string;
  /** `phone` has digits with country code, where WhatsApp knows the number. */
  readonly phones: readonly { readonly number: string; readonly phone?: string; readonly label?: string }[];
  readonly emails: readonly string[];
};

/** What somebody chose of what was offered: a button, a row of a list, or an answer to a form. */
type Choice = { readonly id?: string; readonly title?: string; readonly description?: string };

/**
 * What somebody sent us, a shape a type. Everything in it is theirs, shortened where it is longer than any honest client
 * makes it (`truncated`). `unsupported` names the kind, so that nothing arrives unseen. Times are ISO-8601 in UTC.
 */
export type InboundContent = { readonly truncated?: true } & (
  | { readonly type: 'text'; readonly text: string; readonly linkPreview?: LinkPreview }
  | { readonly type: MediaType; readonly media: InboundMedia; readonly caption?: string }
  | ({
      readonly type: 'location';
      readonly url?: string;
      readonly comment?: string;
      readonly accuracyMeters?: number;
    } & Partial<Place>)
  | {
      readonly type: 'live_location';
      readonly latitude?: number;
      readonly longitude?: number;
      readonly accuracyMeters?: number;
      readonly speedMetersPerSecond?: number;
      readonly headingDegrees?: number;
      readonly caption?: string;
      /** Grows with each report of the same walk. */
      readonly sequence?: number;
    }
  | { readonly type: 'contacts'; readonly contacts: readonly ContactCard[] }
  | {
      readonly type: 'poll';
      readonly question: string;
      readonly options: readonly string[];
      /** How many one person may choose; 0 for as many as there are. */
      readonly selectable: number;
      /** Present when it is a quiz; without the answer where that is sealed. */
      readonly quiz?: { readonly correctOption?: string };
    }
  | {
      readonly type: 'event';
      readonly event: {
        readonly name: string;
        readonly description?: string;
        readonly location?: Partial<Place>;
        readonly joinLink?: string;
        readonly startsAt?: string;
        readonly endsAt?: string;
        readonly cancelled: boolean;
        readonly extraGuestsAllowed: boolean;
      };
    }
  | {
      readonly type: 'group_invite';
      readonly invite: { readonly code?: string; readonly groupName?: string; readonly expiresAt?: string };
      readonly caption?: string;
    }
  | { readonly type: 'button_reply' | 'list_reply'; readonly reply: Choice }
  | {
      readonly type: 'interactive_reply';
      readonly reply: Choice;
      /** The form's name, and its answer as the sender wrote it: usually JSON. */
      readonly flow?: { readonly name?: string; readonly answer?: string };
    }
  | {
      readonly type: 'product';
      readonly product: {
        readonly id?: string;
        readonly title?: string;
        readonly description?: string;
        readonly price?: Money;
        readonly salePrice?: Money;
        readonly retailerId?: string;
        readonly url?: string;
        readonly images?: number;
      };
      readonly text?: string;
      readonly footer?: string;
    }
  | {
      readonly type: 'order';
      readonly order: {
        readonly id?: string;
        /** Opens the order's details at WhatsApp. */
        readonly token?: string;
        readonly title?: string;
        readonly status?: 'inquiry' | 'accepted' | 'declined';
        readonly items?: number;
        readonly total?: Money;
      };
      readonly text?: string;
    }
  | {
      readonly type: 'sticker_pack';
      readonly pack: {
        readonly id?: string;
        readonly name?: string;
        readonly publisher?: string;
        readonly description?: string;
        readonly stickers: number;
      };
      readonly caption?: string;
    }
  | {
      /** Announces how many pictures and videos follow; each of them is a message of its own. */
      readonly type: 'album';
      readonly images: number;
      readonly videos: number;
    }
  | {
      readonly type: 'payment';
      readonly payment: {
        readonly step: 'requested' | 'sent' | 'declined' | 'cancelled' | 'invited';
        readonly total?: Money;
        readonly expiresAt?: string;
      };
      readonly text?: string;
    }
  | { readonly type: 'unsupported'; readonly kind: string; readonly text?: string }
);

/** What came along with a link, as the sender's client saw it: nobody has checked it. */
export type LinkPreview = { readonly url: string; readonly title?: string; readonly description?: string };

/** What surrounds a message's content, whatever its type. */
export type InboundContext = {
  /** People named in it. */
  readonly mentions?: readonly Identity[];
  /** The message that it answers. */
  readonly replyTo?: {
    readonly networkId: string;
    readonly fromMe: boolean;
    /** Who wrote that one; absent when `fromMe` or not said. */
    readonly author?: Identity;
    /** Where it stands, when that is another chat: a story, or a group that is answered in private. */
    readonly chat?: SharedChat;
    /** What that one said, in the answer's words: whoever answers can write anything here. */
    readonly quoted?: { readonly type: string; readonly text?: string };
  };
  readonly forwarded?: true;
  /** How many times over; phones call five and more "many times". */
  readonly forwardingScore?: number;
  readonly viewOnce?: true;
  /** After how long it disappears from everybody's phone. */
  readonly disappearingSeconds?: number;
};
