/** Keys by which other systems call the business API. Of the secret only its hash is kept. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE api_keys (
    id text PRIMARY KEY,
    secret_hash text NOT NULL UNIQUE,
    name text NOT NULL,
    scopes text[] NOT NULL,
    act_as text[] NOT NULL,
    addresses text[] NOT NULL,
    expires_ts bigint,
    created_ts bigint NOT NULL,
    created_by text NOT NULL,
    last_used_ts bigint
  )`
})
