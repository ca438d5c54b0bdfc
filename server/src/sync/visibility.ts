/** Which events of a room a user may read: by the history visibility and their membership when each happened. */
import { Effect } from "effect"
import { mayRead } from "@biz1/core/visibility"
import type { RoomId, UserId } from "@biz1/protocol/ids"
import type { EventEntry } from "../log/LogEntry.ts"
import { EventStore } from "../store/EventStore.ts"

/**
 * A question about any event of the room, by its `roomSeq`. In the order of the room's actor the state at an event is
 * what the last change before it left, so the few events that decide are read once.
 */
export const readable = Effect.fnUntraced(function* (roomId: RoomId, userId: UserId) {
  const store = yield* EventStore
  const changes = yield* store.visibilityChanges(roomId, userId)
  const visibilities = changes.filter(({ event }) => event.type === "m.room.history_visibility")
  const memberships = changes.filter(({ event }) => event.type === "m.room.member")
  const lastJoin = memberships.findLast(({ event }) => event.content["membership"] === "join")?.roomSeq ?? 0

  const membershipAt = (seq: number) => text(lastUpTo(memberships, seq)?.event.content["membership"]) ?? "leave"
  const visibilityAt = (seq: number) =>
    text(lastUpTo(visibilities, seq)?.event.content["history_visibility"]) ?? "shared"

  return {
    membershipAt,
    mayRead: ({ roomSeq, event }: EventEntry) => {
      const own = event.type === "m.room.member" && event.stateKey === userId
      const change = event.type === "m.room.history_visibility" && event.stateKey === ""
      return mayRead({
        visibility: visibilityAt(roomSeq),
        ...(change ? { visibilityBefore: visibilityAt(roomSeq - 1) } : {}),
        membership: membershipAt(roomSeq),
        ...(own ? { membershipBefore: membershipAt(roomSeq - 1) } : {}),
        joinedSince: lastJoin > roomSeq,
      })
    },
  }
})

const lastUpTo = (changes: ReadonlyArray<EventEntry>, seq: number) =>
  changes.findLast(({ roomSeq }) => roomSeq <= seq)

const text = (value: unknown) => (typeof value === "string" ? value : undefined)
