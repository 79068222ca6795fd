import { type AuthenticationCreds, BufferJSON, initAuthCreds } from 'baileys';
import type { Self } from '../network/index.ts';
import { identityOf } from './jids.ts';

/**
 * The stored credentials, or fresh ones for a number that is not linked. Half of a pairing is never stored; should bytes
 * without an account turn up all the same, they are not logged in with.
 */
export function readCredentials(bytes: Uint8Array | undefined): AuthenticationCreds {
  if (bytes === undefined) return initAuthCreds();
  const creds = credentialsOf(JSON.parse(Buffer.from(bytes).toString('utf8'), BufferJSON.reviver));
  return isLinked(creds) ? creds : initAuthCreds();
}

export function writeCredentials(creds: AuthenticationCreds): Uint8Array {
  return Buffer.from(JSON.stringify(creds, BufferJSON.replacer));
}

/** Paired to the end: WhatsApp told us who we are and our phone signed for it. */
export function isLinked(creds: AuthenticationCreds): boolean {
  return creds.me !== undefined && creds.account !== undefined;
}

/** Who we are, once linked. */
export function selfOf(creds: AuthenticationCreds): Self | undefined {
  const identity = identityOf([creds.me?.id, creds.me?.lid], creds.me?.name);
  return identity.phone === undefined ? undefined : { ...identity, phone: identity.phone };
}

/** The bytes were written by `writeCredentials`, encrypted and authenticated by the store. */
function credentialsOf(value: unknown): AuthenticationCreds {
  return value as AuthenticationCreds;
}
