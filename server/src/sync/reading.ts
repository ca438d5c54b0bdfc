/** Reading a room: who may, and stored events as one reader sees them. */
import { Clock, Effect } from "effect"
import { Forbidden } from "@biz1/protocol/errors"
import type { EventId, RoomId } from "@biz1/protocol/ids"
import type { Requester } from "../http/Handler.ts"
import type { EventEntry } from "../log/LogEntry.ts"
import { EventStore } from "../store/EventStore.ts"
import { redactedEvent, showEvent } from "./clientEvent.ts"
import { RoomViews } from "./RoomViews.ts"
import { UserViews } from "./UserViews.ts"
import { readable } from "./visibility.ts"

/** A room for a reader who is in it, was in it, or may look in from outside. Others learn nothing, not even that it is. */
export const readRoom = Effect.fnUntraced(function* (roomId: RoomId, requester: Requester) {
  const room = yield* (yield* RoomViews).get(roomId)
  const user = yield* (yield* UserViews).get(requester.userId)
  const membership = user.rooms.get(roomId)
  const open = room?.state.get("m.room.history_visibility", "")?.content["history_visibility"] === "world_readable"
  const inside = membership?.membership === "join" || (membership?.membership === "leave" && !membership.forgotten)
  if (room === undefined || !(inside || open)) {
    return yield* new Forbidden({ error: "You are not in this room" })
  }
  const reader = {
    userId: requester.userId,
    deviceId: requester.deviceId,
    nowMs: yield* Clock.currentTimeMillis,
  }
  const joined = membership?.membership === "join"
  return { room, user, reader, joined, leftAt: joined ? undefined : membership?.pos }
})

/** Shows stored events of a room to a reader, leaving out what they may not read. */
export const showStored = Effect.fnUntraced(function* (
  reading: Effect.Success<ReturnType<typeof readRoom>>,
  entries: ReadonlyArray<EventEntry>,
) {
  const { room, user, reader } = reading
  const store = yield* EventStore
  const { mayRead, membershipAt } = yield* readable(room.roomId, user.userId)
  const redactions = entries.map(({ redactedBy }) => redactedBy).filter((id) => id !== undefined)
  const because = new Map<EventId, string>()
  for (const redaction of yield* store.findMany(redactions)) {
    because.set(redaction.event.eventId, showEvent(redaction, reader, { roomId: room.roomId }))
  }
  return entries
    .filter(
      (entry) => mayRead(entry) && (entry.event.stateKey !== undefined || !user.ignored.has(entry.event.sender)),
    )
    .map((entry) => {
      const shown =
        entry.redactedBy === undefined ? entry : { ...entry, event: redactedEvent(entry.event, room.version) }
      const json = showEvent(shown, reader, {
        roomId: room.roomId,
        membership: membershipAt(entry.roomSeq),
        redactedBecause: entry.redactedBy && because.get(entry.redactedBy),
      })
      return { entry, json }
    })
})
