import type { z } from 'zod';
import { nowSeconds } from '../lib/clock.ts';
import { placeOrder } from '../people/orders.ts';
import type { Draft } from '../phones/build-message.ts';
import type { Addressing } from '../wire/jids.ts';
import { jidOf } from '../world/accounts.ts';
import type { Extras, Product } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';
import { ControlError } from './errors.ts';
import { requireGroup } from './lookup.ts';
import type { sendInput } from './message-schemas.ts';

/** What the rarer kinds of message are made of, looked up where the phone would: groups, catalogues. */

/** Where a message goes, as the sender's phone names it. */
export type Destination = { chat: string; jid: string; addressing: Addressing };

type Input = Pick<z.infer<typeof sendInput>, 'kind'> & Partial<z.infer<typeof sendInput>>;

const LINK_SECONDS = 3 * 86_400;

const requireProduct = (owner: AccountState | undefined, id: string | undefined): Product => {
  const found = owner?.account.business?.products.find((product) => product.id === id);
  if (!found) throw new ControlError('invalid_message', `there is no product ${id ?? ''} in the catalogue`);
  return found;
};

/** An invitation of the recipient's own if there is one, otherwise the link that is for everybody. */
const inviteTo = (world: World, from: AccountState, to: Destination, jid: string | undefined): Extras => {
  const group = requireGroup(world, jid ?? '');
  const own = group.invitations.get(to.chat);
  if (!group.members.has(from.account.number)) {
    throw new ControlError('not_a_member', 'the person is not in this group');
  }
  const { code, expiresAt } = own ?? { code: group.inviteCode, expiresAt: Number(nowSeconds()) + LINK_SECONDS };
  return { invite: { group: group.jid, code, name: group.subject, expiresAt } };
};

const sell = (world: World, from: AccountState, to: Destination, id: string | undefined): Partial<Draft> => {
  const owner = from.account.business ? from : world.accounts.get(to.chat);
  const { name: title, ...product } = requireProduct(owner, id);
  return { extras: { product: { ...product, title } }, businessJid: owner && jidOf(owner, to.addressing) };
};

const order = (world: World, to: Destination, items: Input['items'] = []): Partial<Draft> => {
  const seller = world.accounts.get(to.chat);
  const wanted = items.map(({ product, quantity }) => ({ product: requireProduct(seller, product), quantity }));
  if (!seller || wanted.length === 0) throw new ControlError('invalid_message', 'an order needs items');
  const { id, token, total, currency } = placeOrder(world, seller.account.number, wanted);
  const itemCount = wanted.reduce((sum, { quantity }) => sum + quantity, 0);
  return { extras: { order: { id, token, itemCount, total, currency } }, businessJid: jidOf(seller, to.addressing) };
};

export const composeExtras = (world: World, from: AccountState, to: Destination, input: Input): Partial<Draft> => {
  const { description, starts_at: starts, ends_at: ends, place } = input;
  switch (input.kind) {
    case 'group_invite':
      return { extras: inviteTo(world, from, to, input.group) };
    case 'product':
      return sell(world, from, to, input.product);
    case 'order':
      return order(world, to, input.items);
    case 'event': {
      const endsAt = ends === undefined ? undefined : Date.parse(ends);
      return { extras: { event: { description, startsAt: starts ? Date.parse(starts) : undefined, endsAt, place } } };
    }
    default:
      return {};
  }
};
