import { Effect } from "effect"
import * as contract from "@biz1/protocol/client/relations"
import { InvalidParam } from "@biz1/protocol/errors"
import type { EventId, RoomId } from "@biz1/protocol/ids"
import { handler, RawJson, type Requester } from "../http/Handler.ts"
import { EventStore } from "../store/EventStore.ts"
import { RelationStore } from "../store/RelationStore.ts"
import { placeOf, readableEvent, readableOf, readRoom, showEvents } from "../sync/reading.ts"
import { viewerOf } from "../sync/relations.ts"
import { formatPageToken, parsePageToken } from "../sync/token.ts"

const defaultLimit = 50
const maxLimit = 500
/** How far relations of relations are followed. The specification asks for three at least. */
const recursionDepth = 3

const limitOf = (limit = defaultLimit) => Math.max(1, Math.min(limit, maxLimit))

interface Wanted {
  readonly roomId: RoomId
  readonly eventId: EventId
  readonly relType?: string
  readonly eventType?: string
}

interface Paging {
  readonly from?: string
  readonly to?: string
  readonly limit?: number
  readonly dir?: "b" | "f"
  readonly recurse?: boolean
}

const relating = Effect.fnUntraced(function* (wanted: Wanted, query: Paging, requester: Requester) {
  const { roomId, eventId } = wanted
  const reading = yield* readRoom(roomId, requester)
  yield* readableEvent(reading, eventId)
  const backward = query.dir !== "f"
  const limit = limitOf(query.limit)
  const place = Effect.fnUntraced(function* (token: string | undefined) {
    return token === undefined ? undefined : yield* placeOf(roomId, token)
  })
  const [from, to] = [yield* place(query.from), yield* place(query.to)]
  // One more than asked for tells whether there are more.
  const found = yield* (yield* RelationStore).page(
    roomId,
    eventId,
    {
      relType: wanted.relType,
      type: wanted.eventType,
      depth: query.recurse === true ? recursionDepth : 1,
      after: (backward ? to : from) ?? 0,
      before: ((backward ? from : to) ?? Number.MAX_SAFE_INTEGER - 1) + 1,
      direction: backward ? "backward" : "forward",
      limit: limit + 1,
    },
    viewerOf(reading),
  )
  const page = found.slice(0, limit)
  const last = page.at(-1)?.roomSeq ?? 0
  const next = found.length > limit ? formatPageToken(backward ? last - 1 : last) : undefined
  const chunk = yield* showEvents(reading, page)
  return new RawJson(
    `{"chunk":[${chunk.join(",")}]${next === undefined ? "" : `,"next_batch":"${next}"`}` +
      `${query.from === undefined ? "" : `,"prev_batch":${JSON.stringify(query.from)}`}` +
      `${query.recurse === true ? `,"recursion_depth":${recursionDepth}` : ""}}`,
  )
})

export const getRelatingEvents = handler(contract.getRelatingEvents, ({ params, query, requester }) =>
  relating(params, query, requester),
)

export const getRelatingEventsWithRelType = handler(
  contract.getRelatingEventsWithRelType,
  ({ params, query, requester }) => relating(params, query, requester),
)

export const getRelatingEventsWithRelTypeAndEventType = handler(
  contract.getRelatingEventsWithRelTypeAndEventType,
  ({ params, query, requester }) => relating(params, query, requester),
)

export const getThreadRoots = handler(
  contract.getThreadRoots,
  Effect.fnUntraced(function* ({ params: { roomId }, query, requester }) {
    const reading = yield* readRoom(roomId, requester)
    const from = query.from === undefined ? undefined : parsePageToken(query.from)
    if (query.from !== undefined && from === undefined) {
      return yield* new InvalidParam({ error: "This is no token of this server" })
    }
    const limit = limitOf(query.limit)
    const found = yield* (yield* RelationStore).threads(
      roomId,
      { before: from ?? Number.MAX_SAFE_INTEGER, limit: limit + 1, participated: query.include === "participated" },
      viewerOf(reading),
    )
    const page = found.slice(0, limit)
    const roots = new Map(
      (yield* (yield* EventStore).findMany(page.map(({ rootId }) => rootId))).map((root) => [root.event.eventId, root]),
    )
    const shown = yield* showEvents(
      reading,
      readableOf(
        reading,
        page.map(({ rootId }) => roots.get(rootId)).filter((root) => root !== undefined),
      ),
    )
    const next = found.length > limit ? `,"next_batch":"${formatPageToken(page.at(-1)!.lastSeq)}"` : ""
    return new RawJson(`{"chunk":[${shown.join(",")}]${next}}`)
  }),
)
