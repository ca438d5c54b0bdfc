/** Memberships, asked about or changed beside the rooms' events. */
import { Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { RoomId, UserId } from "@biz1/protocol/ids"

export class MembershipStore extends Context.Service<
  MembershipStore,
  {
    /** A room that was left and forgotten is shown no more. */
    readonly forget: (userId: UserId, roomId: RoomId) => Effect.Effect<void>
    /** The rooms that both are in, in the order of their ids. */
    readonly mutual: (userId: UserId, other: UserId) => Effect.Effect<ReadonlyArray<RoomId>>
  }
>()("@biz1/server/store/MembershipStore") {
  static readonly layer = Layer.effect(
    this,
    Effect.map(PgClient.PgClient, (sql) =>
      MembershipStore.of({
        forget: (userId, roomId) =>
          sql`UPDATE memberships SET forgotten = true WHERE user_id = ${userId} AND room_id = ${roomId}
            AND membership IN ('leave', 'ban')`.pipe(Effect.orDie, Effect.asVoid),
        mutual: (userId, other) =>
          sql`SELECT a.room_id FROM memberships a JOIN memberships b USING (room_id)
            WHERE a.user_id = ${userId} AND b.user_id = ${other} AND a.membership = 'join' AND b.membership = 'join'
            ORDER BY a.room_id COLLATE "C"`.pipe(
            Effect.map((rows) => rows.map((row) => row["room_id"] as RoomId)),
            Effect.orDie,
          ),
      }),
    ),
  )
}
