/** How far clients are in showing who they are, so that any node can go on with it. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE interactive_sessions (
    session text PRIMARY KEY,
    operation text NOT NULL,
    completed text[] NOT NULL DEFAULT '{}',
    expires_ts bigint NOT NULL
  )`
  yield* sql`CREATE INDEX interactive_sessions_expiry ON interactive_sessions (expires_ts)`
})
