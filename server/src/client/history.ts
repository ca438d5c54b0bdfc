import { Effect, Result, Schema } from "effect"
import * as contract from "@biz1/protocol/client/history"
import { InvalidParam, NotFound } from "@biz1/protocol/errors"
import { RoomEventFilter } from "@biz1/protocol/filter"
import type { EventId, RoomId } from "@biz1/protocol/ids"
import { handler, RawJson, type Requester } from "../http/Handler.ts"
import type { EventEntry } from "../log/LogEntry.ts"
import { EventStore } from "../store/EventStore.ts"
import { showState } from "../sync/clientEvent.ts"
import { accepting } from "../sync/filter.ts"
import { readRoom, showStored } from "../sync/reading.ts"
import { formatPageToken, parsePageToken, parseToken } from "../sync/token.ts"

const defaultLimit = 10
const maxLimit = 1000
const decodeFilter = Schema.decodeUnknownResult(Schema.fromJsonString(RoomEventFilter))

const filterOf = Effect.fnUntraced(function* (text: string | undefined) {
  if (text === undefined) return {}
  const decoded = decodeFilter(text)
  if (Result.isSuccess(decoded)) return decoded.success
  return yield* new InvalidParam({ error: `This is no filter: ${decoded.failure.message}` })
})

/** Where a token stands in the room: after the event with this `roomSeq`. */
const seqOf = Effect.fnUntraced(function* (roomId: RoomId, token: string) {
  const seq = parsePageToken(token)
  if (seq !== undefined) return seq
  const sync = parseToken(token)
  if (sync !== undefined) return yield* (yield* EventStore).seqAt(roomId, sync.pos)
  return yield* new InvalidParam({ error: "This is no token of this server" })
})

/** Member events of those who sent something, for clients that load members as they need them. */
const sendersOf = (
  reading: Effect.Success<ReturnType<typeof readRoom>>,
  entries: ReadonlyArray<EventEntry>,
): ReadonlyArray<string> =>
  [...new Set(entries.map(({ event }) => event.sender))]
    .map((sender) => reading.room.state.get("m.room.member", sender))
    .filter((member) => member !== undefined)
    .map((member) => showState(member, reading.reader, reading.room.roomId))

export const getRoomEvents = handler(
  contract.getRoomEvents,
  Effect.fnUntraced(function* ({ params: { roomId }, query, requester }) {
    const reading = yield* readRoom(roomId, requester)
    const store = yield* EventStore
    const filter = yield* filterOf(query.filter)
    const wanted = accepting(filter)
    const limit = Math.max(1, Math.min(query.limit ?? filter.limit ?? defaultLimit, maxLimit))
    const backward = query.dir === "b"
    const last = reading.leftAt === undefined ? undefined : yield* store.seqAt(roomId, reading.leftAt)
    const given = query.from === undefined || query.from === "" ? undefined : yield* seqOf(roomId, query.from)
    const end = last ?? Number.MAX_SAFE_INTEGER - 1
    const from = Math.min(given ?? (backward ? end : 0), end)
    const to = query.to === undefined ? undefined : yield* seqOf(roomId, query.to)
    const page = yield* store.page(
      roomId,
      backward
        ? { before: from + 1, after: to, direction: "backward", limit }
        : { after: from, before: (to ?? end) + 1, direction: "forward", limit },
    )
    const shown = (yield* showStored(reading, page)).filter(({ entry }) => wanted(entry.event, roomId))
    const edge = page.at(-1)
    const more = page.length === limit && edge !== undefined && !(backward && edge.roomSeq === 1)
    const state = filter.lazy_load_members === true ? sendersOf(reading, page) : []
    const start = given ?? (backward ? (page[0]?.roomSeq ?? 0) : 0)
    return new RawJson(
      `{"start":"${formatPageToken(start)}"` +
        (more ? `,"end":"${formatPageToken(backward ? edge.roomSeq - 1 : edge.roomSeq)}"` : "") +
        `,"chunk":[${shown.map(({ json }) => json).join(",")}]` +
        `${state.length > 0 ? `,"state":[${state.join(",")}]` : ""}}`,
    )
  }),
)

/** One event of a room that the reader may see; anything else is not found, whether it is there or not. */
const oneEvent = Effect.fnUntraced(function* (roomId: RoomId, eventId: EventId, requester: Requester) {
  const reading = yield* readRoom(roomId, requester)
  const entry = yield* (yield* EventStore).find(eventId)
  const [shown] = entry === undefined || entry.event.roomId !== roomId ? [] : yield* showStored(reading, [entry])
  if (shown === undefined) return yield* new NotFound({ error: "There is no such event here" })
  return { reading, ...shown }
})

export const getOneRoomEvent = handler(
  contract.getOneRoomEvent,
  Effect.fnUntraced(function* ({ params: { roomId, eventId }, requester }) {
    return new RawJson((yield* oneEvent(roomId, eventId, requester)).json)
  }),
)

export const getEventContext = handler(
  contract.getEventContext,
  Effect.fnUntraced(function* ({ params: { roomId, eventId }, query, requester }) {
    const { reading, entry, json } = yield* oneEvent(roomId, eventId, requester)
    const store = yield* EventStore
    const filter = yield* filterOf(query.filter)
    const wanted = accepting(filter)
    const limit = Math.min(query.limit ?? defaultLimit, maxLimit)
    const [before, after] = [Math.floor(limit / 2), Math.ceil(limit / 2)]
    const { roomSeq } = entry
    const earlier =
      before === 0 ? [] : yield* store.page(roomId, { before: roomSeq, direction: "backward", limit: before })
    const later = after === 0 ? [] : yield* store.page(roomId, { after: roomSeq, direction: "forward", limit: after })
    const show = Effect.fnUntraced(function* (entries: ReadonlyArray<EventEntry>) {
      const shown = yield* showStored(reading, entries)
      return shown.filter((one) => wanted(one.entry.event, roomId)).map((one) => one.json)
    })
    const lastSeq = later.at(-1)?.roomSeq ?? roomSeq
    const state = yield* store.stateAt(roomId, (later.at(-1) ?? entry).stateGroup)
    const senders = new Set([entry, ...earlier, ...later].map(({ event }) => event.sender as string))
    const shownState = state
      .filter(
        ({ event }) =>
          filter.lazy_load_members !== true || event.type !== "m.room.member" || senders.has(event.stateKey!),
      )
      .map(({ event }) => showState(event, reading.reader, roomId))
    return new RawJson(
      `{"start":"${formatPageToken((earlier.at(-1)?.roomSeq ?? roomSeq) - 1)}","end":"${formatPageToken(lastSeq)}"` +
        `,"event":${json},"events_before":[${(yield* show(earlier)).join(",")}]` +
        `,"events_after":[${(yield* show(later)).join(",")}],"state":[${shownState.join(",")}]}`,
    )
  }),
)
