/** A stretch of a room's past as one reader sees it, through a filter. */
import { Effect } from "effect"
import { EventStore } from "../store/EventStore.ts"
import type { Accepts } from "./filter.ts"
import { readableOf, type Reading } from "./reading.ts"
import type { SeenEntry } from "./SeenEvent.ts"

/** How far one request looks for events that its filter lets through. */
const maxScanned = 2000

export interface Search {
  readonly backward: boolean
  /** Places in the room: after the event with this `roomSeq`. */
  readonly from: number | undefined
  readonly to: number | undefined
  readonly limit: number
  readonly wanted: Accepts
}

/**
 * Reads on from a place until enough is found that the reader may and wants to read. A room's events are numbered
 * without a gap, so it is known whether any are left.
 */
export const pageOf = Effect.fnUntraced(function* (reading: Reading, { backward, from, to, limit, wanted }: Search) {
  const store = yield* EventStore
  const { roomId } = reading.room
  const { stretches, readableUpTo } = reading.readable
  const last = readableUpTo(yield* store.seqAt(roomId, Number.MAX_SAFE_INTEGER)) ?? 0
  const first = Math.min((stretches[0]?.[0] ?? 1) - 1, last)
  const start = Math.max(first, Math.min(from ?? (backward ? last : first), last))
  const stop = backward ? Math.max(first, to ?? 0) : Math.min(last, to ?? last)

  const found: Array<SeenEntry> = []
  let at = start
  for (let scanned = 0; found.length < limit && scanned < maxScanned && (backward ? at > stop : at < stop);) {
    const page = yield* store.page(
      roomId,
      backward
        ? { after: stop, before: at + 1, direction: "backward", limit }
        : { after: at, before: stop + 1, direction: "forward", limit },
    )
    scanned += Math.max(page.length, 1)
    const readable = new Set(readableOf(reading, page))
    for (const entry of page) {
      at = backward ? entry.roomSeq - 1 : entry.roomSeq
      if (readable.has(entry) && wanted(entry.event, roomId)) found.push(entry)
      if (found.length === limit) break
    }
  }
  return { found, start: from ?? start, end: (backward ? at > first : at < last) ? at : undefined }
})
