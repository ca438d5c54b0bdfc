/**
 * How much is unread for a user in all their rooms together, the number on an app's icon. A room is counted when something
 * has happened in it since it was counted, so that a notification costs the one room that it comes from.
 */
import { Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { RoomId, UserId } from "@biz1/protocol/ids"
import { LogStream } from "../log/LogStream.ts"
import { EventStore } from "../store/EventStore.ts"
import { RoomViews } from "../sync/RoomViews.ts"
import { countUnread, sumUnread } from "../sync/unread.ts"
import { hidesInvite, UserViews } from "../sync/UserViews.ts"

const maxUsers = 5000
const recounting = new Set(["m.push_rules", "m.ignored_user_list"])

interface Counted {
  readonly unread: number
  readonly upTo: number
}

interface Known {
  readonly rooms: Map<RoomId, Counted>
  /** Where the user last read something in a room. */
  readonly read: Map<RoomId, number>
}

export class Badges extends Context.Service<
  Badges,
  {
    readonly of: (userId: UserId) => Effect.Effect<number>
  }
>()("@biz1/server/push/Badges") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const stream = yield* LogStream
      const events = yield* EventStore
      const rooms = yield* RoomViews
      const users = yield* UserViews
      const byUser = new Map<UserId, Known>()

      /** Of most rooms all is read: those need not be looked at any closer. */
      const begin = Effect.fnUntraced(function* (userId: UserId) {
        const known: Known = { rooms: new Map(), read: new Map() }
        byUser.set(userId, known)
        if (byUser.size > maxUsers) byUser.delete(byUser.keys().next().value!)
        const upTo = stream.position()
        const quiet = yield* sql`SELECT m.room_id FROM memberships m CROSS JOIN LATERAL (
            SELECT pos FROM events e WHERE e.room_id = m.room_id ORDER BY room_seq DESC LIMIT 1
          ) last WHERE m.user_id = ${userId} AND m.membership = 'join' AND last.pos <= greatest(m.since_pos, (
            SELECT max(event_pos) FROM receipts r WHERE r.room_id = m.room_id AND r.user_id = m.user_id
            AND r.thread_id = '' AND r.receipt_type IN ('m.read', 'm.read.private')))`.pipe(Effect.orDie)
        for (const row of quiet) known.rooms.set(row["room_id"] as RoomId, { unread: 0, upTo })
        return known
      })

      const isFresh = (known: Known, roomId: RoomId, { upTo }: Counted) =>
        upTo >= rooms.startedAt && (rooms.lastEventPos(roomId) ?? 0) <= upTo && (known.read.get(roomId) ?? 0) <= upTo

      const unreadIn = Effect.fnUntraced(
        function* (userId: UserId, known: Known, roomId: RoomId) {
          const before = known.rooms.get(roomId)
          if (before !== undefined && isFresh(known, roomId, before)) return before.unread
          const upTo = stream.position()
          const room = yield* rooms.get(roomId)
          if (room === undefined) return 0
          const unread = sumUnread((yield* countUnread(yield* users.get(userId), room, upTo)).values()).notifications
          known.rooms.set(roomId, { unread, upTo })
          return unread
        },
        Effect.provideService(EventStore, events),
      )

      yield* stream.listen(({ entries }) => {
        for (const entry of entries) {
          if (entry.kind === "receipt") byUser.get(entry.userId)?.read.set(entry.roomId, entry.pos)
          // With other rules, or other people ignored, every room counts differently.
          else if (entry.kind === "accountData" && recounting.has(entry.type)) byUser.delete(entry.userId)
        }
      })

      return Badges.of({
        of: Effect.fnUntraced(function* (userId: UserId) {
          const known = byUser.get(userId) ?? (yield* begin(userId))
          const user = yield* users.get(userId)
          let unread = 0
          for (const [roomId, own] of user.rooms) {
            if (own.membership === "invite" && !hidesInvite(user, own)) unread++
            if (own.membership === "join") unread += yield* unreadIn(userId, known, roomId)
          }
          return unread
        }),
      })
    }),
  )
}
