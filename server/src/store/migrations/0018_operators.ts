/** What operators have done, and to what. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  /* Written before anything is done; outcome is filled afterwards. */
  yield* sql`CREATE TABLE audit (
    audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    operator text NOT NULL,
    ts bigint NOT NULL,
    ip text NOT NULL,
    operation text NOT NULL,
    target text NOT NULL,
    details text NOT NULL,
    outcome text
  )`
})
