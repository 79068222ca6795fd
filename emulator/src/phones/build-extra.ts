import { randomBytes } from 'node:crypto';
import { proto } from 'baileys';
import { nowMs } from '../lib/clock.ts';
import type { Extras } from '../world/types.ts';

/** Messages that people send less often, as phones write them: answers to menus, invitations, events, trade, pins. */

export const EXTRA_KINDS = [
  'live_location',
  'list_reply',
  'button_reply',
  'template_reply',
  'flow_reply',
  'group_invite',
  'event',
  'event_reply',
  'product',
  'order',
  'pin',
  'keep',
] as const;
export type ExtraKind = (typeof EXTRA_KINDS)[number];

export const isExtraKind = (kind: string): kind is ExtraKind => (EXTRA_KINDS as readonly string[]).includes(kind);

/** What they are made of; each kind takes what it needs. */
export type ExtraDraft = {
  text: string;
  target?: proto.IMessageKey | undefined;
  latitude: number;
  longitude: number;
  seconds?: number | undefined;
  /** Of an answer: the id of what was chosen, or for a flow its JSON. */
  choice?: string | undefined;
  extras: Extras;
  /** An answer to an event, sealed already. */
  reply?: { encIv: Buffer; encPayload: Buffer } | undefined;
  /** JID of the business that a product is of, or that an order goes to. */
  businessJid?: string | undefined;
};

const SECRET_BYTES = 32;
const PIN_SECONDS = 7 * 86_400;

const eventContent = ({ text, extras }: ExtraDraft): proto.IMessage => {
  const { description = null, startsAt = nowMs(), endsAt, place } = extras.event ?? {};
  const eventMessage: proto.Message.IEventMessage = {
    name: text,
    description,
    isCanceled: false,
    startTime: Math.floor(startsAt / 1000),
    ...(endsAt === undefined ? {} : { endTime: Math.floor(endsAt / 1000) }),
    ...(place === undefined ? {} : { location: { name: place } }),
  };
  return { eventMessage, messageContextInfo: { messageSecret: randomBytes(SECRET_BYTES) } };
};

const inviteContent = ({ text, extras }: ExtraDraft): proto.IMessage => {
  const { group = '', code = '', name = '', expiresAt = 0 } = extras.invite ?? {};
  return {
    groupInviteMessage: {
      groupJid: group,
      inviteCode: code,
      inviteExpiration: expiresAt,
      groupName: name,
      caption: text,
    },
  };
};

const productContent = ({ text, extras, businessJid }: ExtraDraft): proto.IMessage => {
  const { id = '', title = '', description = null, price = 0, currency = '', retailerId = null } = extras.product ?? {};
  const product = {
    productId: id,
    title,
    description,
    retailerId,
    currencyCode: currency,
    priceAmount1000: price,
    productImageCount: 1,
  };
  return { productMessage: { product, businessOwnerJid: businessJid ?? null, body: text } };
};

const orderContent = ({ text, extras, businessJid }: ExtraDraft): proto.IMessage => {
  const { id = '', token = '', itemCount = 0, total = 0, currency = '' } = extras.order ?? {};
  const { OrderStatus, OrderSurface } = proto.Message.OrderMessage;
  return {
    orderMessage: {
      orderId: id,
      token,
      itemCount,
      status: OrderStatus.INQUIRY,
      surface: OrderSurface.CATALOG,
      message: text,
      orderTitle: text,
      sellerJid: businessJid ?? null,
      totalAmount1000: total,
      totalCurrencyCode: currency,
      messageVersion: 1,
    },
  };
};

const listReply = ({ text, choice = text }: ExtraDraft): proto.IMessage => ({
  listResponseMessage: {
    title: text,
    listType: proto.Message.ListResponseMessage.ListType.SINGLE_SELECT,
    singleSelectReply: { selectedRowId: choice },
  },
});

const buttonReply = ({ text, choice = text }: ExtraDraft): proto.IMessage => ({
  buttonsResponseMessage: {
    selectedButtonId: choice,
    selectedDisplayText: text,
    type: proto.Message.ButtonsResponseMessage.Type.DISPLAY_TEXT,
  },
});

const flowReply = ({ text, choice = '{}' }: ExtraDraft): proto.IMessage => ({
  interactiveResponseMessage: {
    body: { text },
    nativeFlowResponseMessage: { name: 'menu_options', paramsJson: choice, version: 3 },
  },
});

/** Without seconds for a week; none at all takes the pin away. */
const pinContent = ({ target, seconds = PIN_SECONDS }: ExtraDraft): proto.IMessage => {
  const { Type } = proto.Message.PinInChatMessage;
  const type = seconds === 0 ? Type.UNPIN_FOR_ALL : Type.PIN_FOR_ALL;
  return {
    pinInChatMessage: { key: target ?? null, type, senderTimestampMs: nowMs() },
    messageContextInfo: { messageAddOnDurationInSecs: seconds },
  };
};

export const extraContent = (kind: ExtraKind, draft: ExtraDraft): proto.IMessage => {
  const { text, choice = text, target, latitude, longitude, seconds } = draft;
  switch (kind) {
    case 'live_location':
      return {
        liveLocationMessage: {
          degreesLatitude: latitude,
          degreesLongitude: longitude,
          caption: text,
          sequenceNumber: nowMs(),
          timeOffset: seconds ?? 0,
        },
      };
    case 'list_reply':
      return listReply(draft);
    case 'button_reply':
      return buttonReply(draft);
    case 'template_reply':
      return { templateButtonReplyMessage: { selectedId: choice, selectedDisplayText: text, selectedIndex: 0 } };
    case 'flow_reply':
      return flowReply(draft);
    case 'group_invite':
      return inviteContent(draft);
    case 'event':
      return eventContent(draft);
    case 'event_reply':
      return { encEventResponseMessage: { eventCreationMessageKey: target ?? null, ...draft.reply } };
    case 'product':
      return productContent(draft);
    case 'order':
      return orderContent(draft);
    case 'pin':
      return pinContent(draft);
    case 'keep':
      return {
        keepInChatMessage: { key: target ?? null, keepType: proto.KeepType.KEEP_FOR_ALL, timestampMs: nowMs() },
      };
  }
};
