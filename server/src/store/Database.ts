/** The connection to PostgreSQL: makes the database if it is missing and brings its tables up to date. */
import { PgClient } from "@effect/sql-pg"
import { Effect, Layer, Redacted, Schema } from "effect"
import type { SqlError } from "effect/sql"
import { ServerConfig } from "../config.ts"
import { migrations } from "./migrations/index.ts"

/** PostgreSQL cannot be used as it is set: says what to do. */
export class DatabaseUnavailable extends Schema.TaggedError<DatabaseUnavailable>()("DatabaseUnavailable", {
  message: Schema.String,
}) {}

const connections = 10
/** Names the lock under which one node migrates while others wait. */
const migrationLock = 4_217_001

const client = (url: string, maxConnections: number) =>
  PgClient.layer({ url: Redacted.make(url), maxConnections, applicationName: "biz1" })

/** The database is made through the one that every cluster has. */
const createDatabase = (url: string) => {
  const parsed = new URL(url)
  const name = decodeURIComponent(parsed.pathname.slice(1)) || "postgres"
  parsed.pathname = "/postgres"
  return Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const found = yield* sql`SELECT 1 FROM pg_database WHERE datname = ${name}`
    // Nodes that start together may both find it missing.
    if (found.length === 0) {
      yield* sql`CREATE DATABASE ${sql(name)}`.pipe(
        Effect.catch((error) => (/already exists|duplicate/.test(String(error.reason.cause)) ? Effect.void : error)),
      )
    }
  }).pipe(Effect.provide(client(parsed.href, 1)))
}

const migrate = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  yield* sql.withTransaction(
    Effect.gen(function* () {
      yield* sql`SELECT pg_advisory_xact_lock(${migrationLock})`
      yield* sql`CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, done timestamptz NOT NULL DEFAULT now())`
      const done = new Set((yield* sql`SELECT name FROM migrations`).map((row) => row["name"]))
      for (const [name, migration] of Object.entries(migrations)) {
        if (done.has(name)) continue
        yield* migration
        yield* sql`INSERT INTO migrations (name) VALUES (${name})`
        yield* Effect.logInfo("migrated", { name })
      }
    }),
  )
})

const explain = (error: SqlError.SqlError) => {
  const { reason } = error
  const told = reason._tag === "ConnectionError" ? "does not answer" : `refused: ${error.message}`
  return new DatabaseUnavailable({
    message: `PostgreSQL at DATABASE_URL ${told}. Check that it runs, and the user, password and address there.`,
  })
}

export const layer = Layer.unwrap(
  Effect.gen(function* () {
    const { databaseUrl } = yield* ServerConfig
    yield* createDatabase(databaseUrl).pipe(Effect.scoped, Effect.mapError(explain))
    return Layer.effectDiscard(migrate).pipe(Layer.provideMerge(client(databaseUrl, connections)))
  }),
)
