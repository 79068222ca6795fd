import type { Caller } from '../domain/customers/index.ts';
import {
  explainReason,
  type InstanceRow,
  linkCodeCall,
  type QrCode,
  qrCall,
  requireInstance,
} from '../domain/instances/index.ts';
import type { Id } from '../lib/index.ts';
import { GatewayError } from '../platform/index.ts';
import type { HttpDeps } from './deps.ts';
import type { Edge } from './edge.ts';

/** How often the instance is looked at while nobody has a code for it. */
const lookEveryMs = 100;
/** No longer in one go, so that a stop need not wait for those who wait. */
const askMsMax = 1_000;
/** Beyond the wait that the session itself was asked for. */
const callMarginMs = 1_000;
const linkCodeMsMax = 10_000;
const retryAfterSeconds = 2;

/**
 * The code that is shown for an instance now, or the first one that comes within the configured wait. Throws `no_qr` with
 * the state and what to do, and `already_linked`.
 */
export async function readQr(
  { deps, isClosing }: Pick<Edge, 'deps' | 'isClosing'>,
  caller: Caller,
  id: Id<'ins'>,
): Promise<{ code: QrCode; instance: InstanceRow }> {
  const deadlineMs = deps.clock.elapsed() + deps.config.qrWaitMs;
  for (;;) {
    const instance = await requireInstance(deps.db.read, caller, id);
    if (instance.linked_at !== null) throw new GatewayError('already_linked', { state: instance.state });
    if (instance.wanted === 0) throw noQr(instance);
    const leftMs = Math.max(0, deadlineMs - deps.clock.elapsed());
    if (isClosing()) throw new GatewayError('shutting_down');
    const code = await askSession(deps, id, Math.min(leftMs, askMsMax));
    if (code) return { code, instance };
    if (leftMs === 0) throw noQr(await requireInstance(deps.db.read, caller, id));
    await deps.clock.sleep(Math.min(lookEveryMs, leftMs));
  }
}

/** A code for the phone of this number to type in, once the session shows QR codes. Throws as `readQr` does. */
export async function requestLinkCode(
  edge: Pick<Edge, 'deps' | 'isClosing'>,
  caller: Caller,
  id: Id<'ins'>,
  phone: string,
): Promise<string> {
  const { instance } = await readQr(edge, caller, id);
  try {
    return String(await edge.deps.bus.call(linkCodeCall(id), phone, linkCodeMsMax));
  } catch (error) {
    // The code that was just shown has gone meanwhile.
    if (error instanceof GatewayError && error.code === 'not_connected') throw noQr(instance);
    throw error;
  }
}

async function askSession(deps: Pick<HttpDeps, 'bus'>, id: Id<'ins'>, waitMs: number): Promise<QrCode | undefined> {
  try {
    return asQrCode(await deps.bus.call(qrCall(id), waitMs, waitMs + callMarginMs));
  } catch (error) {
    // No session serves it yet, or it went away meanwhile.
    if (error instanceof GatewayError && error.code === 'not_connected') return undefined;
    throw error;
  }
}

/** The worker serves this call. */
function asQrCode(answer: unknown): QrCode | undefined {
  return answer as QrCode | undefined;
}

function noQr(instance: InstanceRow): GatewayError {
  const explained = explainReason(instance.state_reason);
  return new GatewayError('no_qr', {
    state: instance.state,
    reason: instance.state_reason,
    ...(explained && { meaning: explained.meaning, what_to_do: explained.whatToDo }),
    // Nobody wants it connected: asking again would only ask in vain.
    retry_after_seconds: instance.wanted === 1 ? retryAfterSeconds : null,
  });
}
