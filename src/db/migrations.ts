/**
 * Numbered, forward-only, safe beside the last release. `{bytes}` and `{sequence}` are the two words on which the
 * databases differ. Unique keys are our memory, checks our types.
 */
export const migrations: readonly { version: number; name: string; statements: readonly string[] }[] = [
  {
    version: 1,
    name: 'the spine',
    statements: [
      `create table settings (key text primary key, value text not null)`,

      `create table lanes (
        key text primary key, family text not null check (family in ('send', 'receive', 'deliver', 'media')),
        customer_id text not null, scope_id text not null, shard integer not null, ready_at bigint not null,
        owner text, epoch integer not null default 0, parked_by text)`,
      `create index lanes_ready on lanes (owner, family, ready_at) where parked_by is null`,
      `create index lanes_owner on lanes (owner)`,
      `create index lanes_parked on lanes (parked_by) where parked_by is not null`,
      `create index lanes_scope on lanes (scope_id)`,
      `create table jobs (
        id {sequence}, lane text not null references lanes (key), order_key text not null, kind text not null,
        ref text not null, not_before bigint not null, attempts integer not null default 0,
        blocked integer not null, taken_by text, taken_epoch integer)`,
      `create index jobs_head on jobs (lane, not_before, id) where blocked = 0 and taken_by is null`,
      `create index jobs_order on jobs (lane, order_key, id)`,
      `create index jobs_place on jobs (lane, id)`,
      `create index jobs_ref on jobs (ref)`,
      `create index jobs_taken on jobs (lane) where taken_by is not null`,
      `create table pauses (
        id text primary key, family text not null, scope text not null check (scope in ('all', 'customer', 'instance', 'endpoint')),
        scope_id text not null, mode text not null check (mode in ('hold', 'reject')), reason text not null,
        notice_id text, until bigint, created_at bigint not null)`,
      `create index pauses_scope on pauses (scope, scope_id)`,
      `create index pauses_until on pauses (until) where until is not null`,
      `create table workers (
        id text primary key, lease_until bigint not null, build text not null, config_fingerprint text not null,
        schema_min integer not null, schema_max integer not null, capacity integer not null,
        control_version integer not null, started_at bigint not null)`,

      `create table customers (
        id text primary key, name text not null, rate_limit_burst integer, rate_limit_per_second real,
        created_at bigint not null)`,
      `create table api_keys (
        id text primary key, customer_id text not null references customers (id), instance_id text, name text not null,
        prefix text not null, hash text not null unique, created_at bigint not null, expires_at bigint,
        revoked_at bigint, last_used_at bigint)`,
      `create index api_keys_customer on api_keys (customer_id, id)`,
      `create table audit_events (
        id text primary key, customer_id text, instance_id text, actor text not null, action text not null,
        target text not null, correlation_id text, detail text not null, at bigint not null)`,
      `create index audit_events_customer on audit_events (customer_id, id)`,
      `create index audit_events_instance on audit_events (instance_id, id)`,
      `create table idempotency_keys (
        customer_id text not null, key text not null, request_hash text not null, status_code integer not null,
        response text not null, created_at bigint not null, primary key (customer_id, key))`,
      `create index idempotency_keys_age on idempotency_keys (created_at)`,

      `create table instances (
        id text primary key, customer_id text not null references customers (id), network text not null,
        name text not null, metadata text not null, settings text not null, sealed_proxy {bytes},
        state text not null check (state in ('pending', 'qr_required', 'connecting', 'connected', 'reconnecting', 'disconnected', 'restricted', 'failed')),
        state_reason text, state_detail text, state_since bigint not null, wanted integer not null, wanted_since bigint,
        phone text, lid text, profile_name text, linked_root text, linked_at bigint, last_connected_at bigint,
        pairing_rounds integer not null default 0, pairing_blocked_until bigint,
        restricted_code text, restricted_until bigint, groups_of text,
        created_at bigint not null, updated_at bigint not null, deleted_at bigint)`,
      `create index instances_customer on instances (customer_id, id)`,
      `create index instances_wanted on instances (wanted, id) where deleted_at is null`,
      `create table credentials (
        instance_id text primary key, sealed {bytes} not null, updated_at bigint not null, wiped_at bigint)`,
      `create table signal_keys (
        instance_id text not null, kind text not null, key_id text not null, sealed {bytes} not null,
        primary key (instance_id, kind, key_id))`,

      `create table inbound (
        id text primary key, instance_id text not null, dedupe_key text not null,
        kind text not null check (kind in ('message', 'receipt', 'notification', 'call', 'fact')), sealed {bytes} not null,
        failure text, complete integer not null, received_at bigint not null, recorded_at bigint, set_aside text,
        unique (instance_id, dedupe_key))`,
      `create index inbound_age on inbound (received_at)`,
      `create table inbound_plaintexts (
        instance_id text not null, ciphertext_hash text not null, inbound_id text not null, position integer not null,
        sealed {bytes} not null, received_at bigint not null, primary key (instance_id, ciphertext_hash))`,
      `create index inbound_plaintexts_inbound on inbound_plaintexts (inbound_id, position)`,
      `create index inbound_plaintexts_age on inbound_plaintexts (received_at)`,

      `create table contacts (
        id text primary key, customer_id text not null, name text, saved_name text, merged_into text, created_at bigint not null,
        updated_at bigint not null)`,
      `create index contacts_customer on contacts (customer_id, id)`,
      `create index contacts_merged on contacts (merged_into) where merged_into is not null`,
      `create table contact_identities (
        customer_id text not null, kind text not null check (kind in ('phone', 'lid', 'bsuid', 'username')),
        value text not null, contact_id text not null, source text not null, learned_at bigint not null,
        primary key (customer_id, kind, value))`,
      `create index contact_identities_contact on contact_identities (contact_id)`,
      `create table chats (
        id text primary key, customer_id text not null, instance_id text not null,
        kind text not null check (kind in ('person', 'group', 'newsletter', 'story')), contact_id text, address text,
        opened_at bigint, name text, archived integer not null default 0, pinned_at bigint, muted_until bigint,
        marked_unread integer not null default 0, unread_count integer not null default 0, ephemeral_seconds integer,
        last_message_id text, last_message_at bigint, active_at bigint not null, deleted_at bigint,
        created_at bigint not null, unique (instance_id, contact_id),
        unique (instance_id, address), check ((kind = 'person') = (contact_id is not null)),
        check ((kind = 'person') = (address is null)))`,
      `create index chats_opened on chats (instance_id, opened_at) where opened_at > 0`,
      `create index chats_customer on chats (customer_id, instance_id, id)`,
      `create index chats_contact on chats (contact_id)`,
      `create index chats_active on chats (instance_id, active_at, id)`,
      `create index chats_unread on chats (instance_id, active_at) where unread_count > 0`,
      `create table groups (
        chat_id text primary key, customer_id text not null, instance_id text not null,
        kind text not null check (kind in ('group', 'community', 'announcements')), subject text, description text,
        picture_id text, announce integer not null, locked integer not null, join_approval integer not null,
        member_add_mode text not null check (member_add_mode in ('all', 'admins')), disappearing_seconds bigint not null,
        creator_id text, founded_at bigint, role text check (role in ('member', 'admin', 'superadmin')),
        community_id text, fingerprint text, created_at bigint not null, updated_at bigint not null)`,
      `create index groups_instance on groups (instance_id, chat_id)`,
      `create index groups_creator on groups (creator_id) where creator_id is not null`,
      `create table group_members (
        chat_id text not null, contact_id text not null,
        role text not null check (role in ('member', 'admin', 'superadmin')), primary key (chat_id, contact_id))`,
      `create index group_members_contact on group_members (contact_id)`,
      `create table newsletters (
        chat_id text primary key, customer_id text not null, instance_id text not null, name text, description text,
        invite_code text, role text check (role in ('owner', 'admin', 'subscriber', 'guest')), muted integer,
        created_at bigint not null, updated_at bigint not null)`,
      `create index newsletters_instance on newsletters (instance_id, chat_id)`,
      `create table calls (
        id text primary key, customer_id text not null, instance_id text not null, network_id text not null,
        address text not null, contact_id text not null, group_chat_id text, video integer not null,
        state text not null check (state in ('ringing', 'accepted', 'rejected', 'missed')),
        offered_at bigint not null, ended_at bigint, unique (instance_id, network_id))`,
      `create index calls_instance on calls (instance_id, id)`,
      `create index calls_ringing on calls (instance_id, offered_at) where state = 'ringing'`,
      `create table labels (
        id text primary key, customer_id text not null, instance_id text not null, network_id text not null,
        name text not null, color integer not null, predefined_id integer, deleted_at bigint,
        created_at bigint not null, updated_at bigint not null, unique (instance_id, network_id))`,
      `create table label_chats (
        label_id text not null, chat_id text not null, primary key (label_id, chat_id))`,
      `create index label_chats_chat on label_chats (chat_id)`,
      `create table recipient_checks (
        network text not null, phone text not null, found integer not null, identity text not null, destination text,
        checked_at bigint not null, primary key (network, phone))`,

      `create table messages (
        id text primary key, customer_id text not null, instance_id text not null, chat_id text not null,
        chat_kind text not null check (chat_kind in ('person', 'group', 'newsletter', 'story')), contact_id text,
        direction text not null check (direction in ('in', 'out')), type text not null,
        content text not null,
        status text not null check (status in ('scheduled', 'queued', 'sending', 'sent', 'delivered', 'read', 'played', 'failed', 'uncertain', 'cancelled', 'expired', 'received')),
        network_id text not null, recipient text, client_ref text, correlation_id text,
        source text not null check (source in ('api', 'device', 'contact')), destination text, payload {bytes},
        attempts integer not null default 0, error_code text, error_message text, send_at bigint,
        expires_at bigint,
        created_at bigint not null, updated_at bigint not null, sent_at bigint, delivered_at bigint, read_at bigint,
        audience text, preview_url text, preview_image {bytes}, reply_to text, edited_at bigint, deleted_at bigint, media_id text, uploaded {bytes}, uploaded_at bigint)`,
      `create unique index messages_out on messages (instance_id, network_id) where direction = 'out'`,
      `create unique index messages_in on messages (instance_id, chat_id, network_id, contact_id) where direction = 'in'`,
      `create index messages_customer on messages (customer_id, id)`,
      `create index messages_instance on messages (instance_id, id)`,
      `create index messages_chat on messages (chat_id, id)`,
      `create index messages_unread on messages (chat_id, id) where direction = 'in' and read_at is null`,
      `create index messages_expiring on messages (expires_at) where status = 'queued' and expires_at is not null`,
      `create index messages_due on messages (send_at, id) where status = 'scheduled'`,
      `create index messages_scheduled on messages (instance_id) where status = 'scheduled'`,
      `create index messages_media on messages (media_id) where media_id is not null`,
      `create index messages_contact on messages (contact_id, id)`,
      `create index messages_client_ref on messages (instance_id, client_ref, id) where client_ref is not null`,
      `create table message_steps (
        id {sequence}, message_id text not null, step text not null, detail text not null, at bigint not null)`,
      `create index message_steps_message on message_steps (message_id, id)`,
      `create table message_receipts (
        message_id text not null, contact_id text not null, delivered_at bigint, read_at bigint, played_at bigint,
        primary key (message_id, contact_id))`,
      `create index message_receipts_contact on message_receipts (contact_id)`,
      `create table early_changes (
        id {sequence}, instance_id text not null, chat_id text not null, network_id text not null, said text not null,
        raw {bytes} not null, at bigint not null)`,
      `create index early_changes_message on early_changes (instance_id, chat_id, network_id, id)`,
      `create index early_changes_age on early_changes (instance_id, at)`,
      `create table reactions (
        message_id text not null, contact_id text, emoji text not null, at bigint not null)`,
      `create unique index reactions_contact on reactions (message_id, contact_id)`,
      `create unique index reactions_own on reactions (message_id) where contact_id is null`,
      `create index reactions_person on reactions (contact_id) where contact_id is not null`,
      `create table poll_votes (
        message_id text not null, contact_id text, options text not null, at bigint not null)`,
      `create unique index poll_votes_contact on poll_votes (message_id, contact_id)`,
      `create unique index poll_votes_own on poll_votes (message_id) where contact_id is null`,
      `create index poll_votes_person on poll_votes (contact_id) where contact_id is not null`,

      `create table media (
        id text primary key, customer_id text not null, instance_id text, message_id text,
        source text not null check (source in ('upload', 'url', 'inbound', 'conversion')),
        state text not null check (state in ('pending', 'not_fetched', 'ready', 'failed', 'expired', 'deleted')),
        mime_type text not null, filename text, facts text not null, sha256 text, bytes bigint, error_code text,
        links_epoch integer not null default 0, created_at bigint not null, ready_at bigint, expires_at bigint,
        check ((state = 'ready') = (sha256 is not null)))`,
      `create index media_customer on media (customer_id, id)`,
      `create index media_content on media (sha256) where sha256 is not null`,
      `create index media_expiring on media (expires_at) where state = 'ready'`,
      `create table media_usage (customer_id text primary key, bytes bigint not null)`,

      `create table events (
        id text primary key, customer_id text not null, instance_id text, message_id text, chat_id text,
        chat_type text check (chat_type in ('person', 'group', 'story', 'newsletter')), type text not null,
        data text not null, api_version text not null, correlation_id text, occurred_at bigint not null)`,
      `create index events_customer on events (customer_id, id)`,
      `create index events_message on events (message_id, id) where message_id is not null`,
      `create table endpoints (
        id text primary key, customer_id text not null references customers (id), url text not null, description text,
        event_types text not null, instance_ids text,
        chat_type_filter text not null check (chat_type_filter in ('all', 'direct_only', 'groups_only')), chat_ids text, headers text,
        ordering text not null check (ordering in ('none', 'instance', 'strict')), retry_schedule text,
        redrive integer not null,
        sealed_secret {bytes} not null, sealed_previous_secret {bytes}, previous_secret_until bigint,
        enabled integer not null, disabled_reason text, failing_since bigint,
        unanswered_since bigint, created_at bigint not null,
        updated_at bigint not null, deleted_at bigint)`,
      `create index endpoints_customer on endpoints (customer_id, id)`,
      `create index endpoints_enabled on endpoints (customer_id, enabled, id)`,
      `create table deliveries (
        id text primary key, customer_id text not null, endpoint_id text not null, event_id text not null,
        event_type text not null, instance_id text,
        status text not null check (status in ('pending', 'retrying', 'delivered', 'failed')),
        attempts integer not null, cycle_attempts integer not null default 0, redriven_at bigint,
        next_attempt_at bigint, last_error text, last_response_status integer,
        delivered_at bigint, created_at bigint not null, updated_at bigint not null,
        unique (endpoint_id, event_id))`,
      `create index deliveries_customer on deliveries (customer_id, id)`,
      `create index deliveries_status on deliveries (customer_id, status, id)`,
      `create index deliveries_endpoint on deliveries (endpoint_id, status, id)`,
      `create index deliveries_event on deliveries (event_id)`,
      `create table replays (
        id text primary key, customer_id text not null, bound_to text,
        source text not null check (source in ('deliveries', 'events')), endpoint_id text, filter text not null,
        status text not null check (status in ('running', 'done', 'cancelled')), created_at bigint not null,
        finished_at bigint)`,
      `create index replays_customer on replays (customer_id, id)`,
      `create index replays_running on replays (customer_id) where status = 'running'`,
      `create table replay_parts (
        replay_id text not null, endpoint_id text not null, position text, done integer not null default 0,
        replayed integer not null default 0, skipped integer not null default 0, primary key (replay_id, endpoint_id))`,
      `create index replay_parts_open on replay_parts (done, replay_id) where done = 0`,
      `create table attempts (
        id text primary key, delivery_id text not null, number integer not null, started_at bigint not null,
        duration_ms integer not null, connect_ms integer, response_status integer, response_body text, error text,
        unique (delivery_id, number))`,
    ],
  },
];

/** What this program reads and writes: a database beyond `schemaMax` belongs to a newer one. */
export const schemaMax = migrations.length;
export const schemaMin = 1;
