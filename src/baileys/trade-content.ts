import { proto } from 'baileys';
import type { InboundContent } from '../network/index.ts';
import { type Bounds, countOf, nameCharsMax, present, textCharsMax, wholeOf } from './bounds.ts';
import { secondsTextOf } from './place-content.ts';

type Money = { readonly amount: string; readonly currency: string };

const thousand = 1000n;

export function productOf(message: proto.Message.IProductMessage, bounds: Bounds): InboundContent {
  const product = message.product ?? {};
  return present({
    type: 'product' as const,
    product: present({
      id: bounds.text(product.productId, nameCharsMax),
      title: bounds.text(product.title, nameCharsMax),
      description: bounds.text(product.description, textCharsMax),
      price: moneyOf(product.priceAmount1000, thousand, product.currencyCode),
      salePrice: moneyOf(product.salePriceAmount1000, thousand, product.currencyCode),
      retailerId: bounds.text(product.retailerId, nameCharsMax),
      url: bounds.text(product.url, nameCharsMax),
      images: countOf(product.productImageCount),
    }),
    text: bounds.text(message.body, textCharsMax),
    footer: bounds.text(message.footer, nameCharsMax),
  });
}

const { OrderStatus } = proto.Message.OrderMessage;
const orderStates: ReadonlyMap<unknown, 'inquiry' | 'accepted' | 'declined'> = new Map([
  [OrderStatus.INQUIRY, 'inquiry'],
  [OrderStatus.ACCEPTED, 'accepted'],
  [OrderStatus.DECLINED, 'declined'],
]);

export function orderOf(message: proto.Message.IOrderMessage, bounds: Bounds): InboundContent {
  return present({
    type: 'order' as const,
    order: present({
      id: bounds.text(message.orderId, nameCharsMax),
      token: bounds.text(message.token, nameCharsMax),
      title: bounds.text(message.orderTitle, nameCharsMax),
      status: orderStates.get(message.status),
      items: wholeOf(message.itemCount),
      total: moneyOf(message.totalAmount1000, thousand, message.totalCurrencyCode),
    }),
    text: bounds.text(message.message, textCharsMax),
  });
}

/** Payments in their steps; undefined when the message is none. */
export function paymentOf(message: proto.IMessage, bounds: Bounds): InboundContent | undefined {
  const { requestPaymentMessage: requested, sendPaymentMessage: sent, paymentInviteMessage: invited } = message;
  if (requested) {
    const total =
      moneyOf(requested.amount1000, thousand, requested.currencyCodeIso4217) ??
      moneyOf(requested.amount?.value, bigOf(requested.amount?.offset), requested.amount?.currencyCode);
    const payment = { step: 'requested' as const, total, expiresAt: secondsTextOf(requested.expiryTimestamp) };
    return present({
      type: 'payment' as const,
      payment: present(payment),
      text: noteOf(requested.noteMessage, bounds),
    });
  }
  if (sent) {
    return present({
      type: 'payment' as const,
      payment: { step: 'sent' as const },
      text: noteOf(sent.noteMessage, bounds),
    });
  }
  if (invited) {
    const expiresAt = secondsTextOf(invited.expiryTimestamp);
    return { type: 'payment', payment: present({ step: 'invited' as const, expiresAt }) };
  }
  if (message.declinePaymentRequestMessage) return { type: 'payment', payment: { step: 'declined' } };
  if (message.cancelPaymentRequestMessage) return { type: 'payment', payment: { step: 'cancelled' } };
  return undefined;
}

const noteOf = (note: proto.IMessage | null | undefined, bounds: Bounds): string | undefined =>
  bounds.text(note?.extendedTextMessage?.text ?? note?.conversation, textCharsMax);

export function stickerPackOf(message: proto.Message.IStickerPackMessage, bounds: Bounds): InboundContent {
  return present({
    type: 'sticker_pack' as const,
    pack: present({
      id: bounds.text(message.stickerPackId, nameCharsMax),
      name: bounds.text(message.name, nameCharsMax),
      publisher: bounds.text(message.publisher, nameCharsMax),
      description: bounds.text(message.packDescription, textCharsMax),
      stickers: message.stickers?.length ?? 0,
    }),
    caption: bounds.text(message.caption, textCharsMax),
  });
}

export function albumOf(message: proto.Message.IAlbumMessage): InboundContent {
  const { expectedImageCount, expectedVideoCount } = message;
  return { type: 'album', images: wholeOf(expectedImageCount) ?? 0, videos: wholeOf(expectedVideoCount) ?? 0 };
}

/** Undefined unless there is a sum above nought and a currency of three letters. */
/** A price as WhatsApp's catalogues have it. */
export const thousandthsOf = (value: unknown, currency: unknown): Money | undefined =>
  moneyOf(value, thousand, currency);

function moneyOf(value: unknown, perUnit: bigint | undefined, currency: unknown): Money | undefined {
  const count = bigOf(value);
  if (count === undefined || perUnit === undefined) return undefined;
  if (typeof currency !== 'string' || !/^[A-Za-z]{3}$/.test(currency)) return undefined;
  if (!/^10*$/.test(String(perUnit))) return undefined;
  const digits = String(perUnit).length - 1;
  const rest = String(count % perUnit)
    .padStart(digits, '0')
    .replace(/0+$/, '')
    .padEnd(2, '0');
  return { amount: `${count / perUnit}.${rest}`, currency: currency.toUpperCase() };
}

function bigOf(value: unknown): bigint | undefined {
  const text = value === null || value === undefined ? '' : String(value);
  return /^[1-9]\d{0,19}$/.test(text) ? BigInt(text) : undefined;
}
