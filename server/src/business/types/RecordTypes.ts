/** The types of records that somebody has registered. */
import { Context, Effect, Layer, Schema } from "effect"
import { PgClient } from "@effect/sql-pg"
import { TypeBody } from "@biz1/protocol/business/types"
import { texts } from "../../store/columns.ts"

const decodeBody = Schema.decodeUnknownSync(TypeBody)

export class RecordTypes extends Context.Service<
  RecordTypes,
  {
    /** By name; those that nobody has registered are not among them. */
    readonly find: (names: ReadonlyArray<string>) => Effect.Effect<ReadonlyMap<string, TypeBody>>
    readonly all: Effect.Effect<ReadonlyMap<string, TypeBody>>
    readonly put: (name: string, body: TypeBody) => Effect.Effect<void>
    /** False where there was none. */
    readonly remove: (name: string) => Effect.Effect<boolean>
  }
>()("@biz1/server/business/types/RecordTypes") {
  static readonly layer = Layer.effect(
    this,
    Effect.map(PgClient.PgClient, (sql) =>
      RecordTypes.of({
        find: (names) =>
          sql`SELECT type, json FROM record_types WHERE type = ANY(${texts([...new Set(names)])}::text[])`.pipe(
            Effect.map(decode),
            Effect.orDie,
          ),
        all: sql`SELECT type, json FROM record_types ORDER BY type`.pipe(Effect.map(decode), Effect.orDie),
        put: (name, body) =>
          sql`INSERT INTO record_types (type, json) VALUES (${name}, ${JSON.stringify(body)})
            ON CONFLICT (type) DO UPDATE SET json = excluded.json`.pipe(Effect.asVoid, Effect.orDie),
        remove: (name) =>
          sql`DELETE FROM record_types WHERE type = ${name} RETURNING type`.pipe(
            Effect.map((rows) => rows.length > 0),
            Effect.orDie,
          ),
      }),
    ),
  )
}

const decode = (rows: ReadonlyArray<Readonly<Record<string, unknown>>>): ReadonlyMap<string, TypeBody> =>
  new Map(rows.map((row) => [String(row["type"]), decodeBody(JSON.parse(String(row["json"])))]))
