/** What each room is to the organisation, and which records its messages are about. Written with the events that say so. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE conversations (
    room_id text PRIMARY KEY,
    kind text NOT NULL,
    lane text,
    main_room text,
    primary_type text,
    primary_id text,
    title text,
    open boolean NOT NULL,
    pos bigint NOT NULL
  )`
  yield* sql`CREATE INDEX conversations_lanes ON conversations (main_room) WHERE main_room IS NOT NULL`
  yield* sql`CREATE INDEX conversations_primary ON conversations (primary_type, primary_id) WHERE primary_type IS NOT NULL`
  yield* sql`CREATE INDEX conversations_changed ON conversations (pos)`
  /* What there may be only one conversation for. */
  yield* sql`CREATE TABLE conversation_keys (
    unique_key text CONSTRAINT conversation_keys_unique PRIMARY KEY,
    room_id text NOT NULL
  )`
  /* A room's links now, by the event that makes them. */
  yield* sql`CREATE TABLE record_links (
    type text NOT NULL,
    id text NOT NULL,
    room_id text NOT NULL,
    event_id text NOT NULL,
    writer text NOT NULL,
    role text NOT NULL,
    pos bigint NOT NULL,
    PRIMARY KEY (type, id, room_id, event_id)
  )`
  yield* sql`CREATE INDEX record_links_room ON record_links (room_id, writer)`
  /* What each message is about: the timeline of a record, in the order of the log. */
  yield* sql`CREATE TABLE message_records (
    type text NOT NULL,
    id text NOT NULL,
    pos bigint NOT NULL,
    PRIMARY KEY (type, id, pos)
  )`
  yield* sql`CREATE INDEX message_records_pos ON message_records (pos)`
})
