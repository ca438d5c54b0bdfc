/** Filters that clients keep here, to name them by a number. */
import { Context, Effect, Layer, Schema } from "effect"
import { PgClient } from "@effect/sql-pg"
import { NotFound } from "@biz1/protocol/errors"
import { Filter } from "@biz1/protocol/filter"
import type { UserId } from "@biz1/protocol/ids"

const decode = Schema.decodeUnknownSync(Schema.fromJsonString(Filter))

export class FilterStore extends Context.Service<
  FilterStore,
  {
    /** Keeps a filter and gives its id; the same filter has the same id. */
    readonly put: (userId: UserId, filter: Filter) => Effect.Effect<string>
    readonly get: (userId: string, filterId: string) => Effect.Effect<Filter, NotFound>
  }
>()("@biz1/server/store/FilterStore") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient

      const put = Effect.fnUntraced(
        function* (userId: UserId, filter: Filter) {
          const json = JSON.stringify(filter)
          yield* sql`SELECT pg_advisory_xact_lock(hashtextextended(${userId}, 1))`
          const [same] = yield* sql`SELECT filter_id FROM filters WHERE user_id = ${userId} AND json = ${json}`
          if (same !== undefined) return String(same["filter_id"])
          const [made] = yield* sql`INSERT INTO filters (user_id, filter_id, json)
            SELECT ${userId}, coalesce(max(filter_id), 0) + 1, ${json} FROM filters WHERE user_id = ${userId}
            RETURNING filter_id`
          return String(made!["filter_id"])
        },
        sql.withTransaction,
        Effect.orDie,
      )

      const get = Effect.fnUntraced(function* (userId: string, filterId: string) {
        const rows = /^\d{1,9}$/.test(filterId)
          ? yield* sql`SELECT json FROM filters WHERE user_id = ${userId} AND filter_id = ${Number(filterId)}`.pipe(
              Effect.orDie,
            )
          : []
        if (rows[0] === undefined) return yield* new NotFound({ error: "There is no such filter" })
        return decode(rows[0]["json"])
      })
      return FilterStore.of({ put, get })
    }),
  )
}
