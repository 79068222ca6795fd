interface ErrorEntry {
  readonly status: number;
  /** True when the same request may succeed later, unchanged. */
  readonly retry: boolean;
  readonly message: string;
}

/**
 * Every code that an answer can carry. Codes are API: they are added, never renamed and never given another meaning.
 * The message says what to do; what differs from case to case goes into `details`.
 */
export const errorTable = {
  auth_missing: entry(401, 'No API key was sent. Send it as "Authorization: Bearer <key>" or as "X-API-Key: <key>".'),
  auth_invalid: entry(
    401,
    'This API key is not known or was revoked. Check that it was copied whole, or create a new one.',
  ),
  auth_expired: entry(401, 'This API key has expired. Create a new one.'),
  key_scope: entry(
    403,
    'This API key does not reach that far: it is bound to one instance or lacks the role for this route.',
  ),

  not_found: entry(404, 'There is nothing at this address. Compare the path and the method with /docs.'),
  instance_not_found: entry(
    404,
    'There is no instance with this id. GET /v1/instances lists those that this key sees.',
  ),
  chat_not_found: entry(404, 'There is no chat with this id.'),
  label_not_found: entry(404, 'There is no label with this id on this instance.'),
  call_not_found: entry(404, 'There is no call with this id on this instance.'),
  message_not_found: entry(404, 'There is no message with this id on this instance.'),
  contact_not_found: entry(404, 'There is no contact with this id.'),
  group_not_found: entry(
    404,
    'There is no group with this id on this instance. GET …/groups lists them; POST …/groups/sync asks WhatsApp.',
  ),
  community_not_found: entry(
    404,
    'There is no community with this id on this instance. GET …/groups lists communities too, by their kind.',
  ),
  group_invite_not_found: entry(
    404,
    'This invite link leads to no group. It may have been renewed: ask for the new one.',
  ),
  newsletter_not_found: entry(
    404,
    'There is no newsletter with this id on this instance, or WhatsApp does not have it any more. GET …/newsletters lists those on record.',
  ),
  newsletter_invite_not_found: entry(
    404,
    'This invite link leads to no newsletter. Copy it again from the newsletter.',
  ),
  endpoint_not_found: entry(
    404,
    'There is no endpoint with this id. GET /v1/endpoints lists those that this key sees.',
  ),
  delivery_not_found: entry(404, 'There is no delivery with this id.'),
  replay_not_found: entry(404, 'There is no replay with this id.'),
  event_not_found: entry(404, 'There is no event with this id.'),
  last_event_unknown: entry(
    404,
    'There is no event with this id to go on behind. Leave out Last-Event-ID, and GET /v1/events for what was missed.',
  ),
  api_key_not_found: entry(404, 'There is no API key with this id.'),
  media_not_found: entry(404, 'There is no media with this id. GET /v1/media lists what this key sees.'),
  customer_not_found: entry(404, 'There is no customer with this id.'),

  invalid_json: entry(400, 'The body is not valid JSON. The details say where it breaks off.'),
  invalid_request: entry(422, 'The request does not fit the schema. The details name each field and what is allowed.'),
  body_too_large: entry(
    413,
    'The body is larger than this server takes. Send less, or ask the operator to raise BODY_LIMIT_BYTES.',
  ),
  unsupported_media_type: entry(415, 'The body must be JSON: send "Content-Type: application/json".'),

  recipient_invalid: entry(
    422,
    'The recipient is not a phone number with country code. Write it as in +49 170 1234567.',
  ),
  recipient_not_on_whatsapp: entry(
    422,
    'This number is not on WhatsApp. Check it with the person; the message was not accepted.',
  ),
  text_too_long: entry(422, 'The text is longer than WhatsApp takes. The details give the limit; split the text.'),
  not_in_this_chat: entry(
    422,
    'This kind of chat does not take such a message. The details name the chat, and the type or the option.',
  ),
  message_in_other_chat: entry(422, 'The message that this one is about is in another chat. Send it to that chat.'),
  message_unsuitable: entry(422, 'The message that this one is about does not allow it. The details say why.'),
  audience_empty: entry(
    422,
    'The story would be seen by nobody: no contact with a number has a chat with this instance. Name an audience.',
  ),
  poll_options_invalid: entry(
    422,
    'The poll does not have these options, or not as many may be chosen. The details name what it has.',
  ),
  event_unknown: entry(
    422,
    'There is no event of this name. The details list the names; "message.*" takes a whole family.',
  ),
  endpoint_url_forbidden: entry(
    422,
    'Webhooks are not sent to this address. Use a public https URL, or have the operator add it to EGRESS_ALLOW.',
  ),
  proxy_forbidden: entry(
    422,
    'This proxy cannot be used. Take one with a public address, or have the operator add it to EGRESS_ALLOW.',
  ),
  limit_reached: entry(
    422,
    'The limit for this resource is reached. Delete what is not needed, or ask the operator to raise it.',
  ),

  media_too_large: entry(413, 'The file is larger than allowed. The details give the limit in bytes.'),
  media_type_mismatch: entry(
    422,
    'The file is not what it is said to be, or not of a type that this message takes. The details name both types.',
  ),
  conversion_unavailable: entry(
    422,
    'This server cannot turn that sound into a voice message. Send OGG with Opus, or have the operator install ffmpeg.',
  ),
  media_url_forbidden: entry(
    422,
    'Files are not fetched from this address. Use a public https URL, or have the operator add it to EGRESS_ALLOW.',
  ),
  media_url_failed: entry(
    422,
    'The file could not be fetched from this URL. The details say why; correct the URL, or upload the file instead.',
  ),
  media_not_available: entry(
    409,
    'The content of this media is not here: it is still being fetched, could not be, or is past its time. The details name its state.',
  ),
  media_in_use: entry(409, 'A message that has not been sent yet needs this media. Cancel the message first.'),
  group_admin_required: entry(
    403,
    'Only admins of the group may do this, and WhatsApp says that this number is none. Have an admin promote it.',
  ),
  not_in_group: entry(409, 'This number is not in the group. Join it, or have somebody add the number.'),
  still_in_group: entry(409, 'This number is still in the group. Leave it first.'),
  already_in_group: entry(409, 'This number is in the group already.'),
  newsletter_admin_required: entry(
    403,
    'Only who owns the newsletter may do this, or an admin of it, and WhatsApp says that this number is not.',
  ),
  newsletter_not_followed: entry(409, 'This number does not follow the newsletter. Follow it first.'),
  newsletter_is_own: entry(
    409,
    'This number owns the newsletter, and nobody stops following what is theirs. Delete it.',
  ),
  group_in_community: entry(409, 'The group is in a community already, or the community has as many groups as it may.'),
  group_not_in_community: entry(409, 'The group is not in this community.'),
  no_valid_participant: entry(
    422,
    'None of these people is on WhatsApp. The details say what became of each; nothing was asked of WhatsApp.',
  ),

  idempotency_conflict: entry(409, 'This Idempotency-Key was used with another body. Use a new key for a new request.'),
  idempotency_key_invalid: entry(422, 'The Idempotency-Key must have 1 to 255 printable ASCII characters.'),

  not_connected: entry(
    409,
    'The instance is not connected, and this needs a connection. Connect it; messages wait for one unless require_connected is set.',
  ),
  no_qr: later(
    409,
    'There is no QR code at the moment. The details give the state and what to do; with Retry-After, one may come soon.',
  ),
  already_linked: entry(409, 'The instance is linked already. Unlink it first to link another phone.'),
  pairing_cooldown: later(409, 'Too many QR codes went by without a scan. Wait for Retry-After, then connect again.'),
  invalid_lifecycle_transition: entry(
    409,
    'The instance cannot do this in its present state. The details name the state and what it allows.',
  ),
  worker_at_capacity: later(
    503,
    'No worker has room for another session. Try later, or have the operator raise MAX_SESSIONS_PER_WORKER.',
  ),

  call_not_ringing: entry(409, 'The call does not ring any more. The details name its state.'),
  message_not_cancellable: entry(
    409,
    'The message is past the point where it can be cancelled. Its status is in the details.',
  ),
  message_not_scheduled: entry(
    409,
    'The message does not wait for its time any more, so it cannot be changed. Its status is in the details.',
  ),
  message_not_sent: entry(409, 'The message that this one is about has not been sent. Its status is in the details.'),
  message_deleted: entry(409, 'The message that this one is about was taken back for everyone.'),
  edit_too_late: entry(409, 'WhatsApp takes changes for 15 minutes after a message was sent. Send a new message.'),
  delete_too_late: entry(409, 'WhatsApp takes a message back for 60 hours after it was sent.'),
  endpoint_disabled: entry(409, 'The endpoint is disabled and gets nothing. Enable it first.'),
  delivery_not_replayable: entry(
    409,
    'The delivery is still being tried, or its endpoint is gone. Replay it once it has ended.',
  ),

  not_supported: entry(501, 'The network of this instance cannot do this. The details name the capability it lacks.'),
  refused_by_whatsapp: entry(422, 'WhatsApp refused this. The details say why, as far as WhatsApp said it.'),
  whatsapp_rate_limited: later(429, 'WhatsApp wants this asked less often. Wait a few minutes before the next try.'),
  whatsapp_timeout: later(
    504,
    'WhatsApp gave no answer. It may have been done all the same: look before you try again.',
  ),

  stream_limit: later(
    429,
    'As many streams of events are open as may be. Close one that is not needed, or ask the operator to raise the limit.',
  ),
  rate_limited: later(
    429,
    'Too many requests. Wait for Retry-After; GET /v1/limits shows the bucket and costs nothing.',
  ),
  lane_full: later(
    429,
    'Too many messages wait on this instance. Wait until it has sent some, or cancel those that are not needed.',
  ),
  storage_unavailable: later(
    503,
    'The server is short of disk space and accepts nothing new. What was accepted is safe; try later.',
  ),
  shutting_down: later(503, 'The server is shutting down. Try again in a moment; what was accepted is safe.'),

  internal: later(500, 'Something broke on our side and was logged. Try again; when it stays, report the request_id.'),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorTable;

/** An expected refusal that leaves through the edge as `{error: {code, message, details}}`; `details` are shown to the caller. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, details?: Readonly<Record<string, unknown>>, options?: { cause?: unknown }) {
    super(errorTable[code].message, options);
    this.code = code;
    this.details = details;
  }
}

function entry(status: number, message: string): ErrorEntry {
  return { status, retry: false, message };
}

function later(status: number, message: string): ErrorEntry {
  return { status, retry: true, message };
}
