const failures: readonly (readonly [RegExp, string])[] = [
  [/No session record|No sessions available/, 'no_session'],
  [/Key used already/, 'message_key_used'],
  [/Invalid PreKey ID|Missing SignedPreKey/, 'unknown_prekey'],
  [/No matching sessions/, 'no_matching_session'],
  [/No session found to decrypt|No SenderKeyRecord|No sender message key/, 'no_sender_key'],
  [/old counter/, 'message_key_used'],
  [/Invalid signature/, 'invalid_signature'],
  [/Bad MAC|InvalidMessageException/, 'bad_mac'],
];

/** Why a ciphertext could not be read, as one of a few codes: the libraries' own words may carry addresses. */
export function decryptFailureOf(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  return failures.find(([pattern]) => pattern.test(message))?.[1] ?? 'unreadable';
}
