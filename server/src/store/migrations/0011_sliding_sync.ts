/** What each connection of sliding sync has been told, so that its positions survive a restart. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  /* rooms is JSON: by room, what the client has of it. A serial is part of the position that a client holds. */
  yield* sql`CREATE TABLE sliding_connections (
    serial bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id text NOT NULL,
    device_id text NOT NULL,
    conn_id text NOT NULL,
    rooms text NOT NULL
  )`
  yield* sql`CREATE INDEX sliding_connections_device ON sliding_connections (user_id, device_id, conn_id, serial)`
})
