/** How libsignal's own output begins. Some of it is followed by a whole session record, private keys included. */
const sentences = [
  'Closing session:',
  'Opening session:',
  'Removing old closed session:',
  'Session already closed',
  'Session already open',
  'Migrating session to:',
  'V1 session storage migration error',
  'Closing open session in favor of incoming prekey bundle',
  'Decrypted message with closed session.',
  'Failed to decrypt message with any known session...',
  'Session error:',
  'Unhandled bucket type (for naming):',
  'WARNING: Expected pubkey of length 33',
] as const;

const methods = ['log', 'info', 'warn', 'error'] as const;

const quieted = Symbol.for('sluice.quieted');

/** Keeps libsignal's sentences, and nothing else, off the console of this process. Doing it again changes nothing. */
export function quietLibsignal(target: Console = console): void {
  for (const method of methods) {
    const write = target[method];
    if (quieted in write) continue;
    const filtered = (...args: unknown[]): void => {
      if (!isLibsignals(args[0])) write.apply(target, args);
    };
    target[method] = Object.assign(filtered, { [quieted]: true });
  }
}

function isLibsignals(first: unknown): boolean {
  return typeof first === 'string' && sentences.some((sentence) => first.startsWith(sentence));
}
