import { randomBytes } from 'node:crypto';
import { nowSeconds } from '../lib/clock.ts';
import { randomDigits } from '../lib/random.ts';
import type { Order, Product } from '../world/types.ts';
import type { World } from '../world/world.ts';

/** Orders: what somebody wants of a business's catalogue. The message only names it; the business asks for the rest. */

/** Orders that are kept; the oldest go. */
const ORDERS_MAX = 10_000;

export const placeOrder = (world: World, seller: string, items: { product: Product; quantity: number }[]): Order => {
  const order: Order = {
    id: `${nowSeconds()}${randomDigits(6)}`,
    token: randomBytes(24).toString('base64'),
    seller,
    items,
    total: items.reduce((sum, { product, quantity }) => sum + product.price * quantity, 0),
    currency: items[0]?.product.currency ?? '',
  };
  world.orders.set(order.id, order);
  world.store.put('order', order.id, () => order);
  const [oldest] = world.orders.keys();
  if (world.orders.size > ORDERS_MAX && oldest !== undefined) {
    world.orders.delete(oldest);
    world.store.remove('order', oldest);
  }
  return order;
};
