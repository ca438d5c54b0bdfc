/** How many mails an attempt has caused: nobody's mailbox is to be filled by others. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`ALTER TABLE email_validations ADD COLUMN sends int NOT NULL DEFAULT 1`
  yield* sql`CREATE INDEX email_validations_address ON email_validations (address)`
})
