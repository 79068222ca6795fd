import { nowSeconds } from '../lib/clock.ts';
import { randomDigits } from '../lib/random.ts';
import { storeAccount } from '../world/accounts.ts';
import type { Business, Product } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';

/** Businesses: what they say of themselves, and their catalogues. */

export const PRODUCTS_MAX = 500;
export const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
export const OPENING_MODES = ['specific_hours', 'open_24h', 'appointment_only'] as const;

const PRODUCT_ID_DIGITS = 16;

/** Changes what a business says of itself; whoever was none is one from now on. */
export const changeBusiness = (world: World, state: AccountState, change: Partial<Business>): Business => {
  const business = { websites: [], products: [], collections: [], ...state.account.business, ...change };
  state.account.business = business;
  storeAccount(world, state);
  return business;
};

/** The business is a person again. */
export const endBusiness = (world: World, state: AccountState): void => {
  delete state.account.business;
  storeAccount(world, state);
};

/** Puts a product into the catalogue, in the place of the one with its id if there is one; undefined when it is full. */
export const putProduct = (
  world: World,
  state: AccountState,
  product: Omit<Product, 'id'> & { id?: string | undefined },
): Product | undefined => {
  const products = state.account.business?.products ?? [];
  const kept: Product = {
    ...product,
    id: product.id ?? `${nowSeconds()}${randomDigits(PRODUCT_ID_DIGITS)}`.slice(0, 16),
  };
  const isNew = products.every(({ id }) => id !== kept.id);
  if (isNew && products.length >= PRODUCTS_MAX) return undefined;
  changeBusiness(world, state, {
    products: isNew ? [...products, kept] : products.map((one) => (one.id === kept.id ? kept : one)),
  });
  return kept;
};

/** Takes products out of the catalogue and its collections; gives how many there were. */
export const removeProducts = (world: World, state: AccountState, ids: string[]): number => {
  const { products = [], collections = [] } = state.account.business ?? {};
  const left = products.filter(({ id }) => !ids.includes(id));
  changeBusiness(world, state, {
    products: left,
    collections: collections.map((one) => ({ ...one, products: one.products.filter((id) => !ids.includes(id)) })),
  });
  return products.length - left.length;
};
