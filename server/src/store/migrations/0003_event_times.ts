/** Events of a room by when they happened, for jumping to a day. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE INDEX events_times ON events (room_id, origin_server_ts, room_seq)`
})
