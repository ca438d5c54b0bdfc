/** What an event says it is to another: edits, threads, reactions are found by the event that they are about. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`ALTER TABLE events ADD COLUMN relates_to text, ADD COLUMN rel_type text`
  yield* sql`CREATE INDEX events_relations ON events (room_id, relates_to, rel_type, room_seq) WHERE relates_to IS NOT NULL`
})
