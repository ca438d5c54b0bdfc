/** The audit trail, a chain; and the signed hash with which each day of it ended. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE audit_trail (
    seq bigint PRIMARY KEY,
    at bigint NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    target text NOT NULL,
    hash text NOT NULL,
    json text NOT NULL
  )`
  yield* sql`CREATE INDEX audit_trail_actor ON audit_trail (actor, seq)`
  yield* sql`CREATE INDEX audit_trail_action ON audit_trail (action, seq)`
  yield* sql`CREATE INDEX audit_trail_target ON audit_trail (target, seq)`
  yield* sql`CREATE INDEX audit_trail_at ON audit_trail (at)`
  /* Locked by whoever appends. */
  yield* sql`CREATE TABLE audit_head (id int PRIMARY KEY CHECK (id = 1), seq bigint NOT NULL, hash text NOT NULL)`
  yield* sql`INSERT INTO audit_head VALUES (1, 0, repeat('0', 64))`
  yield* sql`CREATE TABLE audit_days (day date PRIMARY KEY, seq bigint NOT NULL, json text NOT NULL)`
  yield* sql`CREATE FUNCTION audit_is_final() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the audit trail is only ever added to'; END $$`
  yield* sql`CREATE TRIGGER audit_trail_final BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_trail
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_final()`
})
