/** What administrators decide about accounts: whether these are locked or suspended. */
import { Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { UserId } from "@biz1/protocol/ids"
import { Sessions } from "./Sessions.ts"

export interface Measures {
  readonly locked: boolean
  readonly suspended: boolean
  /** Against an administrator no measure is taken. */
  readonly isAdmin: boolean
}

export class Moderation extends Context.Service<
  Moderation,
  {
    /** Undefined for people without an account, and for those who have given theirs up. */
    readonly of: (userId: UserId) => Effect.Effect<Measures | undefined>
    /** In effect on every node when this returns, or within the minute that one cut off remembers. */
    readonly set: (userId: UserId, measure: "locked" | "suspended", taken: boolean) => Effect.Effect<void>
  }
>()("@biz1/server/auth/Moderation") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const sessions = yield* Sessions
      return Moderation.of({
        of: (userId) =>
          sql`SELECT locked, suspended, is_admin AS "isAdmin" FROM users WHERE user_id = ${userId} AND NOT deactivated`.pipe(
            Effect.map(([row]) => row as Measures | undefined),
            Effect.orDie,
          ),
        set: (userId, measure, taken) =>
          sql`UPDATE users SET ${sql(measure)} = ${taken} WHERE user_id = ${userId}`.pipe(
            Effect.orDie,
            Effect.andThen(sessions.reconsider(userId)),
            Effect.uninterruptible,
          ),
      })
    }),
  )
}
