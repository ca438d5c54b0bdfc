/** The addresses of customers, customers who turned out to be one, and what kinds of records there are. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  /* Changes of who a customer is, counted for each: two at once collide here, and the later is decided anew. */
  yield* sql`CREATE TABLE customer_turns (
    customer text NOT NULL,
    seq bigint NOT NULL,
    PRIMARY KEY (customer, seq)
  )`
  /* same: equal for all ways to write one address. The customer stays who it was added for, also when merged. */
  yield* sql`CREATE TABLE customer_identities (
    channel text NOT NULL,
    account text NOT NULL,
    address text NOT NULL,
    same text NOT NULL,
    customer text NOT NULL,
    pos bigint NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (channel, account, address)
  )`
  yield* sql`CREATE INDEX customer_identities_same ON customer_identities (channel, same)`
  yield* sql`CREATE INDEX customer_identities_customer ON customer_identities (customer, pos)`
  /* The id is the merge's position in the log. While it is not undone, the loser is another name of the winner. */
  yield* sql`CREATE TABLE customer_merges (
    id bigint PRIMARY KEY,
    winner text NOT NULL,
    loser text NOT NULL,
    at bigint NOT NULL,
    undone_pos bigint
  )`
  yield* sql`CREATE UNIQUE INDEX customer_merges_loser ON customer_merges (loser) WHERE undone_pos IS NULL`
  yield* sql`CREATE INDEX customer_merges_winner ON customer_merges (winner) WHERE undone_pos IS NULL`
  yield* sql`CREATE TABLE merge_candidates (
    id bigint GENERATED ALWAYS AS IDENTITY,
    one text NOT NULL,
    other text NOT NULL,
    match text NOT NULL,
    channel text NOT NULL,
    account text NOT NULL,
    address text NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (one, other)
  )`
  yield* sql`CREATE INDEX merge_candidates_id ON merge_candidates (id)`
  /* Who a customer is by now. */
  yield* sql`CREATE FUNCTION customer_root(text) RETURNS text LANGUAGE sql STABLE AS $$
    WITH RECURSIVE up (id, steps) AS (
      SELECT $1, 0
      UNION ALL SELECT m.winner, up.steps + 1 FROM up JOIN customer_merges m ON m.loser = up.id AND m.undone_pos IS NULL
    ) SELECT id FROM up ORDER BY steps DESC LIMIT 1 $$`
  /* All names of a customer. */
  yield* sql`CREATE FUNCTION customer_names(text) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    WITH RECURSIVE names (id) AS (
      SELECT customer_root($1)
      UNION SELECT m.loser FROM names JOIN customer_merges m ON m.winner = names.id AND m.undone_pos IS NULL
    ) SELECT id FROM names $$`
  yield* sql`CREATE TABLE record_types (
    type text PRIMARY KEY,
    json text NOT NULL
  )`
})
