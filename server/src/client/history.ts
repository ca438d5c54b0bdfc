import { Effect, Result, Schema } from "effect"
import * as contract from "@biz1/protocol/client/history"
import { InvalidParam, NotFound } from "@biz1/protocol/errors"
import { RoomEventFilter } from "@biz1/protocol/filter"
import { handler, RawJson } from "../http/Handler.ts"
import { EventStore } from "../store/EventStore.ts"
import { pageOf } from "../sync/pageOf.ts"
import type { SeenEntry } from "../sync/SeenEvent.ts"
import { showState } from "../sync/clientEvent.ts"
import { accepting } from "../sync/filter.ts"
import { placeOf, readableEvent, readRoom, showEvents, stateFor, stateLookup, type Reading } from "../sync/reading.ts"
import { formatPageToken } from "../sync/token.ts"

const defaultLimit = 10
const maxLimit = 1000
const decodeFilter = Schema.decodeUnknownResult(Schema.fromJsonString(RoomEventFilter))

const filterOf = Effect.fnUntraced(function* (text: string | undefined) {
  if (text === undefined) return {}
  const decoded = decodeFilter(text)
  if (Result.isSuccess(decoded)) return decoded.success
  return yield* new InvalidParam({ error: `This is no filter: ${decoded.failure.message}` })
})

const relatedByIn = ({ related_by_rel_types: relTypes, related_by_senders: senders }: RoomEventFilter) =>
  relTypes === undefined && senders === undefined ? undefined : { relTypes, senders }

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
      relatedBy: relatedByIn(filter),
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
      pageOf(reading, { backward, from, to: undefined, limit, wanted, relatedBy: relatedByIn(filter) })
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
