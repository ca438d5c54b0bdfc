/** Memberships, asked about or changed beside the rooms' events. */
import { Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { RoomId, ServerName, UserId } from "@biz1/protocol/ids"

export class MembershipStore extends Context.Service<
  MembershipStore,
  {
    /** A room that was left and forgotten is shown no more. */
    readonly forget: (userId: UserId, roomId: RoomId) => Effect.Effect<void>
    /** A server's users who were in the room when the log stood at a position. */
    readonly joinedAt: (
      roomId: RoomId,
      serverName: ServerName,
      position: number,
    ) => Effect.Effect<ReadonlyArray<UserId>>
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
        // What has changed since, the events before tell.
        joinedAt: (roomId, serverName, position) =>
          sql`SELECT m.user_id FROM memberships m WHERE m.room_id = ${roomId}
            AND right(m.user_id, ${serverName.length + 1}) = ${`:${serverName}`}
            AND ((m.membership = 'join' AND m.since_pos <= ${BigInt(position)}) OR (m.since_pos > ${BigInt(position)}
              AND (SELECT e.json::json #>> '{content,membership}' FROM events e WHERE e.room_id = ${roomId}
                AND e.type = 'm.room.member' AND e.state_key = m.user_id AND e.pos <= ${BigInt(position)}
                ORDER BY e.pos DESC LIMIT 1) = 'join'))`.pipe(
            Effect.map((rows) => rows.map((row) => row["user_id"] as UserId)),
            Effect.orDie,
          ),
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
