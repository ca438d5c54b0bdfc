/** What a user does with their own membership beside the room's events. */
import { Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { RoomId, UserId } from "@biz1/protocol/ids"

export class MembershipStore extends Context.Service<
  MembershipStore,
  {
    /** A room that was left and forgotten is shown no more. */
    readonly forget: (userId: UserId, roomId: RoomId) => Effect.Effect<void>
  }
>()("@biz1/server/store/MembershipStore") {
  static readonly layer = Layer.effect(
    this,
    Effect.map(PgClient.PgClient, (sql) =>
      MembershipStore.of({
        forget: (userId, roomId) =>
          sql`UPDATE memberships SET forgotten = true WHERE user_id = ${userId} AND room_id = ${roomId}
            AND membership IN ('leave', 'ban')`.pipe(Effect.orDie, Effect.asVoid),
      }),
    ),
  )
}
