import type { Db, Tx } from '../db/index.ts';
import { findRinging, recordRejection } from '../domain/calls/index.ts';
import { readContactIdentity } from '../domain/contacts/index.ts';
import { systemCaller } from '../domain/customers/index.ts';
import { type InstanceRow, type InstanceSettings, readAnyInstance } from '../domain/instances/index.ts';
import { acceptMessage } from '../domain/messages/index.ts';
import type { Network, NetworkSession } from '../network/index.ts';
import { type Clock, type Config, GatewayError, type Log } from '../platform/index.ts';

type Call = NonNullable<Awaited<ReturnType<typeof findRinging>>>;

type Deps = {
  readonly db: Db;
  readonly network: Pick<Network, 'destinationOf' | 'newMessageId'>;
  readonly config: Pick<Config, 'laneDepthMax' | 'scheduledMax'>;
  readonly clock: Clock;
  readonly log: Log;
};

/** Turns down the calls of instances that are set to, one at a time, and writes to who called what they are set to write. */
export function createCallRejecter(deps: Deps) {
  async function acceptReply(tx: Tx, instance: InstanceRow, call: Call, text: string): Promise<void> {
    const identity = (await readContactIdentity(tx, call.customer_id, call.contact_id)) ?? {};
    const destination = identity.phone === undefined ? (deps.network.destinationOf(identity) ?? null) : null;
    await acceptMessage(
      tx,
      systemCaller(call.customer_id),
      instance,
      {
        to: call.contact_id,
        recipient: { kind: 'person', identity, destination },
        content: { type: 'text', text },
        clientRef: null,
        sendAtMs: null,
        expiresAtMs: null,
        requireConnected: false,
      },
      { newNetworkId: deps.network.newMessageId, convertsVoice: false, ...deps.config },
    );
  }

  /** Both in one transaction: a call that is on record as turned down has its reply. Nobody called a group to be written to. */
  async function record(instance: InstanceRow, call: Call, reply: string | null): Promise<void> {
    await deps.db.tx(async (tx) => {
      await recordRejection(tx, systemCaller(call.customer_id), call);
      const current =
        reply === null || call.group_chat_id !== null ? undefined : await readAnyInstance(tx, instance.id);
      if (reply !== null && current) await acceptReply(tx, current, call, reply);
    });
  }

  /** False when there was none, or WhatsApp did not take it. */
  return async (session: NetworkSession, settings: InstanceSettings, instance: InstanceRow): Promise<boolean> => {
    if (settings.calls !== 'reject') return false;
    const call = await findRinging(deps.db.read, instance.id, deps.clock.now());
    if (!call) return false;
    const outcome = await session.ask('reject_call', { networkId: call.network_id, address: call.address });
    if (outcome.kind !== 'done') {
      deps.log.warn({ instance_id: instance.id, outcome: outcome.kind }, 'a call could not be turned down');
      return false;
    }
    try {
      await record(instance, call, settings.calls_reply);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      deps.log.warn({ instance_id: instance.id, code: error.code }, 'a call was turned down without its reply');
      await record(instance, call, null);
    }
    return true;
  };
}
