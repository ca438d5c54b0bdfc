/** Profiles with fields of any name, people found by their words, and where notifications of a login are to go. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import type { UserId } from "@biz1/protocol/ids"
import { profileColumns } from "../profileColumns.ts"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`ALTER TABLE users ADD COLUMN profile text, ADD COLUMN search_name text, ADD COLUMN search_words tsvector,
    ADD COLUMN erased boolean NOT NULL DEFAULT false`
  for (const row of yield* sql`SELECT user_id, displayname, avatar_url FROM users`) {
    const { user_id: userId, ...fields } = row
    const profile = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))
    const { json, name, words } = profileColumns(userId as UserId, profile as { readonly [field: string]: string })
    yield* sql`UPDATE users SET profile = ${json}, search_name = ${name}, search_words = ${words}::tsvector
      WHERE user_id = ${userId}`
  }
  yield* sql`ALTER TABLE users DROP COLUMN displayname, DROP COLUMN avatar_url, ALTER COLUMN profile SET NOT NULL,
    ALTER COLUMN search_name SET NOT NULL, ALTER COLUMN search_words SET NOT NULL`
  yield* sql`CREATE INDEX users_search_words ON users USING gin (search_words)`

  yield* sql`CREATE TABLE pushers (
    app_id text NOT NULL,
    pushkey text NOT NULL,
    user_id text NOT NULL,
    device_id text NOT NULL,
    json text NOT NULL,
    PRIMARY KEY (app_id, pushkey, user_id)
  )`
  yield* sql`CREATE INDEX pushers_device ON pushers (user_id, device_id)`
})
