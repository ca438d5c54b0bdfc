/** Erasures and exports that were asked for, and how far they have come. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  /* One for each person or customer: asking again goes on with it, or looks again for what has come since. */
  yield* sql`CREATE TABLE erasures (
    subject text PRIMARY KEY,
    state text NOT NULL,
    asked_by text NOT NULL,
    certificate text NOT NULL,
    asked_ts bigint NOT NULL
  )`
  yield* sql`CREATE TABLE exports (
    id text PRIMARY KEY,
    subject text NOT NULL,
    state text NOT NULL,
    asked_by text NOT NULL,
    asked_ts bigint NOT NULL,
    sha256 text,
    size_bytes bigint,
    problem text
  )`
  /* What a room is there for: its queue, and who asked for it. */
  yield* sql`CREATE INDEX conversation_keys_room ON conversation_keys (room_id)`
})
