import { Curve } from 'baileys';
import { SenderKeyMessage } from 'baileys/lib/Signal/Group/sender-key-message.js';
import { TOKEN_MAP } from 'baileys/lib/WABinary/constants.js';
import { requireLibsignal } from './libsignal-module.ts';
import { quietLibsignal } from './quiet-libsignal.ts';
import { leaveOtherSessionsAlone } from './undisturbed-sessions.ts';
import { isSignedBy } from './verify-signature.ts';

const senderKeySignatureBytes = 64;

type CurveModule = { verifySignature(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean };

/**
 * Puts real checks where the libraries have none, for the whole process. Baileys drops the answer of its verifier, so any
 * server certificate and any pairing would do; libsignal skips the check of the pre-key that a session is built on. Group
 * messages are checked by libsignal, in JavaScript that takes a hundred times as long.
 */
export function hardenLibraries(): void {
  quietLibsignal();
  leaveOtherSessionsAlone();
  // Words like `constructor` are taken for tokens and written as nothing: a contact can choose such a name.
  Object.setPrototypeOf(TOKEN_MAP, null);
  Curve.verify = requireSigned;
  curveModule().verifySignature = requireSigned;
  SenderKeyMessage.prototype.verifySignature = function (this: SenderKeyMessage, signatureKey: Uint8Array): void {
    const bytes = this.serialize();
    const split = bytes.byteLength - senderKeySignatureBytes;
    requireSigned(signatureKey, bytes.subarray(0, split), bytes.subarray(split));
  };
}

function requireSigned(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (!isSignedBy(publicKey, message, signature))
    throw new Error('Invalid signature: it is not by the key that it should be by.');
  return true;
}

/** libsignal's session builder looks `verifySignature` up on this module at each call, so it can be replaced here. */
function curveModule(): CurveModule {
  return requireLibsignal('curve.js');
}
