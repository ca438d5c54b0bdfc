/** What a user was notified of, newest first, worked out from their rooms and rules. Spec: "Listing Notifications". */
import { Effect } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { RoomId } from "@biz1/protocol/ids"
import type { PushAction } from "@biz1/protocol/pushRules"
import { texts } from "../store/columns.ts"
import { decodeEventRow, eventColumns } from "../store/eventRow.ts"
import { RoomViews, type RoomView } from "../sync/RoomViews.ts"
import { seen, type SeenEntry } from "../sync/SeenEvent.ts"
import { readUpTo, threadOf } from "../sync/unread.ts"
import { rulesOf, type UserView } from "../sync/UserViews.ts"
import { readable } from "../sync/visibility.ts"
import { pushOutcome } from "./pushOutcome.ts"

export interface Notification {
  readonly room: RoomView
  readonly entry: SeenEntry
  readonly actions: ReadonlyArray<PushAction>
  readonly read: boolean
}

const pageSize = 200
/** Who is hardly ever notified gets a shorter page, and where to go on. */
const maxScanned = 2000

/** Those before a position, and where the next page begins if there may be one. */
export const notificationsOf = Effect.fnUntraced(function* (
  user: UserView,
  options: { readonly before: number; readonly limit: number; readonly onlyHighlights: boolean },
) {
  const rooms = yield* RoomViews
  const joined = [...user.rooms].filter(([, { membership }]) => membership === "join").map(([roomId]) => roomId)
  const found: Array<Notification> = []
  let before = options.before
  for (let scanned = 0; scanned < maxScanned; scanned += pageSize) {
    const page = yield* eventsBefore(joined, before)
    for (const entry of page) {
      before = entry.pos
      const room = yield* rooms.get(entry.event.roomId)
      if (room === undefined || !(yield* readable(room.roomId, user.userId)).mayRead(entry)) continue
      if (entry.pos <= (user.rooms.get(room.roomId)?.sincePos ?? 0)) continue
      const { notify, highlight, actions } = pushOutcome(rulesOf(user), entry, user.userId, room)
      if (!(options.onlyHighlights ? highlight : notify)) continue
      found.push({ room, entry, actions, read: yield* isRead(user, room, entry) })
      if (found.length === options.limit) return { found, next: before as number | undefined }
    }
    if (page.length < pageSize) return { found, next: undefined }
  }
  return { found, next: before as number | undefined }
})

/** By a receipt for the room, or for the thread that the event is in. */
export const isRead = Effect.fnUntraced(function* (user: UserView, room: RoomView, entry: SeenEntry) {
  if (entry.pos <= readUpTo(user, room)) return true
  const inThreads = room.readInThreads.get(user.userId)
  return inThreads !== undefined && entry.pos <= (inThreads.get(yield* threadOf(room, entry)) ?? 0)
})

const eventsBefore = Effect.fnUntraced(function* (joined: ReadonlyArray<RoomId>, before: number) {
  const sql = yield* PgClient.PgClient
  const rows = yield* sql`SELECT ${eventColumns(sql)} FROM unnest(${texts(joined)}::text[]) AS r (room_id)
    CROSS JOIN LATERAL (
      SELECT * FROM events WHERE room_id = r.room_id AND pos < ${BigInt(before)} ORDER BY room_seq DESC LIMIT ${pageSize}
    ) e ORDER BY e.pos DESC LIMIT ${pageSize}`.pipe(Effect.orDie)
  return rows.map((row) => seen(decodeEventRow(row)))
})
