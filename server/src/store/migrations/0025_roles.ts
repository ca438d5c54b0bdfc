/** Who is what in the organisation. Who stands nowhere here is a member; administrators are at least that. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE custom_roles (
    name text PRIMARY KEY,
    level_with text NOT NULL,
    grants text NOT NULL
  )`
  yield* sql`CREATE TABLE people (
    user_id text PRIMARY KEY,
    role text NOT NULL,
    custom_role text REFERENCES custom_roles (name),
    auditor boolean NOT NULL DEFAULT false,
    teams text[] NOT NULL DEFAULT '{}'
  )`
})
