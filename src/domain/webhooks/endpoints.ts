import type { Tx } from '../../db/index.ts';
import { type Id, newId, newWebhookSecret } from '../../lib/index.ts';
import { GatewayError, type Vault } from '../../platform/index.ts';
import type { Caller } from '../customers/index.ts';
import { disableEndpoint, enableEndpoint, recordEndpointAudit } from './change-endpoint.ts';
import type { Endpoint } from './endpoint.ts';
import { columnsOf, type EndpointPatch, type Known } from './endpoint-columns.ts';
import { sealHeaders } from './endpoint-headers.ts';
import { secretAad } from './endpoint-secrets.ts';
import { countEndpoints, insertEndpoint, updateEndpoint } from './endpoints.sql.ts';
import { requireEndpoint, requireEndpointRow } from './read-endpoints.ts';

/** Every event asks all of a customer's endpoints. */
const endpointsMax = 50;

const rotationOverlapMs = 86_400_000;
/** The longest that a previous secret may go on signing. */
export const rotationOverlapMaxMs = 7 * 86_400_000;

/** Left out means: all events, all instances, all chats, any order, the installation's schedule, redrive, enabled. */
type NewEndpoint = EndpointPatch & { readonly url: string };

export type Endpoints = {
  /** The secret is told here and never again. Throws `limit_reached`, `event_unknown`, `instance_not_found`, `chat_not_found`. */
  create(tx: Tx, caller: Caller, input: NewEndpoint): Promise<{ endpoint: Endpoint; secret: string }>;
  /** What is left out stays. A new ordering holds for events from now on; what waits already keeps its own. */
  patch(tx: Tx, caller: Caller, id: Id<'end'>, patch: EndpointPatch): Promise<Endpoint>;
  /**
   * A new secret, told here and never again. The present one signs beside it for `overlapMs` (24 h when left out, 7 days
   * at most, 0 for not at all); one from an earlier rotation signs no more.
   */
  rotateSecret(
    tx: Tx,
    caller: Caller,
    id: Id<'end'>,
    overlapMs?: number,
  ): Promise<{ endpoint: Endpoint; secret: string }>;
};

/** The verbs that seal a secret or ask whose an instance is. */
export function createEndpoints({ vault, known }: { vault: Vault; known: Known }): Endpoints {
  return {
    create: async (tx, caller, input) => {
      if ((await countEndpoints(tx, caller.customerId)) >= endpointsMax) {
        throw new GatewayError('limit_reached', { limit: endpointsMax });
      }
      const id = newId('end', tx.now);
      const secret = newWebhookSecret();
      const enabled = input.enabled ?? true;
      const given = { ...input, instanceIds: input.instanceIds ?? null };
      await insertEndpoint(tx, {
        id,
        customer_id: caller.customerId,
        url: input.url,
        event_types: JSON.stringify(['*']),
        chat_type_filter: 'all',
        ordering: 'none',
        redrive: 1,
        ...(await columnsOf(tx, caller, given, known)),
        headers: sealHeaders(vault, id, input.headers ?? {}),
        sealed_secret: vault.encrypt(secret, secretAad(id)),
        enabled: enabled ? 1 : 0,
        disabled_reason: enabled ? null : 'by_customer',
        created_at: tx.now,
        updated_at: tx.now,
      });
      const endpoint = await requireEndpoint(tx, caller, id);
      await recordEndpointAudit(tx, caller, 'created', endpoint);
      return { endpoint, secret };
    },

    patch: async (tx, caller, id, patch) => {
      await requireEndpoint(tx, caller, id);
      const columns = {
        ...(await columnsOf(tx, caller, patch, known)),
        ...(patch.headers !== undefined && { headers: sealHeaders(vault, id, patch.headers ?? {}) }),
      };
      if (Object.keys(columns).length > 0) {
        await updateEndpoint(tx, caller.customerId, id, columns);
        const detail = { fields: Object.keys(patch) };
        await recordEndpointAudit(tx, caller, 'changed', await requireEndpoint(tx, caller, id), detail);
      }
      if (patch.enabled === true) await enableEndpoint(tx, caller, id);
      if (patch.enabled === false) await disableEndpoint(tx, caller, id);
      return requireEndpoint(tx, caller, id);
    },

    rotateSecret: async (tx, caller, id, overlapMs = rotationOverlapMs) => {
      const row = await requireEndpointRow(tx, caller, id);
      const secret = newWebhookSecret();
      const lastsMs = Math.min(Math.max(overlapMs, 0), rotationOverlapMaxMs);
      await updateEndpoint(tx, caller.customerId, id, {
        sealed_secret: vault.encrypt(secret, secretAad(id)),
        sealed_previous_secret: lastsMs > 0 ? row.sealed_secret : null,
        previous_secret_until: lastsMs > 0 ? tx.now + lastsMs : null,
      });
      const endpoint = await requireEndpoint(tx, caller, id);
      await recordEndpointAudit(tx, caller, 'secret_rotated', endpoint, { overlap_ms: lastsMs });
      return { endpoint, secret };
    },
  };
}
