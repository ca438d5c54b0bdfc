/** What happens in the business besides messages, in the order of the log; and the records that it is about. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE business_log (
    pos bigint PRIMARY KEY,
    type text NOT NULL,
    subject text NOT NULL,
    data text NOT NULL,
    cause text,
    at bigint NOT NULL
  )`
  yield* sql`CREATE INDEX business_log_subject ON business_log (subject, pos)`
  /* Every version that was ever accepted; what it says stands in the log. */
  yield* sql`CREATE TABLE record_versions (
    type text NOT NULL,
    id text NOT NULL,
    seq bigint NOT NULL,
    version bigint NOT NULL,
    pos bigint NOT NULL,
    CONSTRAINT record_versions_fence PRIMARY KEY (type, id, seq)
  )`
  /* The records as they stand. */
  yield* sql`CREATE TABLE records (
    type text NOT NULL,
    id text NOT NULL,
    seq bigint NOT NULL,
    version bigint NOT NULL,
    number text,
    title text NOT NULL,
    status_kind text NOT NULL,
    customer text,
    parent_type text,
    parent_id text,
    people text[] NOT NULL,
    visibility text,
    words tsvector NOT NULL,
    json text NOT NULL,
    updated_ts bigint NOT NULL,
    deleted_ts bigint,
    pos bigint NOT NULL,
    PRIMARY KEY (type, id)
  )`
  yield* sql`CREATE INDEX records_words ON records USING gin (words)`
  yield* sql`CREATE INDEX records_number ON records (number) WHERE number IS NOT NULL`
  yield* sql`CREATE INDEX records_customer ON records (customer, pos DESC) WHERE customer IS NOT NULL`
  yield* sql`CREATE INDEX records_changed ON records (pos DESC)`
  yield* sql`CREATE INDEX records_type_changed ON records (type, pos DESC)`
})
