import { enqueueStanza } from '../clients/outbox.ts';
import { nowMs, nowSeconds } from '../lib/clock.ts';
import { randomStanzaId } from '../lib/random.ts';
import { SERVER } from '../wire/jids.ts';
import { node } from '../wire/nodes.ts';
import { clientsOf, storeAccount } from '../world/accounts.ts';
import type { AccountState, World } from '../world/world.ts';

/** WhatsApp's lighter punishment: for a while an account may go on with chats that there are, and start no new ones. */

export const isRestricted = ({ account }: AccountState): boolean =>
  account.restriction !== undefined && account.restriction.until * 1000 > nowMs();

export const describeRestriction = (state: AccountState) => ({
  is_active: isRestricted(state),
  time_enforcement_ends: isRestricted(state) ? (state.account.restriction?.until.toString() ?? '0') : '0',
  enforcement_type: state.account.restriction?.type ?? 'DEFAULT',
});

/** Restricts the account until then, in seconds, or lifts it; its clients are told. */
export const setRestriction = (
  world: World,
  state: AccountState,
  restriction: { until: number; type: string } | undefined,
): void => {
  if (restriction) state.account.restriction = restriction;
  else delete state.account.restriction;
  storeAccount(world, state);
  const data = { data: { xwa2_notify_account_reachout_timelock: describeRestriction(state) } };
  const attributes = { from: SERVER, type: 'mex', id: randomStanzaId(), t: nowSeconds() };
  const update = node(
    'update',
    { op_name: 'NotificationUserReachoutTimelockUpdate' },
    Buffer.from(JSON.stringify(data)),
  );
  for (const client of clientsOf(state)) {
    enqueueStanza(world, state, client.id, node('notification', attributes, [update]));
  }
};

/** Whether a restricted account may write to somebody: only to those who have written to it before. */
export const mayWriteTo = (state: AccountState, other: AccountState): boolean =>
  !isRestricted(state) ||
  state === other ||
  state.messages.some(({ chat, direction }) => chat === other.account.number && direction === 'in');
