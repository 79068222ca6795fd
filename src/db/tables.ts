import type { Generated, Insertable, Selectable } from 'kysely';
import type { Id } from '../lib/index.ts';

/**
 * Column types of every table, the same for both databases. Times are milliseconds since the epoch, booleans are 0 or 1,
 * `json` columns hold JSON text, `sealed` columns hold ciphertext of the vault.
 */
export type Tables = {
  schema_migrations: { version: number; name: string; applied_at: number };
  settings: { key: string; value: string };

  lanes: {
    key: string;
    family: string;
    customer_id: Id<'cus'>;
    scope_id: string;
    shard: number;
    ready_at: number;
    owner: string | null;
    epoch: number;
    parked_by: string | null;
  };
  jobs: {
    id: Generated<number>;
    lane: string;
    order_key: string;
    kind: string;
    ref: string;
    not_before: number;
    attempts: Generated<number>;
    /** 1 while an earlier job of the same order key stands before it. */
    blocked: number;
    taken_by: string | null;
    taken_epoch: number | null;
  };
  pauses: {
    id: Id<'pau'>;
    family: string;
    scope: string;
    scope_id: string;
    mode: string;
    reason: string;
    notice_id: Id<'ntc'> | null;
    until: number | null;
    created_at: number;
  };
  workers: {
    id: Id<'wrk'>;
    lease_until: number;
    build: string;
    config_fingerprint: string;
    schema_min: number;
    schema_max: number;
    capacity: number;
    control_version: number;
    started_at: number;
  };

  customers: {
    id: Id<'cus'>;
    name: string;
    rate_limit_burst: number | null;
    rate_limit_per_second: number | null;
    created_at: number;
  };
  api_keys: {
    id: Id<'key'>;
    customer_id: Id<'cus'>;
    instance_id: Id<'ins'> | null;
    name: string;
    prefix: string;
    hash: string;
    created_at: number;
    expires_at: number | null;
    revoked_at: number | null;
    last_used_at: number | null;
  };
  audit_events: {
    id: Id<'aud'>;
    customer_id: Id<'cus'> | null;
    instance_id: Id<'ins'> | null;
    actor: string;
    action: string;
    target: string;
    correlation_id: string | null;
    detail: string;
    at: number;
  };
  idempotency_keys: {
    customer_id: Id<'cus'>;
    key: string;
    request_hash: string;
    status_code: number;
    response: string;
    created_at: number;
  };

  instances: {
    id: Id<'ins'>;
    customer_id: Id<'cus'>;
    network: string;
    name: string;
    metadata: string;
    settings: string;
    sealed_proxy: Uint8Array | null;
    state: string;
    state_reason: string | null;
    state_detail: string | null;
    state_since: number;
    /** 1 while the customer wants it connected: what restarts and reconnects go by. */
    wanted: number;
    /** When it was last asked for: tells one wish from the next, however quickly they follow each other. */
    wanted_since: number | null;
    phone: string | null;
    lid: string | null;
    profile_name: string | null;
    linked_root: string | null;
    linked_at: number | null;
    last_connected_at: number | null;
    pairing_rounds: number;
    pairing_blocked_until: number | null;
    restricted_code: string | null;
    restricted_until: number | null;
    /** The number whose groups are on record: with another one, or with none, all of them are news to nobody. */
    groups_of: string | null;
    created_at: number;
    updated_at: number;
    deleted_at: number | null;
  };
  credentials: {
    instance_id: Id<'ins'>;
    sealed: Uint8Array;
    updated_at: number;
    wiped_at: number | null;
  };
  signal_keys: { instance_id: Id<'ins'>; kind: string; key_id: string; sealed: Uint8Array };

  inbound: {
    id: string;
    instance_id: Id<'ins'>;
    dedupe_key: string;
    kind: string;
    sealed: Uint8Array;
    failure: string | null;
    complete: number;
    received_at: number;
    recorded_at: number | null;
    set_aside: string | null;
  };
  inbound_plaintexts: {
    instance_id: Id<'ins'>;
    ciphertext_hash: string;
    inbound_id: string;
    position: number;
    sealed: Uint8Array;
    received_at: number;
  };

  contacts: {
    id: Id<'con'>;
    customer_id: Id<'cus'>;
    /** What the person calls themselves. */
    name: string | null;
    /** What the address book of a phone of the customer's calls them. */
    saved_name: string | null;
    merged_into: Id<'con'> | null;
    created_at: number;
    updated_at: number;
  };
  contact_identities: {
    customer_id: Id<'cus'>;
    kind: string;
    value: string;
    contact_id: Id<'con'>;
    source: string;
    learned_at: number;
  };
  chats: {
    id: Id<'cht'>;
    customer_id: Id<'cus'>;
    instance_id: Id<'ins'>;
    kind: string;
    /** The person of a chat with a person; null for every other kind. */
    contact_id: Id<'con'> | null;
    /** The network's own word for a chat that is no single person's; null for a chat with a person. */
    address: string | null;
    /** When we wrote to somebody first who had not written to us; 0 when it was not we who began. */
    opened_at: number | null;
    name: string | null;
    archived: Generated<number>;
    pinned_at: number | null;
    muted_until: number | null;
    /** 1 when somebody marked it by hand to be read again. */
    marked_unread: Generated<number>;
    /** What came in and was read neither by us nor on another device of the number. */
    unread_count: Generated<number>;
    /** How long new messages stay; 0 for ever, null where it is not known. */
    ephemeral_seconds: number | null;
    last_message_id: Id<'msg'> | null;
    last_message_at: number | null;
    /** What lists go by: when something was last said, or when it was first heard of. */
    active_at: number;
    /** While it is deleted on the phone; the next message brings it back. */
    deleted_at: number | null;
    created_at: number;
  };
  groups: {
    chat_id: Id<'cht'>;
    customer_id: Id<'cus'>;
    instance_id: Id<'ins'>;
    kind: string;
    /** Null while no more is known than that the group is there. */
    subject: string | null;
    description: string | null;
    picture_id: string | null;
    announce: number;
    locked: number;
    join_approval: number;
    member_add_mode: string;
    disappearing_seconds: number;
    creator_id: Id<'con'> | null;
    /** When the group was made, on WhatsApp. */
    founded_at: number | null;
    /** Of the number itself; null when it is not in the group. */
    role: string | null;
    /** The chat of the community that it is in. */
    community_id: Id<'cht'> | null;
    /** Of the whole description that the row was last read from; null once something has changed since. */
    fingerprint: string | null;
    created_at: number;
    updated_at: number;
  };
  group_members: { chat_id: Id<'cht'>; contact_id: Id<'con'>; role: string };
  newsletters: {
    chat_id: Id<'cht'>;
    customer_id: Id<'cus'>;
    instance_id: Id<'ins'>;
    /** Null while no more is known than that something came from it. */
    name: string | null;
    description: string | null;
    invite_code: string | null;
    /** Of the number itself; null while that is not known. */
    role: string | null;
    muted: number | null;
    created_at: number;
    updated_at: number;
  };
  calls: {
    id: Id<'cll'>;
    customer_id: Id<'cus'>;
    instance_id: Id<'ins'>;
    network_id: string;
    /** The network's own word for who calls. */
    address: string;
    contact_id: Id<'con'>;
    group_chat_id: Id<'cht'> | null;
    video: number;
    state: string;
    offered_at: number;
    ended_at: number | null;
  };
  labels: {
    id: Id<'lbl'>;
    customer_id: Id<'cus'>;
    instance_id: Id<'ins'>;
    /** The network's own id for it, a small number. */
    network_id: string;
    name: string;
    color: number;
    /** WhatsApp's number for one of those that a business begins with; it goes with each change of the label. */
    predefined_id: number | null;
    /** While it is not on the phone: deleted there, or asked for and not made yet. */
    deleted_at: number | null;
    created_at: number;
    updated_at: number;
  };
  label_chats: { label_id: Id<'lbl'>; chat_id: Id<'cht'> };
  recipient_checks: {
    network: string;
    phone: string;
    found: number;
    identity: string;
    destination: string | null;
    checked_at: number;
  };

  messages: {
    id: Id<'msg'>;
    customer_id: Id<'cus'>;
    instance_id: Id<'ins'>;
    chat_id: Id<'cht'>;
    /** Of its chat, which never changes it. */
    chat_kind: string;
    /** Who wrote it, or the person that it is written to; null for what we write to a group, a newsletter or a story. */
    contact_id: Id<'con'> | null;
    direction: string;
    type: string;
    content: string;
    status: string;
    network_id: string;
    recipient: string | null;
    client_ref: string | null;
    /** Of the request that it was accepted from: every event about it carries it. */
    correlation_id: string | null;
    /** Who wrote it: `api`, `device` (the number's own phone or another device), or `contact`. */
    source: string;
    destination: string | null;
    /** What goes out, or what came in, in the network's own form. */
    payload: Uint8Array | null;
    attempts: number;
    error_code: string | null;
    error_message: string | null;
    /** When its turn comes, of a message that was put off. */
    send_at: number | null;
    expires_at: number | null;
    created_at: number;
    updated_at: number;
    sent_at: number | null;
    delivered_at: number | null;
    read_at: number | null;
    /** Whose preview is to be fetched before it leaves; null once that was tried. */
    preview_url: string | null;
    /** A small JPEG beside the link preview of its content. */
    preview_image: Uint8Array | null;
    /** Whom a story is for: a JSON list of identities. */
    audience: string | null;
    /** The message that it answers, when we have that one. */
    reply_to: Id<'msg'> | null;
    edited_at: number | null;
    /** When its author took it back for everyone. */
    deleted_at: number | null;
    /** The file that it brings, or that goes out with it. */
    media_id: Id<'med'> | null;
    /** What the upload of its file said, in the network's own form. */
    uploaded: Uint8Array | null;
    uploaded_at: number | null;
  };
  message_steps: {
    id: Generated<number>;
    message_id: Id<'msg'>;
    step: string;
    detail: string;
    at: number;
  };

  /** Whose receipts there are for what was written to many. */
  message_receipts: {
    message_id: Id<'msg'>;
    contact_id: Id<'con'>;
    delivered_at: number | null;
    read_at: number | null;
    played_at: number | null;
  };
  /** Changes of messages that are not on record; `said` is JSON. */
  early_changes: {
    id: Generated<number>;
    instance_id: Id<'ins'>;
    chat_id: Id<'cht'>;
    network_id: string;
    said: string;
    raw: Uint8Array;
    at: number;
  };
  /** One of each person on a message; `contact_id` is null for the number itself. */
  reactions: { message_id: Id<'msg'>; contact_id: Id<'con'> | null; emoji: string; at: number };
  /** The last vote of each person on a poll, `options` a JSON list of texts; `contact_id` is null for the number itself. */
  poll_votes: { message_id: Id<'msg'>; contact_id: Id<'con'> | null; options: string; at: number };

  media: {
    id: Id<'med'>;
    customer_id: Id<'cus'>;
    instance_id: Id<'ins'> | null;
    /** The message that brought it. */
    message_id: Id<'msg'> | null;
    source: string;
    state: string;
    mime_type: string;
    filename: string | null;
    /** What the file's headers tell, as JSON. */
    facts: string;
    /** Names the content in the blob store; there while the state is `ready`. */
    sha256: string | null;
    bytes: number | null;
    error_code: string | null;
    /** Signed links name it: raised, those that were given out are worth nothing. */
    links_epoch: Generated<number>;
    created_at: number;
    ready_at: number | null;
    expires_at: number | null;
  };
  /** What the content of a customer's media takes, each file counted as often as it is there. */
  media_usage: { customer_id: Id<'cus'>; bytes: number };

  events: {
    id: Id<'evt'>;
    customer_id: Id<'cus'>;
    instance_id: Id<'ins'> | null;
    message_id: Id<'msg'> | null;
    chat_id: Id<'cht'> | null;
    chat_type: string | null;
    type: string;
    data: string;
    api_version: string;
    correlation_id: string | null;
    occurred_at: number;
  };
  endpoints: {
    id: Id<'end'>;
    customer_id: Id<'cus'>;
    url: string;
    description: string | null;
    event_types: string;
    instance_ids: string | null;
    chat_type_filter: string;
    chat_ids: string | null;
    /** JSON: names in clear, values sealed and in base64. */
    headers: string | null;
    ordering: string;
    retry_schedule: string | null;
    /** 1 when what has failed is tried again once the endpoint answers. */
    redrive: number;
    sealed_secret: Uint8Array;
    sealed_previous_secret: Uint8Array | null;
    previous_secret_until: number | null;
    enabled: number;
    disabled_reason: string | null;
    /** When a delivery last failed for good; null once all that had failed has been redriven. */
    failing_since: number | null;
    /** When a delivery failed for good and none has got through since. */
    unanswered_since: number | null;
    created_at: number;
    updated_at: number;
    deleted_at: number | null;
  };
  deliveries: {
    id: Id<'dlv'>;
    customer_id: Id<'cus'>;
    endpoint_id: Id<'end'>;
    event_id: Id<'evt'>;
    event_type: string;
    instance_id: Id<'ins'> | null;
    status: string;
    /** Of all cycles; a replay starts a new cycle. */
    attempts: number;
    cycle_attempts: Generated<number>;
    redriven_at: number | null;
    next_attempt_at: number | null;
    last_error: string | null;
    last_response_status: number | null;
    delivered_at: number | null;
    created_at: number;
    updated_at: number;
  };
  replays: {
    id: Id<'rpl'>;
    customer_id: Id<'cus'>;
    /** The instance of the bound key that asked for it. */
    bound_to: Id<'ins'> | null;
    source: string;
    /** Null for all that its caller sees. */
    endpoint_id: Id<'end'> | null;
    filter: string;
    status: string;
    created_at: number;
    finished_at: number | null;
  };
  /** What a replay does for one endpoint. */
  replay_parts: {
    replay_id: Id<'rpl'>;
    endpoint_id: Id<'end'>;
    /** The delivery or event that was looked at last; null before the first. */
    position: string | null;
    done: Generated<number>;
    replayed: Generated<number>;
    skipped: Generated<number>;
  };
  attempts: {
    id: Id<'att'>;
    delivery_id: Id<'dlv'>;
    number: number;
    started_at: number;
    duration_ms: number;
    /** Of it, for the name, TCP and TLS; null when a connection was open already. */
    connect_ms: number | null;
    response_status: number | null;
    response_body: string | null;
    error: string | null;
  };
};

/** A row as it is read. */
export type Row<T extends keyof Tables> = Selectable<Tables[T]>;
/** A row as it is written. */
export type NewRow<T extends keyof Tables> = Insertable<Tables[T]>;
