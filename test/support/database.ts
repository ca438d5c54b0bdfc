/** Looks into a server's database, for what no door shows: that something is not there any more. */
import { PgClient } from "@effect/sql-pg"
import { Effect, Redacted } from "effect"
import type { Server } from "./server.ts"

/** How many rows of these tables hold the text anywhere. */
export const rowsWith = (server: Server, text: string, tables: ReadonlyArray<string>) =>
  Effect.runPromise(
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      let found = 0
      for (const table of tables) {
        const [row] = yield* sql`SELECT count(*)::int AS count FROM ${sql(table)} t WHERE strpos(t::text, ${text}) > 0`
        found += Number(row!["count"])
      }
      return found
    }).pipe(
      Effect.provide(PgClient.layer({ url: Redacted.make(server.databaseUrl), maxConnections: 1 })),
      Effect.orDie,
    ),
  )
