/** Previews of pages, kept for a while. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  /* Without json there was nothing to be had. */
  yield* sql`CREATE TABLE url_previews (
    url text PRIMARY KEY,
    json text,
    expires_ts bigint NOT NULL
  )`
  yield* sql`CREATE INDEX url_previews_age ON url_previews (expires_ts)`
})
