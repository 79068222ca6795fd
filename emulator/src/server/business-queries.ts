import { changeBusiness, DAYS, OPENING_MODES, putProduct, removeProducts } from '../people/business.ts';
import { type BinaryNode, childNamed, childrenNamed, node, textOf } from '../wire/nodes.ts';
import { findAccount } from '../world/accounts.ts';
import type { Business, Product } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';
import type { QueryError } from './keys.ts';
import type { LoggedIn } from './logged-in.ts';

/** What clients ask businesses, and say of their own: the namespaces w:biz and w:biz:catalog. */

type Answer = BinaryNode[] | QueryError;

const NOT_FOUND: QueryError = { code: 404, text: 'item-not-found' };
const BAD_REQUEST: QueryError = { code: 400, text: 'bad-request' };
const FORBIDDEN: QueryError = { code: 403, text: 'forbidden' };
const PAGE_DEFAULT = 10;
const TEXT_CHARS_MAX = 5000;

const leaf = (tag: string, text: string | number | undefined): BinaryNode[] =>
  text === undefined ? [] : [node(tag, {}, Buffer.from(text.toString()))];

const hoursNode = ({ hours }: Business): BinaryNode[] => {
  if (!hours) return [];
  const days = hours.days.map(({ day, mode, openMinutes, closeMinutes }) =>
    node('business_hours_config', {
      day_of_week: day,
      mode,
      open_time: openMinutes?.toString(),
      close_time: closeMinutes?.toString(),
    }),
  );
  return [node('business_hours', { timezone: hours.timezone }, days)];
};

const profileNode = (jid: string, business: Business): BinaryNode =>
  node('profile', { jid, tag: '1' }, [
    ...leaf('address', business.address),
    ...leaf('description', business.description),
    ...business.websites.flatMap((website) => leaf('website', website)),
    ...leaf('email', business.email),
    ...(business.category
      ? [node('categories', {}, [node('category', { id: '1' }, Buffer.from(business.category))])]
      : []),
    ...hoursNode(business),
  ]);

/** The profiles of those who are businesses; nothing of the others. */
export const answerBusinessProfile = (world: World, _client: LoggedIn, iq: BinaryNode): Answer => {
  const asked = childrenNamed(childNamed(iq, 'business_profile'), 'profile');
  const profiles = asked.flatMap(({ attrs }) => {
    const business = findAccount(world, attrs.jid)?.account.business;
    return business ? [profileNode(attrs.jid ?? '', business)] : [];
  });
  return [node('business_profile', { v: '244' }, profiles)];
};

const minutesOf = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));

/** Days that are none, and ways to be open that are none, are passed over. */
const readHours = (hours: BinaryNode): Business['hours'] => ({
  timezone: hours.attrs.timezone ?? 'UTC',
  days: childrenNamed(hours, 'business_hours_config').flatMap(({ attrs }) => {
    const day = DAYS.find((one) => one === attrs.day_of_week);
    const mode = OPENING_MODES.find((one) => one === attrs.mode);
    const [openMinutes, closeMinutes] = [minutesOf(attrs.open_time), minutesOf(attrs.close_time)];
    return day && mode ? [{ day, mode, openMinutes, closeMinutes }] : [];
  }),
});

/** A client changes what its own business says of itself: what it does not mention stays. */
export const changeBusinessProfile = (world: World, { state }: LoggedIn, iq: BinaryNode): Answer => {
  const profile = childNamed(iq, 'business_profile');
  if (!state.account.business) return FORBIDDEN;
  const change: Partial<Business> = {};
  for (const field of ['address', 'description', 'email'] as const) {
    const text = textOf(childNamed(profile, field));
    if ((text?.length ?? 0) > TEXT_CHARS_MAX) return BAD_REQUEST;
    if (text !== undefined) change[field] = text;
  }
  const websites = childrenNamed(profile, 'website').map((website) => textOf(website) ?? '');
  if (websites.length) change.websites = websites;
  const hours = childNamed(profile, 'business_hours');
  if (hours) change.hours = readHours(hours);
  changeBusiness(world, state, change);
  return [];
};

const productNode = (product: Product): BinaryNode =>
  node('product', { is_hidden: product.hidden.toString() }, [
    ...leaf('id', product.id),
    ...leaf('name', product.name),
    ...leaf('description', product.description),
    ...leaf('retailer_id', product.retailerId),
    ...leaf('url', product.url),
    ...leaf('price', product.price),
    ...leaf('currency', product.currency),
    node(
      'media',
      {},
      product.images.map((url) =>
        node('image', {}, [...leaf('request_image_url', url), ...leaf('original_image_url', url)]),
      ),
    ),
    node('status_info', {}, leaf('status', 'APPROVED')),
  ]);

const numberIn = (parent: BinaryNode | undefined, tag: string, otherwise: number): number => {
  const value = Number(textOf(childNamed(parent, tag)) ?? otherwise);
  return Number.isInteger(value) && value > 0 ? value : otherwise;
};

