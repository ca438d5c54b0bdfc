/** How the people of this server call and show themselves, and who is found by a name. Spec: "Profiles", "User Directory". */
import { Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import { searchText } from "@biz1/core/search/searchText"
import { ProfileTooLarge } from "@biz1/protocol/errors"
import { localpartOf, type UserId } from "@biz1/protocol/ids"
import type { Json, JsonObject } from "@biz1/protocol/json"
import { profileColumns, searchQuery } from "./profileColumns.ts"

export interface Found {
  readonly userId: UserId
  readonly profile: JsonObject
}

/** Spec: "the total profile MUST be under 64 KiB". */
const maxProfileBytes = 65_535

export class ProfileStore extends Context.Service<
  ProfileStore,
  {
    /** Undefined if nobody of that name has, or had, an account here. */
    readonly find: (userId: UserId) => Effect.Effect<JsonObject | undefined>
    /** Gives a field a value, or takes the field away. */
    readonly setField: (userId: UserId, field: string, value: Json | undefined) => Effect.Effect<void, ProfileTooLarge>
    /**
     * People of whose name or user name some words begin with those of the text; who is called by its beginning comes
     * first. Where it has no words, those whose name begins so: all, if it is empty. Neither the one who asks nor those
     * who have left.
     */
    readonly search: (text: string, limit: number, asking: UserId) => Effect.Effect<ReadonlyArray<Found>>
  }
>()("@biz1/server/store/ProfileStore") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient

      const setField = Effect.fnUntraced(
        function* (userId: UserId, field: string, value: Json | undefined) {
          const [row] = yield* sql`SELECT profile FROM users WHERE user_id = ${userId} FOR UPDATE`
          const { [field]: _, ...others } = profileIn(row?.["profile"] ?? "{}")
          const { json, name, words } = profileColumns(
            userId,
            value === undefined ? others : { ...others, [field]: value },
          )
          if (Buffer.byteLength(json) > maxProfileBytes) {
            return yield* new ProfileTooLarge({ error: `A profile has at most ${maxProfileBytes} bytes in all` })
          }
          yield* sql`UPDATE users SET profile = ${json}, search_name = ${name}, search_words = ${words}::tsvector
            WHERE user_id = ${userId}`
        },
        sql.withTransaction,
        Effect.catchTag("SqlError", Effect.die),
      )

      const search = (text: string, limit: number, asking: UserId) => {
        const term = text.trim()
        const name = term.startsWith("@") ? localpartOf(`${term}:` as UserId) : term
        const query = searchQuery(name)
        const beginning = `${searchText(name).replace(/[\\%_]/g, "\\$&")}%`
        return sql`SELECT user_id, profile FROM users
          WHERE NOT deactivated AND NOT is_guest AND user_id <> ${asking}
            AND ${query === undefined ? sql`search_name LIKE ${beginning}` : sql`search_words @@ ${query}::tsquery`}
          ORDER BY search_name LIKE ${beginning} OR user_id LIKE ${`@${beginning}`} DESC, search_name, user_id
          LIMIT ${limit}`.pipe(
          Effect.map((rows) =>
            rows.map((row) => ({ userId: row["user_id"] as UserId, profile: profileIn(row["profile"]) })),
          ),
          Effect.orDie,
        )
      }

      return ProfileStore.of({
        find: (userId) =>
          sql`SELECT profile FROM users WHERE user_id = ${userId}`.pipe(
            Effect.map(([row]) => row && profileIn(row["profile"])),
            Effect.orDie,
          ),
        setField,
        search,
      })
    }),
  )
}

const profileIn = (column: unknown) => JSON.parse(String(column)) as JsonObject
