import type { WASocket, OrderDetails as WireOrder, Product as WireProduct } from 'baileys';
import type { BusinessRequests, Identity, Product } from '../network/index.ts';
import { wholeOf } from './bounds.ts';
import { personJid } from './chat-requests.ts';
import { phoneJid } from './jids.ts';
import type { RequestHandlers } from './request-handlers.ts';
import { thousandthsOf } from './trade-content.ts';

/** As many as the app shows. Each names as many products at most. */
const collectionsMax = 51;

/** What is asked about businesses, and said of this number's own. */
export const businessRequests: RequestHandlers<keyof BusinessRequests> = {
  read_catalog: async (socket, { owner, limit, after }) => {
    const place = after === undefined ? {} : { cursor: after };
    const { products, nextPageCursor } = await socket.getCatalog({ ...ownerJid(owner), limit, ...place });
    return { products: products.map(productOf), after: nextPageCursor || null };
  },
  list_collections: async (socket, { owner }) => {
    const { collections } = await socket.getCollections(ownerJid(owner).jid, collectionsMax);
    return {
      collections: collections.map(({ id, name, products }) => ({ id, name, products: products.map(productOf) })),
    };
  },
  read_order: async (socket, { orderId, token }) => orderOf(await socket.getOrderDetails(orderId, token)),
  set_business_profile: async (socket, { websites, hours, ...texts }) => {
    await socket.updateBussinesProfile({
      ...texts,
      ...(websites && { websites: [...websites] }),
      ...(hours && { hours: { timezone: hours.timezone, days: hours.days.map(dayOf) } }),
    });
    return undefined;
  },
};

/** Businesses are known by their numbers, wherever those are known. Baileys takes its own when it is given none. */
function ownerJid(owner: Identity | undefined): { jid?: string } {
  if (owner === undefined) return {};
  return { jid: owner.phone === undefined ? personJid(owner) : phoneJid(owner.phone) };
}

type WireHours = NonNullable<Parameters<WASocket['updateBussinesProfile']>[0]['hours']>['days'][number];
type Day = NonNullable<BusinessRequests['set_business_profile']['input']['hours']>['days'][number];

function dayOf(day: Day): WireHours {
  if (day.mode !== 'specific_hours') return { day: day.day, mode: day.mode };
  const { openMinutes, closeMinutes } = day;
  return { day: day.day, mode: day.mode, openTimeInMinutes: `${openMinutes}`, closeTimeInMinutes: `${closeMinutes}` };
}

/** Baileys' types promise more than WhatsApp always says. */
const productOf = (product: Partial<WireProduct> & Pick<WireProduct, 'id'>): Product => ({
  id: product.id,
  name: product.name || null,
  description: product.description || null,
  price: thousandthsOf(product.price, product.currency) ?? null,
  retailerId: product.retailerId || null,
  url: product.url || null,
  imageUrl: product.imageUrls?.['original'] || product.imageUrls?.['requested'] || null,
  hidden: product.isHidden === true,
  reviewStatus: product.reviewStatus?.['whatsapp'] || null,
});

const orderOf = ({ price, products }: WireOrder): BusinessRequests['read_order']['answer'] => ({
  total: thousandthsOf(price.total, price.currency) ?? null,
  products: products.map((product) => ({
    id: product.id,
    name: product.name || null,
    price: thousandthsOf(product.price, product.currency) ?? null,
    imageUrl: product.imageUrl || null,
    quantity: wholeOf(product.quantity) ?? 0,
  })),
});
