/**
 * Brings the rooms of the organisation in line with what somebody is: their power level, which every server and client
 * goes by, and whether they may be in the team's lanes at all.
 */
import { Clock, Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import { isStaff } from "@biz1/core/business/roles"
import type { RoomId, UserId } from "@biz1/protocol/ids"
import { Conversations } from "../../conversation/Conversations.ts"
import type { Draft } from "../../conversation/decide.ts"
import { RoomViews } from "../../sync/RoomViews.ts"
import { BusinessConversations } from "../conversations/BusinessConversations.ts"
import { levelsDraft } from "../conversations/businessRoom.ts"
import { Roles } from "./Roles.ts"

export class Levels extends Context.Service<
  Levels,
  {
    readonly renew: (userId: UserId) => Effect.Effect<void>
  }
>()("@biz1/server/business/roles/Levels") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const conversations = yield* Conversations
      const rooms = yield* RoomViews
      const { personOf } = yield* Roles
      const { serviceUser } = yield* BusinessConversations

      const renewIn = Effect.fnUntraced(function* (roomId: RoomId, lane: unknown, userId: UserId) {
        const room = yield* rooms.get(roomId)
        if (room === undefined) return
        const person = personOf(userId)
        const leaving: Draft = { type: "m.room.member", stateKey: userId, content: { membership: "leave" } }
        const before = room.state.get("m.room.power_levels", "")
        yield* conversations.send(roomId, {
          sender: serviceUser,
          drafts: [
            { ...levelsDraft(room, [{ userId, person }]), follows: before?.eventId },
            ...(lane === "team" && !isStaff(person) ? [leaving] : []),
          ],
          platform: true,
          ts: yield* Clock.currentTimeMillis,
        })
      })

      return Levels.of({
        renew: Effect.fnUntraced(function* (userId) {
          const rows = yield* Effect.orDie(sql`SELECT c.room_id, c.lane FROM conversations c JOIN memberships m
            ON m.room_id = c.room_id AND m.user_id = ${userId} AND m.membership IN ('join', 'invite') WHERE NOT c.open`)
          yield* Effect.forEach(
            rows,
            (row) =>
              renewIn(row["room_id"] as RoomId, row["lane"], userId).pipe(
                Effect.retry({ times: 20, while: (error) => error._tag === "ConcurrentWrite" }),
                Effect.ignore({ log: true }),
              ),
            { concurrency: 8, discard: true },
          )
        }),
      })
    }),
  )
}
