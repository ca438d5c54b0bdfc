import { Effect } from "effect"
import * as contract from "@biz1/protocol/client/roomPreviews"
import { Forbidden, InvalidParam, NotFound } from "@biz1/protocol/errors"
import type { RoomId, UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import { roomIdOf } from "../conversation/roomIdOf.ts"
import { handler, type Requester } from "../http/Handler.ts"
import { MembershipStore } from "../store/MembershipStore.ts"
import { mayPreview, roomSummary } from "../sync/roomSummary.ts"
import { RoomViews } from "../sync/RoomViews.ts"
import { walkSpace } from "../sync/space.ts"
import { UserViews } from "../sync/UserViews.ts"

/** A room that may not be looked at is not found, whether it is there or not. */
const summaryFor = Effect.fnUntraced(function* (roomIdOrAlias: string, requester: Requester | undefined) {
  const room = yield* (yield* RoomViews).get(yield* roomIdOf(roomIdOrAlias))
  const user = requester && (yield* (yield* UserViews).get(requester.userId))
  if (room === undefined || !mayPreview(room, user)) return yield* new NotFound({ error: "There is no such room" })
  const membership = user?.rooms.get(room.roomId)?.membership
  return { ...roomSummary(room), ...(membership === undefined ? {} : { membership }) } satisfies JsonObject
})

export const getRoomSummary = handler(contract.getRoomSummary, ({ params, requester }) =>
  summaryFor(params.roomIdOrAlias, requester),
)

const oldNames = (summary: JsonObject): JsonObject => ({
  ...summary,
  "im.nheko.summary.room_version": summary["room_version"]!,
  "im.nheko.summary.version": summary["room_version"]!,
  ...(summary["encryption"] === undefined ? {} : { "im.nheko.summary.encryption": summary["encryption"] }),
})

export const getRoomSummaryByOldPath = handler(contract.getRoomSummaryByOldPath, ({ params, requester }) =>
  Effect.map(summaryFor(params.roomIdOrAlias, requester), oldNames),
)
export const getRoomSummaryByOlderPath = handler(contract.getRoomSummaryByOlderPath, ({ params, requester }) =>
  Effect.map(summaryFor(params.roomIdOrAlias, requester), oldNames),
)

const defaultSpaceRooms = 50
const maxSpaceRooms = 200

/** A token is how many rooms came before, and what was asked for: the walk must be the same. */
const hierarchyToken = /^h1_(\d{1,6})_(true|false)_(\d{1,9}|all)$/

export const getSpaceHierarchy = handler(
  contract.getSpaceHierarchy,
  Effect.fnUntraced(function* ({ params: { roomId }, query, requester }) {
    const { suggested_only: suggestedOnly = false, max_depth: maxDepth, limit = 0, from } = query
    const asked = `${suggestedOnly}_${maxDepth ?? "all"}`
    const [, start, ...same] = from === undefined ? [] : (hierarchyToken.exec(from) ?? [])
    if (from !== undefined && (start === undefined || same.join("_") !== asked)) {
      return yield* new InvalidParam({ error: "This token is of another request: begin anew without `from`" })
    }
    const user = yield* (yield* UserViews).get(requester.userId)
    const walked = yield* walkSpace(roomId, user, { suggestedOnly, maxDepth: maxDepth ?? Number.POSITIVE_INFINITY })
    if (walked.length === 0) return yield* new Forbidden({ error: "You are not in this room" })
    const begin = Number(start ?? 0)
    const end = begin + Math.min(limit === 0 ? defaultSpaceRooms : limit, maxSpaceRooms)
    return {
      rooms: walked.slice(begin, end),
      ...(end < walked.length ? { next_batch: `h1_${end}_${asked}` } : {}),
    }
  }),
)

const mutualPerPage = 100

/** In the order of their ids; a token is the last one given. */
const mutualRooms = Effect.fnUntraced(function* (requester: Requester, other: UserId, from: string | undefined) {
  const after = from === undefined ? "" : Buffer.from(from, "base64url").toString()
  if (from !== undefined && !after.startsWith("!")) {
    return yield* new InvalidParam({ error: "This is no token of this server: begin anew without one" })
  }
  const rooms = yield* (yield* MembershipStore).mutual(requester.userId, other)
  const left = rooms.filter((roomId) => roomId > after)
  const joined: ReadonlyArray<RoomId> = left.slice(0, mutualPerPage)
  const next = left.length > mutualPerPage ? Buffer.from(joined.at(-1)!).toString("base64url") : undefined
  return { joined, count: rooms.length, next }
})

export const getMutualRooms = handler(contract.getMutualRooms, ({ query, requester }) =>
  Effect.map(mutualRooms(requester, query.user_id, query.from), ({ next, ...page }) =>
    next === undefined ? page : { ...page, next_batch: next },
  ),
)
export const getMutualRoomsByOldPath = handler(contract.getMutualRoomsByOldPath, ({ query, requester }) =>
  Effect.map(mutualRooms(requester, query.user_id, query.batch_token), ({ next, ...page }) =>
    next === undefined ? page : { ...page, next_batch_token: next },
  ),
)
