import { Effect, Result, Schema } from "effect"
import * as contract from "@biz1/protocol/client/history"
import { InvalidParam, NotFound } from "@biz1/protocol/errors"
import { RoomEventFilter } from "@biz1/protocol/filter"
import { handler, RawJson } from "../http/Handler.ts"
import { EventStore } from "../store/EventStore.ts"
import type { SeenEntry } from "../sync/SeenEvent.ts"
import { showState } from "../sync/clientEvent.ts"
import { accepting, type Accepts } from "../sync/filter.ts"
import {
  placeOf,
  readableEvent,
  readableOf,
  readRoom,
  showEvents,
  stateFor,
  stateLookup,
  type Reading,
} from "../sync/reading.ts"
import { formatPageToken } from "../sync/token.ts"

const defaultLimit = 10
const maxLimit = 1000
/** How far one request looks for events that its filter lets through. */
const maxScanned = 2000
const decodeFilter = Schema.decodeUnknownResult(Schema.fromJsonString(RoomEventFilter))

const filterOf = Effect.fnUntraced(function* (text: string | undefined) {
  if (text === undefined) return {}
  const decoded = decodeFilter(text)
  if (Result.isSuccess(decoded)) return decoded.success
  return yield* new InvalidParam({ error: `This is no filter: ${decoded.failure.message}` })
})

interface Search {
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
const pageOf = Effect.fnUntraced(function* (reading: Reading, { backward, from, to, limit, wanted }: Search) {
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

/** Member events of those who sent something, for clients that load members as they need them. */
const sendersOf = Effect.fnUntraced(function* (reading: Reading, entries: ReadonlyArray<SeenEntry>) {
  const state = yield* stateLookup(reading)
  return [...new Set(entries.map(({ event }) => event.sender))]
    .map((sender) => state.get("m.room.member", sender))
    .filter((member) => member !== undefined)
    .map((member) => showState(member, reading.reader, reading.room.roomId))
})

export const getRoomEvents = handler(
  contract.getRoomEvents,
  Effect.fnUntraced(function* ({ params: { roomId }, query, requester }) {
    const reading = yield* readRoom(roomId, requester)
    const filter = yield* filterOf(query.filter)
    const { found, start, end } = yield* pageOf(reading, {
      backward: query.dir === "b",
      from: query.from === undefined || query.from === "" ? undefined : yield* placeOf(roomId, query.from),
      to: query.to === undefined ? undefined : yield* placeOf(roomId, query.to),
      limit: Math.max(1, Math.min(query.limit ?? filter.limit ?? defaultLimit, maxLimit)),
      wanted: accepting(filter),
    })
    const chunk = yield* showEvents(reading, found)
    const state = filter.lazy_load_members === true ? yield* sendersOf(reading, found) : []
    return new RawJson(
      `{"start":"${formatPageToken(start)}"${end === undefined ? "" : `,"end":"${formatPageToken(end)}"`}` +
        `,"chunk":[${chunk.join(",")}]${state.length > 0 ? `,"state":[${state.join(",")}]` : ""}}`,
    )
  }),
)

export const getOneRoomEvent = handler(
  contract.getOneRoomEvent,
  Effect.fnUntraced(function* ({ params: { roomId, eventId }, requester }) {
    const reading = yield* readRoom(roomId, requester)
    const [json] = yield* showEvents(reading, [yield* readableEvent(reading, eventId)])
    return new RawJson(json!)
  }),
)

export const getEventContext = handler(
  contract.getEventContext,
  Effect.fnUntraced(function* ({ params: { roomId, eventId }, query, requester }) {
    const reading = yield* readRoom(roomId, requester)
    const entry = yield* readableEvent(reading, eventId)
    const filter = yield* filterOf(query.filter)
    const wanted = accepting(filter)
    const limit = Math.min(query.limit ?? defaultLimit, maxLimit)
    const around = (backward: boolean, from: number, limit: number) =>
      pageOf(reading, { backward, from, to: undefined, limit, wanted })
    const before = yield* around(true, entry.roomSeq - 1, Math.floor(limit / 2))
    const after = yield* around(false, entry.roomSeq, Math.ceil(limit / 2))

    const shown = [...before.found, entry, ...after.found]
    const senders = new Set<string>(shown.map(({ event }) => event.sender))
    const state = (yield* stateFor(reading, shown.at(-1)!.roomSeq)).filter(
      ({ type, stateKey }) => filter.lazy_load_members !== true || type !== "m.room.member" || senders.has(stateKey),
    )
    const [json] = yield* showEvents(reading, [entry])
    return new RawJson(
      `{"start":"${formatPageToken(before.end ?? (before.found.at(-1) ?? entry).roomSeq - 1)}"` +
        `,"end":"${formatPageToken(shown.at(-1)!.roomSeq)}","event":${json}` +
        `,"events_before":[${(yield* showEvents(reading, before.found)).join(",")}]` +
        `,"events_after":[${(yield* showEvents(reading, after.found)).join(",")}]` +
        `,"state":[${state.map((event) => showState(event, reading.reader, roomId)).join(",")}]}`,
    )
  }),
)

export const getEventByTimestamp = handler(
  contract.getEventByTimestamp,
  Effect.fnUntraced(function* ({ params: { roomId }, query: { ts, dir }, requester }) {
    const { readable } = yield* readRoom(roomId, requester)
    const direction = dir === "b" ? "backward" : "forward"
    const found = yield* (yield* EventStore).nearest(roomId, { ts, direction, stretches: readable.stretches })
    if (found === undefined) return yield* new NotFound({ error: "There is no event on that side of the time" })
    return { event_id: found.event.eventId, origin_server_ts: found.event.originServerTs }
  }),
)
