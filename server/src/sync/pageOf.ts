/** A stretch of a room's past as one reader sees it, through a filter. */
import { Effect } from "effect"
import { EventStore } from "../store/EventStore.ts"
import { RelationStore, type RelatedBy } from "../store/RelationStore.ts"
import type { Accepts } from "./filter.ts"
import { readableOf, type Reading } from "./reading.ts"
import { viewerOf } from "./relations.ts"
import type { SeenEntry } from "./SeenEvent.ts"

/** How far one request looks for events that its filter lets through. */
const maxScanned = 2000
const maxAtOnce = 500

export interface Search {
  readonly backward: boolean
  /** Places in the room: after the event with this `roomSeq`. */
  readonly from: number | undefined
  readonly to: number | undefined
  readonly limit: number
  readonly wanted: Accepts
  /** Only events that others are about. Spec: "Filtering", `related_by_rel_types`, `related_by_senders`. */
  readonly relatedBy?: RelatedBy | undefined
}

/**
 * Reads on from a place until enough is found that the reader may and wants to read. A room's events are numbered
 * without a gap, so it is known whether any are left.
 */
export const pageOf = Effect.fnUntraced(function* (
  reading: Reading,
  { backward, from, to, limit, wanted, relatedBy }: Search,
) {
  const store = yield* EventStore
  const { roomId } = reading.room
  const { stretches, readableUpTo } = reading.readable
  const last = readableUpTo(yield* store.seqAt(roomId, Number.MAX_SAFE_INTEGER)) ?? 0
  const first = Math.min((stretches[0]?.[0] ?? 1) - 1, last)
  const start = Math.max(first, Math.min(from ?? (backward ? last : first), last))
  const stop = backward ? Math.max(first, to ?? 0) : Math.min(last, to ?? last)

  const found: Array<SeenEntry> = []
  let at = start
  let size = limit
  for (let scanned = 0; found.length < limit && scanned < maxScanned && (backward ? at > stop : at < stop);) {
    const page = yield* store.page(
      roomId,
      backward
        ? { after: stop, before: at + 1, direction: "backward", limit: size }
        : { after: at, before: stop + 1, direction: "forward", limit: size },
    )
    // Where little is found, more is looked through at once.
    size = Math.min(size * 4, Math.max(limit, maxAtOnce))
    scanned += Math.max(page.length, 1)
    const candidates = readableOf(reading, page).filter(({ event }) => wanted(event, roomId))
    const kept = new Set(relatedBy === undefined ? candidates : yield* relatedAmong(reading, candidates, relatedBy))
    for (const entry of page) {
      at = backward ? entry.roomSeq - 1 : entry.roomSeq
      if (kept.has(entry)) found.push(entry)
      if (found.length === limit) break
    }
  }
  return { found, start: from ?? start, end: (backward ? at > first : at < last) ? at : undefined }
})

const relatedAmong = Effect.fnUntraced(function* (reading: Reading, entries: ReadonlyArray<SeenEntry>, by: RelatedBy) {
  const ids = entries.map(({ event }) => event.eventId)
  const related = yield* (yield* RelationStore).relatedTo(reading.room.roomId, ids, by, viewerOf(reading))
  return entries.filter(({ event }) => related.has(event.eventId))
})
