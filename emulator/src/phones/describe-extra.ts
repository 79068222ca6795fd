import { proto } from 'baileys';
import type { Extras } from '../world/types.ts';

/** What the rarer messages say, as a person reads it. */

export const EXTRA_CONTENT_KINDS: Record<string, string> = {
  listResponseMessage: 'list_reply',
  buttonsResponseMessage: 'button_reply',
  templateButtonReplyMessage: 'template_reply',
  interactiveResponseMessage: 'flow_reply',
  groupInviteMessage: 'group_invite',
  eventMessage: 'event',
  encEventResponseMessage: 'event_reply',
  productMessage: 'product',
  orderMessage: 'order',
  pinInChatMessage: 'pin',
  keepInChatMessage: 'keep',
  listMessage: 'list',
  buttonsMessage: 'buttons',
  templateMessage: 'template',
  interactiveMessage: 'interactive',
  albumMessage: 'album',
};

export const textOfExtra = (message: proto.IMessage): string | undefined =>
  message.liveLocationMessage?.caption ??
  message.listResponseMessage?.title ??
  message.buttonsResponseMessage?.selectedDisplayText ??
  message.templateButtonReplyMessage?.selectedDisplayText ??
  message.interactiveResponseMessage?.body?.text ??
  message.groupInviteMessage?.caption ??
  message.eventMessage?.name ??
  message.productMessage?.body ??
  message.orderMessage?.message ??
  message.listMessage?.description ??
  message.buttonsMessage?.contentText ??
  message.interactiveMessage?.body?.text ??
  undefined;

const milliseconds = (seconds: unknown): number | undefined => (seconds == null ? undefined : Number(seconds) * 1000);

const describeTrade = ({ productMessage, orderMessage }: proto.IMessage): Extras => {
  const product = productMessage?.product;
  return {
    ...(product && {
      product: {
        id: product.productId ?? '',
        title: product.title ?? '',
        description: product.description ?? undefined,
        price: Number(product.priceAmount1000 ?? 0),
        currency: product.currencyCode ?? '',
        retailerId: product.retailerId ?? undefined,
      },
    }),
    ...(orderMessage && {
      order: {
        id: orderMessage.orderId ?? '',
        token: orderMessage.token ?? '',
        itemCount: orderMessage.itemCount ?? 0,
        total: Number(orderMessage.totalAmount1000 ?? 0),
        currency: orderMessage.totalCurrencyCode ?? '',
      },
    }),
  };
};

const choiceOf = (message: proto.IMessage): string | undefined =>
  message.listResponseMessage?.singleSelectReply?.selectedRowId ??
  message.buttonsResponseMessage?.selectedButtonId ??
  message.templateButtonReplyMessage?.selectedId ??
  message.interactiveResponseMessage?.nativeFlowResponseMessage?.paramsJson ??
  undefined;

/** What was chosen, to what somebody is invited, what is sold: nothing for messages that say nothing of the kind. */
export const describeExtras = (message: proto.IMessage): Extras | undefined => {
  const { groupInviteMessage: invite, eventMessage: event } = message;
  const choice = choiceOf(message);
  const extras: Extras = {
    ...(choice === undefined ? {} : { choice }),
    ...(invite && {
      invite: {
        group: invite.groupJid ?? '',
        code: invite.inviteCode ?? '',
        name: invite.groupName ?? '',
        expiresAt: Number(invite.inviteExpiration ?? 0),
      },
    }),
    ...(event && {
      event: {
        description: event.description ?? undefined,
        startsAt: milliseconds(event.startTime),
        endsAt: milliseconds(event.endTime),
        place: event.location?.name ?? undefined,
        secret: Buffer.from(message.messageContextInfo?.messageSecret ?? []),
      },
    }),
    ...describeTrade(message),
  };
  return Object.keys(extras).length ? extras : undefined;
};

/** The message that a pin, a keeping or an answer to an event is about. */
export const extraTarget = (message: proto.IMessage): string | undefined =>
  message.pinInChatMessage?.key?.id ??
  message.keepInChatMessage?.key?.id ??
  message.encEventResponseMessage?.eventCreationMessageKey?.id ??
  undefined;

/** Whether a pin, or a keeping, puts something there; otherwise it takes it away. */
export const isSet = ({ pinInChatMessage, keepInChatMessage }: proto.IMessage): boolean =>
  pinInChatMessage?.type === proto.Message.PinInChatMessage.Type.PIN_FOR_ALL ||
  keepInChatMessage?.keepType === proto.KeepType.KEEP_FOR_ALL;
