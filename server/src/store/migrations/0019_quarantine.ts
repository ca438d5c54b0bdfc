/** Files that operators have taken away, under whatever id they are known. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE quarantined_media (sha256 text PRIMARY KEY)`
  yield* sql`CREATE INDEX media_user ON media (user_id, media_id COLLATE "C")`
})
