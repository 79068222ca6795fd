import type { Bus } from '../../bus/index.ts';
import type { Id } from '../../lib/index.ts';
import type { Capability, RequestKind, RequestOutcome, RequestRefusal, Requests } from '../../network/index.ts';
import { type ErrorCode, GatewayError } from '../../platform/index.ts';
import type { InstanceRow } from './instances.ts';

/** The call that puts a request to WhatsApp, through the session of an instance. */
export const askCall = (id: Id<'ins'>): string => `ask/${id}`;

/** A request on its way to the worker that holds the session. */
export type AskInput<K extends RequestKind = RequestKind> = { readonly kind: K; readonly input: Requests[K]['input'] };

type Asked = Pick<InstanceRow, 'id' | 'network'>;

/** What can be done with the network of an instance while it is connected. Called before a transaction, never in one. */
export type NetworkAccess = {
  /** Throws `not_supported` when the instance's network lacks a capability. */
  requireCapability(instance: Pick<InstanceRow, 'network'>, capability: Capability): void;
  /**
   * Puts a request to WhatsApp and answers with what it said. Throws `not_supported`, `not_connected`, `whatsapp_timeout`
   * when nobody knows whether it was done, `whatsapp_rate_limited`, and `refused_by_whatsapp` with the reason.
   */
  ask<K extends RequestKind>(instance: Asked, kind: K, input: Requests[K]['input']): Promise<Requests[K]['answer']>;
};

/** A session bounds what it asks; the call to it gives up a little later. */
const callMarginMs = 2_000;

export function createNetworkAccess(deps: {
  bus: Bus;
  networks: readonly { readonly name: string; readonly capabilities: ReadonlySet<Capability> }[];
  askTimeoutMs: number;
}): NetworkAccess {
  const requireCapability: NetworkAccess['requireCapability'] = ({ network }, capability) => {
    const known = deps.networks.find(({ name }) => name === network);
    if (!known?.capabilities.has(capability)) throw new GatewayError('not_supported', { capability, network });
  };
  return {
    requireCapability,
    ask: async <K extends RequestKind>(instance: Asked, kind: K, input: Requests[K]['input']) => {
      requireCapability(instance, kind);
      const asked: AskInput<K> = { kind, input };
      return answerOf(asOutcome<K>(await deps.bus.call(askCall(instance.id), asked, deps.askTimeoutMs + callMarginMs)));
    },
  };
}

function answerOf<K extends RequestKind>(outcome: RequestOutcome<K>): Requests[K]['answer'] {
  switch (outcome.kind) {
    case 'done':
      return outcome.answer;
    case 'refused':
      throw new GatewayError(codeOf(outcome.code), { reason: outcome.code, detail: outcome.detail });
    case 'unanswered':
      throw new GatewayError('whatsapp_timeout', { detail: outcome.reason });
  }
}

const codeOf = (refusal: RequestRefusal): ErrorCode =>
  refusal === 'rate_limited' ? 'whatsapp_rate_limited' : 'refused_by_whatsapp';

/** The worker serves this call, with `NetworkSession.ask`. */
function asOutcome<K extends RequestKind>(answer: unknown): RequestOutcome<K> {
  return answer as RequestOutcome<K>;
}
