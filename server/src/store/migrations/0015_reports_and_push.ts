/** What people report to the operators, and the notifications that push gateways have not taken yet. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  /* Of an event: all three ids, user_id being its sender. Of a room: room_id alone. Of a person: user_id alone. */
  yield* sql`CREATE TABLE reports (
    report_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reporter text NOT NULL,
    room_id text,
    event_id text,
    user_id text,
    reason text NOT NULL,
    score int,
    received_ts bigint NOT NULL
  )`

  /* One node at a time sends what a pusher has in its queue: who holds the lease. After a failure nobody does before due_ts. */
  yield* sql`ALTER TABLE pushers ADD COLUMN pusher_id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    ADD COLUMN changed_ts bigint NOT NULL DEFAULT 0,
    ADD COLUMN badge int NOT NULL DEFAULT 0,
    ADD COLUMN failures int NOT NULL DEFAULT 0,
    ADD COLUMN due_ts bigint NOT NULL DEFAULT 0,
    ADD COLUMN leased_until_ts bigint NOT NULL DEFAULT 0`
  yield* sql`CREATE INDEX pushers_user ON pushers (user_id)`
  /* By the position of what caused it. Without an event only the badge may have changed. */
  yield* sql`CREATE TABLE push_queue (
    pusher_id bigint NOT NULL REFERENCES pushers (pusher_id) ON DELETE CASCADE,
    pos bigint NOT NULL,
    event_id text,
    actions text,
    queued_ts bigint NOT NULL,
    PRIMARY KEY (pusher_id, pos)
  )`
})