/** One page of a catalogue; hidden products are for the business itself. */
export const answerCatalog = (world: World, { state }: LoggedIn, iq: BinaryNode): Answer => {
  const asked = childNamed(iq, 'product_catalog');
  const owner = findAccount(world, asked?.attrs.jid);
  const business = owner?.account.business;
  if (!business) return NOT_FOUND;
  const products = business.products.filter(({ hidden }) => !hidden || owner === state);
  const after = textOf(childNamed(asked, 'after'));
  const start = after === undefined ? 0 : products.findIndex(({ id }) => id === after) + 1;
  const page = products.slice(start, start + numberIn(asked, 'limit', PAGE_DEFAULT));
  const isLast = start + page.length >= products.length;
  const paging = isLast ? [] : [node('paging', {}, leaf('after', page.at(-1)?.id))];
  return [node('product_catalog', {}, [...page.map(productNode), ...paging])];
};

export const answerCollections = (world: World, _client: LoggedIn, iq: BinaryNode): Answer => {
  const asked = childNamed(iq, 'collections');
  const business = findAccount(world, asked?.attrs.biz_jid)?.account.business;
  if (!business) return NOT_FOUND;
  const itemsMax = numberIn(asked, 'item_limit', PAGE_DEFAULT);
  const collections = business.collections.slice(0, numberIn(asked, 'collection_limit', PAGE_DEFAULT));
  const nodes = collections.map(({ id, name, products }) => {
    const items = business.products.filter((product) => products.includes(product.id) && !product.hidden);
    return node('collection', {}, [
      ...leaf('id', id),
      ...leaf('name', name),
      ...items.slice(0, itemsMax).map(productNode),
      node('status_info', {}, [...leaf('status', 'APPROVED'), ...leaf('can_appeal', 'false')]),
    ]);
  });
  return [node('collections', {}, nodes)];
};

/** What was ordered, for whoever has the order's token; the message itself names only the sum. */
export const answerOrder = (world: World, _client: LoggedIn, iq: BinaryNode): Answer => {
  const asked = childNamed(iq, 'order');
  const order = world.orders.get(asked?.attrs.id ?? '');
  if (!order || textOf(childNamed(asked, 'token')) !== order.token) return NOT_FOUND;
  const products = order.items.map(({ product, quantity }) =>
    node('product', {}, [
      ...leaf('id', product.id),
      ...leaf('name', product.name),
      ...leaf('price', product.price),
      ...leaf('currency', product.currency),
      ...leaf('quantity', quantity),
      node('image', {}, leaf('url', product.images[0])),
    ]),
  );
  const price = node('price', {}, [...leaf('total', order.total), ...leaf('currency', order.currency)]);
  return [node('order', { id: order.id }, [...products, price])];
};

const readProduct = (asked: BinaryNode, known: Product | undefined): Omit<Product, 'id'> => {
  const text = (tag: string): string | undefined => textOf(childNamed(asked, tag));
  const media = childNamed(asked, 'media');
  const images = childrenNamed(media, 'image').flatMap((image) => textOf(childNamed(image, 'url')) ?? []);
  return {
    name: text('name') ?? known?.name ?? '',
    description: text('description') ?? known?.description,
    retailerId: text('retailer_id') ?? known?.retailerId,
    url: known?.url,
    price: Number(text('price') ?? known?.price ?? 0),
    currency: text('currency') ?? known?.currency ?? '',
    images: media ? images : (known?.images ?? []),
    hidden: asked.attrs.is_hidden === 'true',
  };
};

const findProduct = (state: AccountState, asked: BinaryNode): Product | undefined =>
  state.account.business?.products.find(({ id }) => id === textOf(childNamed(asked, 'id')));

/** A client adds to its own business's catalogue, or changes what is there. */
export const changeCatalog = (world: World, { state }: LoggedIn, iq: BinaryNode): Answer => {
  const [addition, edit] = ['product_catalog_add', 'product_catalog_edit'].map((tag) => childNamed(iq, tag));
  const asked = childNamed(addition ?? edit, 'product');
  if (!state.account.business) return FORBIDDEN;
  if (!asked) return BAD_REQUEST;
  const known = edit && findProduct(state, asked);
  if (edit && !known) return NOT_FOUND;
  const read = readProduct(asked, known);
  if (read.name === '' || !Number.isFinite(read.price)) return BAD_REQUEST;
  const product = putProduct(world, state, { ...read, id: known?.id });
  return product ? [node((addition ?? edit)?.tag ?? '', {}, [productNode(product)])] : BAD_REQUEST;
};

export const deleteProducts = (world: World, { state }: LoggedIn, iq: BinaryNode): Answer => {
  if (!state.account.business) return FORBIDDEN;
  const asked = childrenNamed(childNamed(iq, 'product_catalog_delete'), 'product');
  const count = removeProducts(
    world,
    state,
    asked.flatMap((product) => textOf(childNamed(product, 'id')) ?? []),
  );
  return [node('product_catalog_delete', { deleted_count: count.toString() })];
};
