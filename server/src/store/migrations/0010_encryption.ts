/** What end-to-end encryption keeps on a server: keys, signatures, messages from device to device, backups. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE device_keys (
    user_id text NOT NULL,
    device_id text NOT NULL,
    json text NOT NULL,
    PRIMARY KEY (user_id, device_id)
  )`
  /* ord is the order of uploading, in which keys are claimed. */
  yield* sql`CREATE TABLE one_time_keys (
    user_id text NOT NULL,
    device_id text NOT NULL,
    algorithm text NOT NULL,
    key_id text NOT NULL,
    ord bigint GENERATED ALWAYS AS IDENTITY,
    json text NOT NULL,
    PRIMARY KEY (user_id, device_id, algorithm, key_id)
  )`
  yield* sql`CREATE INDEX one_time_keys_ord ON one_time_keys (user_id, device_id, algorithm, ord)`
  yield* sql`CREATE TABLE fallback_keys (
    user_id text NOT NULL,
    device_id text NOT NULL,
    algorithm text NOT NULL,
    key_id text NOT NULL,
    json text NOT NULL,
    used boolean NOT NULL DEFAULT false,
    PRIMARY KEY (user_id, device_id, algorithm)
  )`
  /* Where the number of a device's keys last changed: its next sync tells it. */
  yield* sql`CREATE TABLE one_time_key_changes (
    user_id text NOT NULL,
    device_id text NOT NULL,
    pos bigint NOT NULL,
    PRIMARY KEY (user_id, device_id)
  )`
  yield* sql`CREATE UNIQUE INDEX one_time_key_changes_pos ON one_time_key_changes (pos)`

  yield* sql`CREATE TABLE cross_signing_keys (
    user_id text NOT NULL,
    usage text NOT NULL,
    json text NOT NULL,
    PRIMARY KEY (user_id, usage)
  )`
  /* Signatures that came after the key: target_key is a device id, or a cross-signing key's public part. */
  yield* sql`CREATE TABLE key_signatures (
    target_user text NOT NULL,
    target_key text NOT NULL,
    signer text NOT NULL,
    signing_key text NOT NULL,
    signature text NOT NULL,
    PRIMARY KEY (target_user, target_key, signer, signing_key)
  )`
  /* Where a user's keys last changed. seen_by is empty where everyone sees it, else the one who does. */
  yield* sql`CREATE TABLE device_list_changes (
    user_id text NOT NULL,
    seen_by text NOT NULL,
    pos bigint NOT NULL,
    PRIMARY KEY (user_id, seen_by)
  )`
  yield* sql`CREATE UNIQUE INDEX device_list_changes_pos ON device_list_changes (pos)`

  yield* sql`CREATE TABLE to_device (
    pos bigint PRIMARY KEY,
    user_id text NOT NULL,
    device_id text NOT NULL,
    json text NOT NULL
  )`
  yield* sql`CREATE INDEX to_device_queue ON to_device (user_id, device_id, pos)`
  yield* sql`CREATE TABLE to_device_txns (
    txn text PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now()
  )`
  yield* sql`CREATE INDEX to_device_txns_age ON to_device_txns (created_at)`

  yield* sql`CREATE TABLE key_backups (
    user_id text NOT NULL,
    version bigint NOT NULL,
    algorithm text NOT NULL,
    auth_data text NOT NULL,
    etag bigint NOT NULL DEFAULT 0,
    deleted boolean NOT NULL DEFAULT false,
    PRIMARY KEY (user_id, version)
  )`
  yield* sql`CREATE TABLE key_backup_sessions (
    user_id text NOT NULL,
    version bigint NOT NULL,
    room_id text NOT NULL,
    session_id text NOT NULL,
    first_message_index bigint NOT NULL,
    forwarded_count bigint NOT NULL,
    is_verified boolean NOT NULL,
    json text NOT NULL,
    PRIMARY KEY (user_id, version, room_id, session_id)
  )`
  yield* sql`CREATE TABLE dehydrated_devices (
    user_id text PRIMARY KEY,
    device_id text NOT NULL,
    json text NOT NULL
  )`
})
