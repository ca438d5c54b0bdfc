/** Events that are to be sent later. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  /* Times are milliseconds since 1970. Without finalised_ts it is still to come; with an error it will not. */
  yield* sql`CREATE TABLE delayed_events (
    delay_id text PRIMARY KEY,
    user_id text NOT NULL,
    device_id text NOT NULL,
    room_id text NOT NULL,
    type text NOT NULL,
    state_key text,
    content text NOT NULL,
    delay_ms bigint NOT NULL,
    running_since bigint NOT NULL,
    send_ts bigint NOT NULL,
    txn text NOT NULL,
    after_pos bigint NOT NULL,
    finalised_ts bigint,
    event_id text,
    error text,
    CONSTRAINT delayed_events_txn UNIQUE (user_id, txn)
  )`
  yield* sql`CREATE INDEX delayed_events_due ON delayed_events (send_ts) WHERE finalised_ts IS NULL`
  yield* sql`CREATE INDEX delayed_events_finalised ON delayed_events (finalised_ts) WHERE finalised_ts IS NOT NULL`
})
