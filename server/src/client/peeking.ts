import { Clock, Effect } from "effect"
import * as contract from "@biz1/protocol/client/peeking"
import type { RoomId } from "@biz1/protocol/ids"
import { handler, RawJson, type Requester } from "../http/Handler.ts"
import { Directory } from "../store/Directory.ts"
import { EventStore } from "../store/EventStore.ts"
import { showState } from "../sync/clientEvent.ts"
import { pageOf } from "../sync/pageOf.ts"
import { placeOf, readRoom, showEvents, stateFor, type Reading } from "../sync/reading.ts"
import { formatPageToken } from "../sync/token.ts"

const everything = () => true
const shownMessages = 20

export const roomInitialSync = handler(
  contract.roomInitialSync,
  Effect.fnUntraced(function* ({ params: { roomId }, requester }) {
    const reading = yield* readRoom(roomId, requester)
    const { room, user, reader } = reading
    const last = yield* pageOf(reading, {
      backward: true,
      from: undefined,
      to: undefined,
      limit: shownMessages,
      wanted: everything,
    })
    const chunk = yield* showEvents(reading, last.found.toReversed())
    const state = yield* stateFor(reading)
    const accountData = [...user.accountData.values()].filter((entry) => entry.roomId === roomId)
    const membership = user.rooms.get(roomId)?.membership
    const visibility = (yield* (yield* Directory).isPublished(roomId)) ? "public" : "private"
    return new RawJson(
      `{"room_id":${JSON.stringify(room.roomId)},"visibility":"${visibility}"` +
        (membership === undefined ? "" : `,"membership":"${membership}"`) +
        `,"messages":{"start":"${formatPageToken(last.end ?? 0)}","end":"${formatPageToken(last.start)}"` +
        `,"chunk":[${chunk.join(",")}]}` +
        `,"state":[${state.map((event) => showState(event, reader, roomId)).join(",")}]` +
        `,"account_data":${JSON.stringify(accountData.map(({ type, content }) => ({ type, content })))}}`,
    )
  }),
)

const maxTimeoutMs = 120_000
const maxEvents = 100
/** Nothing wakes who is not in the room, so they look again this often. */
const lookEvery = "500 millis"

/** What the reader may see now of what came after a place. Asked anew each time: the room may have closed. */
const eventsAfter = Effect.fnUntraced(function* (roomId: RoomId, requester: Requester, from: number) {
  const reading: Reading = yield* readRoom(roomId, requester)
  const page = yield* pageOf(reading, { backward: false, from, to: undefined, limit: maxEvents, wanted: everything })
  const end = page.end ?? Math.max(from, yield* (yield* EventStore).seqAt(roomId, Number.MAX_SAFE_INTEGER))
  return { chunk: yield* showEvents(reading, page.found), end }
})

export const peekEvents = handler(
  contract.peekEvents,
  Effect.fnUntraced(function* ({ query: { room_id: roomId, from, timeout = 0 }, requester }) {
    yield* readRoom(roomId, requester)
    const start =
      from === undefined || from === ""
        ? yield* (yield* EventStore).seqAt(roomId, Number.MAX_SAFE_INTEGER)
        : yield* placeOf(roomId, from)
    const until = (yield* Clock.currentTimeMillis) + Math.min(timeout, maxTimeoutMs)
    let seen = yield* eventsAfter(roomId, requester, start)
    while (seen.chunk.length === 0 && (yield* Clock.currentTimeMillis) < until) {
      yield* Effect.sleep(lookEvery)
      seen = yield* eventsAfter(roomId, requester, start)
    }
    return new RawJson(
      `{"start":"${formatPageToken(start)}","end":"${formatPageToken(seen.end)}","chunk":[${seen.chunk.join(",")}]}`,
    )
  }),
)
