/** Application services: those registered at run time, whose users are theirs, and how far each has been told. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`ALTER TABLE users ADD COLUMN appservice_id text`
  /* The JSON of the registration. Those in files are not here. */
  yield* sql`CREATE TABLE appservices (
    id text PRIMARY KEY,
    registration text NOT NULL
  )`
  /* Everything up to pos was delivered. While a transaction is on its way it is kept whole, as a repeated one must be the
   * same, with the position that it reaches. One node holds a service at a time, until its time runs out. */
  yield* sql`CREATE TABLE appservice_cursors (
    id text PRIMARY KEY,
    epoch text NOT NULL,
    pos bigint NOT NULL,
    txn bigint NOT NULL DEFAULT 0,
    body text,
    body_pos bigint,
    holder text,
    held_until timestamptz
  )`
  yield* sql`CREATE TABLE appservice_rooms (
    network_id text NOT NULL,
    room_id text NOT NULL,
    appservice_id text NOT NULL,
    PRIMARY KEY (network_id, room_id)
  )`
})
