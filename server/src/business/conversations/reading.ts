/** Who may read which conversation over the business API. */
import { Effect } from "effect"
import { NotFound } from "@biz1/protocol/errors"
import type { RoomId } from "@biz1/protocol/ids"
import type { EventEntry } from "../../log/LogEntry.ts"
import { UserViews } from "../../sync/UserViews.ts"
import { readable } from "../../sync/visibility.ts"
import type { Caller } from "../api/Caller.ts"

/** Of rooms that are not there, and of those that the caller has no business in. */
export const notHere = () => new NotFound({ error: "There is no such conversation, or you are not in it" })

/** People see the conversations that they are in; systems see all. */
export const mayRead = Effect.fnUntraced(function* (caller: Caller, roomId: RoomId) {
  if (caller.kind === "key") return true
  const user = yield* (yield* UserViews).get(caller.userId)
  return user.rooms.get(roomId)?.membership === "join"
})

/** Members read what the room's history visibility lets them; asked once for all entries of a room. */
export const readerOf = Effect.fnUntraced(function* (caller: Caller, roomId: RoomId) {
  if (caller.kind === "key") return () => true
  return (yield* readable(roomId, caller.userId)).mayRead
})

export const mayReadEntry = (caller: Caller, entry: EventEntry) =>
  Effect.map(readerOf(caller, entry.event.roomId), (mayRead) => mayRead(entry))

/** The rooms that a caller's reading is limited to. */
export const roomsOf = Effect.fnUntraced(function* (caller: Caller) {
  if (caller.kind === "key") return undefined
  const { rooms } = yield* (yield* UserViews).get(caller.userId)
  return [...rooms].flatMap(([roomId, { membership }]): ReadonlyArray<RoomId> =>
    membership === "join" ? [roomId] : [],
  )
})
