/** A refresh token names the one it came for: of two that came for the same, using either ends the old one. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`ALTER TABLE refresh_tokens DROP COLUMN successor_hash, ADD COLUMN predecessor_hash bytea`
  yield* sql`CREATE INDEX refresh_tokens_access ON refresh_tokens (access_token_hash)`
})
