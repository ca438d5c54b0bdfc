import { PgClient } from "@effect/sql-pg"
import { Effect, Layer, Redacted } from "effect"
import { ServerConfig } from "../config.ts"
import first from "./migrations/0001_foundation.ts"
const client = Layer.unwrap(Effect.gen(function* () { const { databaseUrl } = yield* ServerConfig; return PgClient.layer({ url: Redacted.make(databaseUrl) }) }))
export const layer = Layer.effectDiscard(Effect.gen(function* () { const sql = yield* PgClient.PgClient; const r = yield* sql`SELECT to_regclass('events') AS t`; if (r[0]!["t"] === null) yield* first })).pipe(Layer.provideMerge(client))
