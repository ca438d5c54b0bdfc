/** The log, the rooms it describes, accounts and their devices, and what a person keeps beside the rooms. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  /* The one order of everything that can be synced. Its row is locked from the update to the end of the commit, so
   * positions appear in their order and a rollback leaves no gap. The low fill factor keeps the updates in the page. */
  yield* sql`CREATE TABLE stream_position (
    id int PRIMARY KEY CHECK (id = 1),
    pos bigint NOT NULL
  ) WITH (fillfactor = 10)`
  yield* sql`INSERT INTO stream_position VALUES (1, 0)`

  yield* sql`CREATE TABLE rooms (
    room_id text PRIMARY KEY,
    version text NOT NULL,
    created_ts bigint NOT NULL
  )`

  /* room_seq counts a room's events in the order of its actor. Its unique index is the fence: a second writer's commit fails.
   * prev_events and auth_events are the edges of the graph; extremities is null where the event itself is the only one. */
  yield* sql`CREATE TABLE events (
    event_id text NOT NULL,
    pos bigint PRIMARY KEY,
    room_id text NOT NULL,
    room_seq bigint NOT NULL,
    type text NOT NULL,
    state_key text,
    sender text NOT NULL,
    depth bigint NOT NULL,
    origin_server_ts bigint NOT NULL,
    state_group bigint NOT NULL,
    prev_events text[] NOT NULL,
    auth_events text[] NOT NULL,
    extremities text[],
    txn text,
    redacts text,
    redacted_by text,
    json text NOT NULL,
    CONSTRAINT events_event_id UNIQUE (event_id),
    CONSTRAINT events_fence UNIQUE (room_id, room_seq)
  )`
  yield* sql`CREATE UNIQUE INDEX events_txn ON events (room_id, sender, txn) WHERE txn IS NOT NULL`
  yield* sql`CREATE INDEX events_state ON events (room_id, type, state_key, pos) WHERE state_key IS NOT NULL`

  /* A state group is named by the room_seq of the event that made it, and holds what changed since base_group;
   * without a base it holds everything. */
  yield* sql`CREATE TABLE state_groups (
    room_id text NOT NULL,
    state_group bigint NOT NULL,
    base_group bigint,
    PRIMARY KEY (room_id, state_group)
  )`
  yield* sql`CREATE TABLE state_group_entries (
    room_id text NOT NULL,
    state_group bigint NOT NULL,
    type text NOT NULL,
    state_key text NOT NULL,
    event_id text NOT NULL,
    PRIMARY KEY (room_id, state_group, type, state_key)
  )`
  yield* sql`CREATE TABLE current_state (
    room_id text NOT NULL,
    type text NOT NULL,
    state_key text NOT NULL,
    event_id text NOT NULL,
    pos bigint NOT NULL,
    PRIMARY KEY (room_id, type, state_key)
  )`
  yield* sql`CREATE TABLE memberships (
    user_id text NOT NULL,
    room_id text NOT NULL,
    membership text NOT NULL,
    event_id text NOT NULL,
    sender text NOT NULL,
    pos bigint NOT NULL,
    forgotten boolean NOT NULL DEFAULT false,
    PRIMARY KEY (user_id, room_id)
  )`
  yield* sql`CREATE INDEX memberships_room ON memberships (room_id, membership)`
  yield* sql`CREATE TABLE room_aliases (
    alias text PRIMARY KEY,
    room_id text NOT NULL,
    creator text NOT NULL
  )`
  yield* sql`CREATE INDEX room_aliases_room ON room_aliases (room_id)`
  yield* sql`CREATE TABLE published_rooms (room_id text PRIMARY KEY)`

  yield* sql`CREATE TABLE receipts (
    room_id text NOT NULL,
    user_id text NOT NULL,
    receipt_type text NOT NULL,
    thread_id text NOT NULL,
    event_id text NOT NULL,
    event_pos bigint NOT NULL,
    ts bigint NOT NULL,
    pos bigint NOT NULL,
    PRIMARY KEY (room_id, user_id, receipt_type, thread_id)
  )`
  yield* sql`CREATE UNIQUE INDEX receipts_pos ON receipts (pos)`
  yield* sql`CREATE INDEX receipts_user ON receipts (user_id)`
  /* room_id is empty where the data belongs to the account as a whole. */
  yield* sql`CREATE TABLE account_data (
    user_id text NOT NULL,
    room_id text NOT NULL,
    type text NOT NULL,
    content text NOT NULL,
    pos bigint NOT NULL,
    PRIMARY KEY (user_id, room_id, type)
  )`
  yield* sql`CREATE UNIQUE INDEX account_data_pos ON account_data (pos)`

  yield* sql`CREATE TABLE server_keys (
    key_id text PRIMARY KEY,
    seed bytea NOT NULL,
    created_ts bigint NOT NULL,
    expired_ts bigint
  )`

  yield* sql`CREATE TABLE users (
    user_id text PRIMARY KEY,
    password_hash text,
    displayname text,
    avatar_url text,
    is_admin boolean NOT NULL DEFAULT false,
    is_guest boolean NOT NULL DEFAULT false,
    deactivated boolean NOT NULL DEFAULT false,
    created_ts bigint NOT NULL
  )`
  yield* sql`CREATE TABLE devices (
    user_id text NOT NULL,
    device_id text NOT NULL,
    display_name text,
    last_seen_ts bigint,
    last_seen_ip text,
    PRIMARY KEY (user_id, device_id)
  )`
  /* Tokens are kept as their SHA-256 alone. A refreshed access token dies when its successor is first used. */
  yield* sql`CREATE TABLE access_tokens (
    token_hash bytea PRIMARY KEY,
    user_id text NOT NULL,
    device_id text NOT NULL,
    expires_ts bigint
  )`
  yield* sql`CREATE INDEX access_tokens_device ON access_tokens (user_id, device_id)`
  yield* sql`CREATE TABLE refresh_tokens (
    token_hash bytea PRIMARY KEY,
    user_id text NOT NULL,
    device_id text NOT NULL,
    access_token_hash bytea NOT NULL,
    successor_hash bytea
  )`
  yield* sql`CREATE INDEX refresh_tokens_device ON refresh_tokens (user_id, device_id)`
  yield* sql`CREATE TABLE registration_tokens (
    token text PRIMARY KEY,
    uses_allowed int,
    uses_done int NOT NULL DEFAULT 0,
    expires_ts bigint
  )`
  yield* sql`CREATE TABLE filters (
    user_id text NOT NULL,
    filter_id int NOT NULL,
    json text NOT NULL,
    PRIMARY KEY (user_id, filter_id)
  )`
  /* Without a hash an id is promised and not filled yet, until it expires. */
  yield* sql`CREATE TABLE media (
    media_id text PRIMARY KEY,
    user_id text NOT NULL,
    content_type text,
    upload_name text,
    size_bytes bigint,
    sha256 text,
    created_ts bigint NOT NULL,
    expires_ts bigint
  )`
  yield* sql`CREATE INDEX media_pending ON media (user_id) WHERE sha256 IS NULL`

  /* What is found by words. Filled from the log by a consumer with a cursor of its own. */
  yield* sql`CREATE TABLE event_search (
    event_id text PRIMARY KEY,
    room_id text NOT NULL,
    pos bigint NOT NULL,
    words tsvector NOT NULL
  )`
  yield* sql`CREATE INDEX event_search_words ON event_search USING gin (words)`
  yield* sql`CREATE TABLE cursors (
    consumer text PRIMARY KEY,
    pos bigint NOT NULL
  )`
})
