import { enqueueStanza } from '../clients/outbox.ts';
import { nowSeconds } from '../lib/clock.ts';
import { randomStanzaId } from '../lib/random.ts';
import { type BinaryNode, node } from '../wire/nodes.ts';
import { clientsOf, jidOf } from '../world/accounts.ts';
import type { Group } from '../world/types.ts';
import type { AccountState, World } from '../world/world.ts';

/** Tells clients of these people, on behalf of somebody, what has happened to a group. */
export const notifyClients = (
  world: World,
  group: Group,
  actor: AccountState,
  people: AccountState[],
  change: BinaryNode,
  type: 'w:gp2' | 'picture' = 'w:gp2',
): void => {
  const attributes = {
    from: group.jid,
    type,
    id: randomStanzaId(),
    t: nowSeconds(),
    participant: jidOf(actor, 'lid'),
    participant_pn: jidOf(actor, 'pn'),
    addressing_mode: 'lid',
    notify: actor.account.name,
  };
  const notification = node('notification', attributes, [change]);
  for (const person of people) {
    for (const client of clientsOf(person)) enqueueStanza(world, person, client.id, notification);
  }
};
