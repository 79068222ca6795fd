import { requireLibsignal } from './libsignal-module.ts';

type SessionData = object;
type SessionEntry = { serialize(): SessionData; constructor: { deserialize(data: SessionData): SessionEntry } };
type Decryption = { session: SessionEntry; plaintext: Buffer };
type SessionCipher = { decryptWithSessions(data: Buffer, sessions: SessionEntry[]): Promise<Decryption> };

const undisturbed = Symbol.for('sluice.undisturbed');

/**
 * Has libsignal leave alone the sessions that a message is not for. It tries each session of a contact in turn and steps
 * its ratchet before it knows whether the message fits; the one that fits is then stored together with those that were
 * turned on the way, and nothing that they encrypt from then on can be read by the other side. It happens whenever a
 * message of an older session comes in beside a newer one, as after every restart. Doing it again changes nothing.
 */
export function leaveOtherSessionsAlone(): void {
  const cipher = sessionCipher();
  const decrypt = cipher.decryptWithSessions;
  if (undisturbed in decrypt) return;
  const tryEach = async function (this: SessionCipher, data: Buffer, sessions: SessionEntry[]): Promise<Decryption> {
    let refused: unknown = new Error('No sessions available');
    for (const session of sessions) {
      const before = session.serialize();
      try {
        return await decrypt.call(this, data, [session]);
      } catch (error) {
        Object.assign(session, session.constructor.deserialize(before));
        refused = error;
      }
    }
    throw refused;
  };
  cipher.decryptWithSessions = Object.assign(tryEach, { [undisturbed]: true });
}

/** Every cipher looks its methods up on this prototype at each call, so one can be replaced here. */
function sessionCipher(): SessionCipher {
  return requireLibsignal('session_cipher.js').prototype;
}
