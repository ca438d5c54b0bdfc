/**
 * Whose devices a user has to look at again, and whose no more: everyone they share an encrypted room with. Most syncs
 * are answered from the last changes, kept in memory; the store is asked only where one may concern the user.
 * Spec: "Tracking the device list for a user".
 */
import { Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { RoomId, UserId } from "@biz1/protocol/ids"
import type { LogEntry } from "../log/LogEntry.ts"
import { LogStream } from "../log/LogStream.ts"
import { RoomViews } from "./RoomViews.ts"
import { type UserView, UserViews } from "./UserViews.ts"

export interface DeviceListNews {
  readonly changed: ReadonlyArray<UserId>
  readonly left: ReadonlyArray<UserId>
}

/** A change of someone's keys, or of who is in a room, or of whether it is encrypted. */
type Change =
  | { readonly pos: number; readonly userId: UserId; readonly seenBy: UserId | "" }
  | { readonly pos: number; readonly roomId: RoomId }

const maxChanges = 10_000
const none: DeviceListNews = { changed: [], left: [] }

export class DeviceLists extends Context.Service<
  DeviceLists,
  {
    readonly since: (userId: UserId, pos: number) => Effect.Effect<DeviceListNews>
    /** True only if there is certainly nothing new for the user. */
    readonly isQuiet: (user: UserView, pos: number) => boolean
  }
>()("@biz1/server/sync/DeviceLists") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const stream = yield* LogStream
      const rooms = yield* RoomViews
      const users = yield* UserViews
      const fork = Effect.runForkWith(yield* Effect.context())
      const changes: Array<Change> = []
      /** All changes after this position are in memory. */
      let heldAfter = stream.position()

      const isEncrypted = (roomId: RoomId) => {
        const room = rooms.loaded(roomId)
        return room === undefined || room.state.get("m.room.encryption", "") !== undefined
      }

      /** False only if the change is certainly none of the user's business. */
      const mayConcern = (user: UserView, change: Change) => {
        if ("roomId" in change) return user.rooms.has(change.roomId) && isEncrypted(change.roomId)
        if (change.seenBy !== "") return change.seenBy === user.userId
        if (change.userId === user.userId) return true
        for (const [roomId, { membership }] of user.rooms) {
          if (membership !== "join" || !isEncrypted(roomId)) continue
          const room = rooms.loaded(roomId)
          if (room === undefined || room.state.get("m.room.member", change.userId) !== undefined) return true
        }
        return false
      }

      const isQuiet = (user: UserView, pos: number) => {
        if (pos < heldAfter) return false
        for (let at = changes.length - 1; at >= 0 && changes[at]!.pos > pos; at--) {
          if (mayConcern(user, changes[at]!)) return false
        }
        return true
      }

      const since = Effect.fnUntraced(function* (userId: UserId, pos: number) {
        return isQuiet(yield* users.get(userId), pos) ? none : yield* ask(userId, pos)
      })

      const ask = Effect.fnUntraced(function* (userId: UserId, pos: number) {
        const changed = yield* sql`SELECT theirs.user_id FROM memberships mine
            JOIN current_state e ON e.room_id = mine.room_id AND e.type = 'm.room.encryption' AND e.state_key = ''
            JOIN memberships theirs ON theirs.room_id = mine.room_id AND theirs.membership = 'join'
            LEFT JOIN device_list_changes d ON d.user_id = theirs.user_id AND d.seen_by = ''
          WHERE mine.user_id = ${userId} AND mine.membership = 'join' AND theirs.user_id <> ${userId}
            AND (d.pos > ${pos} OR theirs.since_pos > ${pos} OR mine.since_pos > ${pos} OR e.pos > ${pos})
          UNION SELECT user_id FROM device_list_changes
          WHERE pos > ${pos} AND (seen_by = ${userId} OR (seen_by = '' AND user_id = ${userId}))`
        const left = yield* sql`SELECT DISTINCT theirs.user_id FROM memberships mine
            JOIN current_state e ON e.room_id = mine.room_id AND e.type = 'm.room.encryption' AND e.state_key = ''
            JOIN memberships theirs ON theirs.room_id = mine.room_id
          WHERE mine.user_id = ${userId} AND theirs.user_id <> ${userId}
            AND (mine.membership = 'join' AND theirs.membership IN ('leave', 'ban') AND theirs.since_pos > ${pos}
              OR mine.membership IN ('leave', 'ban') AND mine.since_pos > ${pos})
            AND NOT EXISTS (
              SELECT 1 FROM memberships a JOIN memberships b USING (room_id)
                JOIN current_state s ON s.room_id = a.room_id AND s.type = 'm.room.encryption' AND s.state_key = ''
              WHERE a.user_id = ${userId} AND b.user_id = theirs.user_id AND a.membership = 'join' AND b.membership = 'join'
            )`
        const ids = (rows: ReadonlyArray<{ readonly [column: string]: unknown }>) =>
          rows.map((row) => row["user_id"] as UserId)
        return { changed: ids(changed), left: ids(left) }
      }, Effect.orDie)

      const changeOf = (entry: LogEntry): Change | undefined => {
        if (entry.kind === "deviceList") return { pos: entry.pos, userId: entry.userId, seenBy: entry.seenBy }
        if (entry.kind !== "event" || !entry.current) return undefined
        const { type, roomId } = entry.event
        return type === "m.room.member" || type === "m.room.encryption" ? { pos: entry.pos, roomId } : undefined
      }

      /** Those who share a room with someone whose keys changed wait for it, perhaps. */
      const wake = Effect.fnUntraced(function* (userId: UserId, seenBy: UserId | "") {
        users.wake(seenBy === "" ? userId : seenBy)
        if (seenBy !== "") return
        for (const [roomId, { membership }] of (yield* users.get(userId)).rooms) {
          if (membership === "join" && isEncrypted(roomId)) users.wakeRoom(roomId)
        }
      })

      yield* stream.listen(({ entries }) => {
        for (const entry of entries) {
          const change = changeOf(entry)
          if (change !== undefined) changes.push(change)
          if (entry.kind === "deviceList") fork(wake(entry.userId, entry.seenBy))
        }
        if (changes.length > 2 * maxChanges) {
          changes.splice(0, changes.length - maxChanges)
          heldAfter = changes[0]!.pos
        }
      })
      return DeviceLists.of({ since, isQuiet })
    }),
  )
}
