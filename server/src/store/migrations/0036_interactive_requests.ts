/** Sessions of interactive authentication know the request that they were begun for, and what their stages have shown. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  /* Those that there are live for a quarter of an hour: clients begin new ones. */
  yield* sql`DELETE FROM interactive_sessions`
  yield* sql`ALTER TABLE interactive_sessions
    DROP COLUMN completed,
    ADD COLUMN user_id text,
    ADD COLUMN parameters_hash bytea,
    ADD COLUMN stages text[] NOT NULL,
    ADD COLUMN passed jsonb NOT NULL DEFAULT '{}'`
  /* What people agreed to when they made their account. */
  yield* sql`CREATE TABLE accepted_terms (
    user_id text NOT NULL,
    policy text NOT NULL,
    version text NOT NULL,
    accepted_ts bigint NOT NULL,
    PRIMARY KEY (user_id, policy, version)
  )`
})
