/** Pushers that write mail: told apart, and with the word that ends one from the mail itself. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`ALTER TABLE pushers ADD COLUMN kind text NOT NULL DEFAULT 'http', ADD COLUMN unsubscribe text UNIQUE`
})
