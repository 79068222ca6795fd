/** The closed set of connection states. `disconnected` and `failed` need a human; `reconnecting` heals by itself. */
export type InstanceState =
  | 'pending'
  | 'qr_required'
  | 'connecting'
  | 'connected'
  | 'reconnecting'
  | 'disconnected'
  | 'restricted'
  | 'failed';

/** Machine reasons, each with what it means and what to do. Reasons are API: never renamed. */
export const stateReasons = {
  created: ['The instance was created and has not been connected yet.', 'POST …/connect, then scan the QR code.'],
  waiting_for_scan: [
    'A QR code is shown and waits for a scan.',
    'GET …/qr and scan it with WhatsApp > Linked devices.',
  ],
  starting: ['A connection is being opened.', 'Nothing; this takes seconds.'],
  linked: ['The phone scanned the code; the connection is being opened again, as WhatsApp demands.', 'Nothing.'],
  restart_required: ['WhatsApp asked to reconnect.', 'Nothing; this takes seconds.'],
  network: ['The line to WhatsApp dropped or could not be opened.', 'Nothing; it is tried again with growing pauses.'],
  unavailable: ['WhatsApp is there and says "later".', 'Nothing; it is tried again with growing pauses.'],
  send_stalled: [
    'A send got no answer, so the connection was restarted.',
    'Nothing; the message is sent again under its id.',
  ],
  storage_failed: [
    'What WhatsApp sent could not be kept, so nothing more was taken.',
    'Free disk space; it reconnects by itself.',
  ],
  lease_lost: ['This process lost its claim on the instance.', 'Nothing; whoever holds it goes on.'],
  replaced: [
    'The same credentials are in use somewhere else, and WhatsApp keeps only the newest connection.',
    'Stop the other program that uses this link; it is tried again, slowly.',
  ],
  login_refused: [
    'WhatsApp refused the login without saying that the device was removed.',
    'Wait; it is tried again, slowly.',
  ],
  stopped_by_user: [
    'It was disconnected on request.',
    'POST …/connect to connect it again; one that is linked needs no new QR code.',
  ],
  unlinked_by_request: ['It was unlinked on request.', 'POST …/connect and scan a new QR code.'],
  session_invalidated: [
    'WhatsApp removed this device: it was unlinked on the phone, or the number moved to another phone.',
    'POST …/connect and scan a new QR code.',
  ],
  qr_expired: ['No QR code was scanned in time.', 'POST …/connect for new codes.'],
  pairing_failed: ['The scan could not be completed.', 'POST …/connect and scan again.'],
  pairing_cooldown: [
    'Too many QR rounds without a scan; more would get the number limited.',
    'Wait until the time in the details, then POST …/connect.',
  ],
  forbidden: [
    'WhatsApp refuses this number (403): it is banned or blocked.',
    'Open WhatsApp on the phone and read what it says there.',
  ],
  outdated_client: [
    'WhatsApp no longer takes this client version (405).',
    'Set WHATSAPP_WEB_VERSION to a current one, or upgrade, then POST …/connect.',
  ],
  account_restricted: [
    'WhatsApp restricts this number from starting chats (463).',
    'Wait until it is lifted; the message that met it has failed, those behind it are held.',
  ],
  new_chat_limit: [
    'This number has reached its limit of new chats (475).',
    'Wait until it is lifted; the message that met it has failed, those behind it are held.',
  ],
  foreign_root: [
    'It was linked under another WhatsApp server and never connects to this one.',
    'Start with the server it was linked under, or unlink it and link it anew.',
  ],
} as const satisfies Record<string, readonly [meaning: string, whatToDo: string]>;

export type StateReason = keyof typeof stateReasons;

/** What a state's reason means and what to do about it, as two sentences. */
export function explainReason(reason: string | null): { meaning: string; whatToDo: string } | undefined {
  if (reason === null || !(reason in stateReasons)) return undefined;
  const [meaning, whatToDo] = stateReasons[asReason(reason)];
  return { meaning, whatToDo };
}

/** The column holds only what this table has, and `in` was just asked. */
function asReason(reason: string): StateReason {
  return reason as StateReason;
}
