/** Addresses that people have shown to be theirs. Each belongs to one account. */
import { Clock, Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import { ThirdPartyIdInUse } from "@biz1/protocol/errors"
import type { UserId } from "@biz1/protocol/ids"

export interface ThirdPartyId {
  readonly medium: "email"
  readonly address: string
  /** Milliseconds since 1970. */
  readonly validated_at: number
  readonly added_at: number
}

export class ThirdPartyIds extends Context.Service<
  ThirdPartyIds,
  {
    readonly ofUser: (userId: UserId) => Effect.Effect<ReadonlyArray<ThirdPartyId>>
    /** Whose an address is. Given folded, here and below. */
    readonly owner: (medium: string, address: string) => Effect.Effect<UserId | undefined>
    readonly add: (userId: UserId, address: string) => Effect.Effect<void, ThirdPartyIdInUse>
    readonly remove: (userId: UserId, medium: string, address: string) => Effect.Effect<void>
  }
>()("@biz1/server/store/ThirdPartyIds") {
  static readonly layer = Layer.effect(
    this,
    Effect.map(PgClient.PgClient, (sql) =>
      ThirdPartyIds.of({
        ofUser: (userId) =>
          sql`SELECT medium, address, validated_ts::float8 AS validated_at, added_ts::float8 AS added_at
            FROM third_party_ids WHERE user_id = ${userId} ORDER BY added_ts`.pipe(
            Effect.map((rows) => rows as unknown as ReadonlyArray<ThirdPartyId>),
            Effect.orDie,
          ),
        owner: (medium, address) =>
          sql`SELECT user_id FROM third_party_ids WHERE medium = ${medium} AND address = ${address}`.pipe(
            Effect.map(([row]) => row?.["user_id"] as UserId | undefined),
            Effect.orDie,
          ),
        add: Effect.fnUntraced(function* (userId, address) {
          const now = BigInt(yield* Clock.currentTimeMillis)
          const rows = yield* sql`INSERT INTO third_party_ids (medium, address, user_id, validated_ts, added_ts)
            VALUES ('email', ${address}, ${userId}, ${now}, ${now})
            ON CONFLICT (medium, address) DO UPDATE SET validated_ts = excluded.validated_ts
              WHERE third_party_ids.user_id = ${userId} RETURNING user_id`.pipe(Effect.orDie)
          if (rows.length === 0) return yield* new ThirdPartyIdInUse({ error: "Another account has this address" })
        }),
        remove: (userId, medium, address) =>
          sql`DELETE FROM third_party_ids WHERE user_id = ${userId} AND medium = ${medium} AND address = ${address}`.pipe(
            Effect.orDie,
            Effect.asVoid,
          ),
      }),
    ),
  )
}
