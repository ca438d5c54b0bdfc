/** The timeline of one room's part of a sync: the last events of a stretch. Spec: client-server API, "Syncing". */
import { Effect } from "effect"
import { relationOf } from "@biz1/core/relation"
import { EventStore } from "../store/EventStore.ts"
import type { Reader } from "./clientEvent.ts"
import { readableOf, showEvents } from "./reading.ts"
import { heldBetween, type RoomView } from "./RoomViews.ts"
import type { SeenEntry } from "./SeenEvent.ts"
import type { SyncFilter } from "./syncFilter.ts"
import { formatPageToken } from "./token.ts"
import type { UserView } from "./UserViews.ts"
import { joinedThroughout, readable } from "./visibility.ts"

export interface Timeline {
  readonly events: ReadonlyArray<SeenEntry>
  /** The same as JSON. */
  readonly shown: ReadonlyArray<string>
  /** Those that the filter alone keeps out. */
  readonly unwanted: ReadonlyArray<SeenEntry>
  /** Older events of the span were left out. */
  readonly limited: boolean
  readonly prevBatch: string
}

/** The last events of a span that the filter and the history visibility let through. */
export const timelineOf = Effect.fnUntraced(function* (
  room: RoomView,
  user: UserView,
  reader: Reader,
  filter: SyncFilter,
  span: { readonly since: number; readonly upTo: number },
  options: { readonly checkVisibility: boolean },
) {
  const limit = filter.timelineLimit
  const inMemory = room.timelineAfter <= span.since
  const store = yield* EventStore
  const newest = inMemory
    ? heldBetween(room, span.since, span.upTo)
    : [...(yield* store.latest(room.roomId, { upTo: span.upTo, limit: limit * 2 + 1 }))].reverse()
  const inSpan = inMemory ? newest : newest.filter(({ pos }) => pos > span.since)
  // Read from the store, a full page means that there may be more of the span before it.
  const more = !inMemory && inSpan.length === limit * 2 + 1
  const reading = {
    room,
    user,
    reader,
    readable: options.checkVisibility ? yield* readable(room.roomId, user.userId) : joinedThroughout,
  }
  // A timeline has no hole: what the state became inside of it, no client could tell. What is before is for paging.
  const hole = inSpan.findLastIndex((entry) => !reading.readable.mayRead(entry))
  const unbroken = hole < 0 ? inSpan : inSpan.slice(hole + 1)
  const readableOnes = readableOf(reading, unbroken)
  const wanted = readableOnes.filter(({ event }) => filter.timeline(event, room.roomId))
  const unwanted =
    wanted.length === readableOnes.length
      ? []
      : readableOnes.filter(({ event }) => !filter.timeline(event, room.roomId))
  const events = wanted.slice(Math.max(0, wanted.length - limit))
  // What relates to an event comes after it, so it is in the same stretch.
  const ids = new Set<string | undefined>(events.map(({ event }) => event.eventId))
  const related = inSpan.some(({ event }) => ids.has(relationOf(event)?.eventId))
  const shown = yield* showEvents(reading, events, { roomSaid: true, related })
  const limited = more || wanted.length > limit || inSpan.slice(0, hole + 1).some(reading.readable.mayRead)
  // Where none is shown of those that are wanted, all of them are still to be paged back to.
  const first = events[0] ?? (wanted.length === 0 ? unbroken[0] : undefined)
  const lastSeq =
    first === undefined ? (inSpan.at(-1)?.roomSeq ?? (yield* store.seqAt(room.roomId, span.upTo))) : first.roomSeq - 1
  return { events, shown, unwanted, limited, prevBatch: formatPageToken(lastSeq) } satisfies Timeline
})
