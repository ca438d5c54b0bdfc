/** How long things are kept, what is held back from going, and which redacted events have nothing left in the store. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE retention_policies (
    id text PRIMARY KEY,
    json text NOT NULL
  )`
  /* How far each room has been looked through: whatever was due up to there is gone, or was held. */
  yield* sql`CREATE TABLE retention_progress (
    room_id text NOT NULL,
    action text NOT NULL,
    room_seq bigint NOT NULL,
    PRIMARY KEY (room_id, action)
  )`
  yield* sql`CREATE TABLE legal_holds (
    id text PRIMARY KEY,
    json text NOT NULL,
    made_ts bigint NOT NULL,
    ended_ts bigint
  )`
  /* What was redacted is hidden at once; emptied is what is left in the store after that is the redacted form alone. */
  yield* sql`ALTER TABLE events ADD COLUMN emptied boolean NOT NULL DEFAULT false`
  yield* sql`CREATE INDEX events_to_empty ON events (pos) WHERE redacted_by IS NOT NULL AND NOT emptied`
  /* Who names a file: without that nobody could tell when the last one has gone. */
  yield* sql`CREATE FUNCTION files_in(text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array(SELECT m[1] FROM regexp_matches($1, 'mxc://[^"\\\\/]{1,255}/[0-9A-Za-z_-]{1,255}', 'g') AS m) $$`
  yield* sql`CREATE INDEX events_files ON events USING gin (files_in(json)) WHERE json LIKE '%mxc://%'`
  /* Work that one node does at a time. */
  yield* sql`CREATE TABLE duties (
    name text PRIMARY KEY,
    holder text,
    held_until timestamptz
  )`
})
