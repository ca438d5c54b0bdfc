/** Who has been inside a room: whose invitation was declined, or withdrawn, has not. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`ALTER TABLE memberships ADD COLUMN was_in boolean NOT NULL DEFAULT false`
  yield* sql`UPDATE memberships m SET was_in = true WHERE membership = 'join' OR EXISTS (
    SELECT FROM events e WHERE e.room_id = m.room_id AND e.type = 'm.room.member' AND e.state_key = m.user_id
    AND strpos(e.json, '"membership":"join"') > 0)`
})
