import type { NetworkSession } from '../network/index.ts';
import type { Clock, Config } from '../platform/index.ts';

type Deps = {
  readonly clock: Clock;
  readonly random: () => number;
  readonly stopping: AbortSignal;
  readonly config: Pick<Config, 'typingMsPerChar' | 'typingMsMax'>;
};

/** People do not type evenly: up to this much less or more. */
const unevenness = 0.3;
/** For what has no text, such as a picture. */
const charsMin = 10;

/**
 * Shows the number typing for about as long as somebody would take for the message, or recording for a voice message. It is
 * for show: whatever goes wrong with it, the message is sent.
 */
export async function seemToType(
  deps: Deps,
  session: NetworkSession,
  message: { readonly type: string; readonly chars: number; readonly destination: string },
): Promise<void> {
  const presence = message.type === 'voice' ? 'recording' : 'typing';
  const evenMs = Math.min(Math.max(message.chars, charsMin) * deps.config.typingMsPerChar, deps.config.typingMsMax);
  await session.ask('set_presence', { presence, destination: message.destination });
  await deps.clock.sleep(evenMs * (1 - unevenness + 2 * unevenness * deps.random()), deps.stopping);
}
