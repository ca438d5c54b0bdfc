/** Whom to push the feed to, how far each has been told, and every delivery. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  /* pos: everything up to here stands in deliveries. The holder is the node that sends, until held_until. */
  yield* sql`CREATE TABLE webhooks (
    id text PRIMARY KEY,
    url text NOT NULL,
    types text[] NOT NULL,
    secrets text[] NOT NULL,
    active boolean NOT NULL,
    problem text,
    pos bigint NOT NULL,
    holder text,
    held_until timestamptz
  )`
  yield* sql`CREATE TABLE webhook_deliveries (
    webhook_id text NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    n bigint NOT NULL,
    event_id text NOT NULL,
    type text NOT NULL,
    subject text NOT NULL,
    body text NOT NULL,
    state text NOT NULL DEFAULT 'waiting',
    attempts int NOT NULL DEFAULT 0,
    due_ts bigint NOT NULL,
    outcome text,
    done_ts bigint,
    PRIMARY KEY (webhook_id, n)
  )`
  yield* sql`CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (webhook_id, subject, n) WHERE state = 'waiting'`
  yield* sql`CREATE INDEX webhook_deliveries_done ON webhook_deliveries (done_ts) WHERE done_ts IS NOT NULL`
})
