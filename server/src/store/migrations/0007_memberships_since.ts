/** Since when a user has been in a room: a member's event changes with their name, too. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`ALTER TABLE memberships ADD COLUMN since_pos bigint`
  yield* sql`UPDATE memberships SET since_pos = pos`
  yield* sql`ALTER TABLE memberships ALTER COLUMN since_pos SET NOT NULL`
})
