/** Accounts that are locked or suspended, proofs of identity for other services, addresses and the mails that check them. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  yield* sql`ALTER TABLE users ADD COLUMN locked boolean NOT NULL DEFAULT false,
    ADD COLUMN suspended boolean NOT NULL DEFAULT false`

  yield* sql`CREATE TABLE openid_tokens (
    token_hash bytea PRIMARY KEY,
    user_id text NOT NULL,
    expires_ts bigint NOT NULL
  )`
  yield* sql`CREATE INDEX openid_tokens_expiry ON openid_tokens (expires_ts)`

  /* An address belongs to one account. Those of mail are kept as they are compared: folded to one case. */
  yield* sql`CREATE TABLE third_party_ids (
    medium text NOT NULL,
    address text NOT NULL,
    user_id text NOT NULL,
    validated_ts bigint NOT NULL,
    added_ts bigint NOT NULL,
    PRIMARY KEY (medium, address)
  )`
  yield* sql`CREATE INDEX third_party_ids_user ON third_party_ids (user_id)`

  /* One row for each attempt of a client to show that an address is its user's. The token is what the mail brings. */
  yield* sql`CREATE TABLE email_validations (
    sid text PRIMARY KEY,
    purpose text NOT NULL,
    client_secret text NOT NULL,
    address text NOT NULL,
    token_hash bytea NOT NULL,
    next_link text,
    send_attempt bigint NOT NULL,
    validated_ts bigint,
    expires_ts bigint NOT NULL,
    CONSTRAINT email_validations_attempt UNIQUE (purpose, client_secret, address)
  )`
  yield* sql`CREATE INDEX email_validations_expiry ON email_validations (expires_ts)`
})
