/** Signing in through a browser: one-time login tokens, what OAuth 2.0 keeps, accounts elsewhere, and QR meetings. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  yield* sql`CREATE TABLE login_tokens (
    token_hash bytea PRIMARY KEY,
    user_id text NOT NULL,
    expires_ts bigint NOT NULL
  )`
  yield* sql`CREATE INDEX login_tokens_expiry ON login_tokens (expires_ts)`

  /* Clients, grants, codes, tokens and browsers that are signed in, each under the SHA-256 of its secret.
   * What belongs to one login names its device, and goes with it. */
  yield* sql`CREATE TABLE oauth_records (
    kind text NOT NULL,
    id_hash bytea NOT NULL,
    json text NOT NULL,
    grant_id text,
    uid text,
    user_code text,
    user_id text,
    device_id text,
    consumed_ts bigint,
    expires_ts bigint NOT NULL,
    PRIMARY KEY (kind, id_hash)
  )`
  yield* sql`CREATE INDEX oauth_records_grant ON oauth_records (grant_id) WHERE grant_id IS NOT NULL`
  yield* sql`CREATE UNIQUE INDEX oauth_records_uid ON oauth_records (kind, uid) WHERE uid IS NOT NULL`
  yield* sql`CREATE UNIQUE INDEX oauth_records_user_code ON oauth_records (user_code) WHERE user_code IS NOT NULL`
  yield* sql`CREATE INDEX oauth_records_device ON oauth_records (user_id, device_id) WHERE user_id IS NOT NULL`
  yield* sql`CREATE INDEX oauth_records_expiry ON oauth_records (expires_ts)`

  /* The keys that sign cookies and id tokens: made once, the same on every node. */
  yield* sql`CREATE TABLE oauth_keys (
    id int PRIMARY KEY CHECK (id = 1),
    json text NOT NULL
  )`

  /* Who has signed in through another provider. */
  yield* sql`CREATE TABLE upstream_accounts (
    issuer text NOT NULL,
    subject text NOT NULL,
    user_id text NOT NULL,
    PRIMARY KEY (issuer, subject)
  )`
  yield* sql`CREATE INDEX upstream_accounts_user ON upstream_accounts (user_id)`

  /* Where two devices of one person meet for a QR code login. */
  yield* sql`CREATE TABLE rendezvous (
    id text PRIMARY KEY,
    etag text NOT NULL,
    content_type text NOT NULL,
    body bytea NOT NULL,
    modified_ts bigint NOT NULL,
    expires_ts bigint NOT NULL
  )`
  yield* sql`CREATE INDEX rendezvous_expiry ON rendezvous (expires_ts)`
})
