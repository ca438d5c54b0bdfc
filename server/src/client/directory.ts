import { Effect } from "effect"
import * as contract from "@biz1/protocol/client/directory"
import { powerLevels } from "@biz1/core/power"
import { Forbidden, InvalidParam, NotFound, RoomInUse } from "@biz1/protocol/errors"
import { serverOf, type RoomId, type UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import { ServerConfig } from "../config.ts"
import { handler, type Requester } from "../http/Handler.ts"
import { Directory } from "../store/Directory.ts"
import { readRoom } from "../sync/reading.ts"
import { RoomViews, type RoomView } from "../sync/RoomViews.ts"

export const getRoomIdByAlias = handler(
  contract.getRoomIdByAlias,
  Effect.fnUntraced(function* ({ params }) {
    const { serverName } = yield* ServerConfig
    const found = yield* (yield* Directory).find(params.roomAlias)
    if (found === undefined) return yield* new NotFound({ error: "No room has this alias" })
    return { room_id: found.roomId, servers: [serverName] }
  }),
)

export const setRoomAlias = handler(
  contract.setRoomAlias,
  Effect.fnUntraced(function* ({ params: { roomAlias }, body, requester }) {
    const { serverName } = yield* ServerConfig
    if (serverOf(roomAlias) !== serverName) {
      return yield* new InvalidParam({ error: `Aliases of this server end in :${serverName}` })
    }
    const { joined } = yield* readRoom(body.room_id, requester)
    if (!joined) return yield* new Forbidden({ error: "You are not in this room" })
    const made = yield* (yield* Directory).put(roomAlias, body.room_id, requester.userId)
    if (!made) return yield* new RoomInUse({ error: "Another room has this alias already" })
    return {}
  }),
)

const powerOf = (room: RoomView, userId: UserId) =>
  powerLevels(room.version, room.state.get("m.room.create", "")!, room.state.get("m.room.power_levels", ""))
    .ofUser(userId)

/** Whoever may name the room may also list it and take its aliases away. */
const mayAdminister = (room: RoomView, requester: Requester) => {
  const levels = powerLevels(
    room.version,
    room.state.get("m.room.create", "")!,
    room.state.get("m.room.power_levels", ""),
  )
  return requester.isAdmin || powerOf(room, requester.userId) >= levels.toSend("m.room.canonical_alias", true)
}

export const deleteRoomAlias = handler(
  contract.deleteRoomAlias,
  Effect.fnUntraced(function* ({ params: { roomAlias }, requester }) {
    const directory = yield* Directory
    const found = yield* directory.find(roomAlias)
    if (found === undefined) return yield* new NotFound({ error: "No room has this alias" })
    const room = yield* (yield* RoomViews).get(found.roomId)
    if (found.creator !== requester.userId && !(room !== undefined && mayAdminister(room, requester))) {
      return yield* new Forbidden({ error: "This alias is somebody else's" })
    }
    yield* directory.remove(roomAlias)
    return {}
  }),
)

export const getLocalAliases = handler(
  contract.getLocalAliases,
  Effect.fnUntraced(function* ({ params: { roomId }, requester }) {
    yield* readRoom(roomId, requester)
    return { aliases: yield* (yield* Directory).aliasesOf(roomId) }
  }),
)

export const getRoomVisibilityOnDirectory = handler(
  contract.getRoomVisibilityOnDirectory,
  Effect.fnUntraced(function* ({ params: { roomId } }) {
    const room = yield* (yield* RoomViews).get(roomId)
    if (room === undefined) return yield* new NotFound({ error: "There is no such room" })
    return { visibility: (yield* (yield* Directory).isPublished(roomId)) ? ("public" as const) : ("private" as const) }
  }),
)

export const setRoomVisibilityOnDirectory = handler(
  contract.setRoomVisibilityOnDirectory,
  Effect.fnUntraced(function* ({ params: { roomId }, body, requester }) {
    const room = yield* (yield* RoomViews).get(roomId)
    if (room === undefined) return yield* new NotFound({ error: "There is no such room" })
    if (!mayAdminister(room, requester)) return yield* new Forbidden({ error: "You may not list this room" })
    yield* (yield* Directory).publish(roomId, (body.visibility ?? "public") === "public")
    return {}
  }),
)

interface Query {
  readonly limit?: number | undefined
  readonly since?: string | undefined
  readonly term?: string | undefined
}

const maxRooms = 500

/** The list, largest rooms first; a token is how many were shown before. */
const publicRooms = Effect.fnUntraced(function* ({ limit = 100, since, term }: Query) {
  const directory = yield* Directory
  const rooms = yield* RoomViews
  const ids: ReadonlyArray<RoomId> = yield* directory.published
  const views = yield* Effect.forEach(ids, rooms.get, { concurrency: 8 })
  const wanted = term?.toLowerCase()
  const listed = views
    .filter((room) => room !== undefined)
    .map((room) => ({ room, summary: summaryOf(room) }))
    .filter(({ summary }) => wanted === undefined || matches(summary, wanted))
    .sort((a, b) => b.room.joinedCount - a.room.joinedCount || (a.room.roomId < b.room.roomId ? -1 : 1))
  const start = since !== undefined && /^p1_\d{1,9}$/.test(since) ? Number(since.slice(3)) : 0
  const count = Math.min(limit, maxRooms)
  return {
    chunk: listed.slice(start, start + count).map(({ summary }) => summary),
    total_room_count_estimate: listed.length,
    ...(start + count < listed.length ? { next_batch: `p1_${start + count}` } : {}),
    ...(start > 0 ? { prev_batch: `p1_${Math.max(0, start - count)}` } : {}),
  }
})

const summaryOf = (room: RoomView): JsonObject => {
  const text = (type: string, key: string) => {
    const value = room.state.get(type, "")?.content[key]
    return typeof value === "string" ? { [key === "alias" ? "canonical_alias" : key === "url" ? "avatar_url" : key]: value } : {}
  }
  const content = (type: string, key: string) => room.state.get(type, "")?.content[key]
  return {
    room_id: room.roomId,
    num_joined_members: room.joinedCount,
    world_readable: content("m.room.history_visibility", "history_visibility") === "world_readable",
    guest_can_join: content("m.room.guest_access", "guest_access") === "can_join",
    join_rule: content("m.room.join_rules", "join_rule") ?? "invite",
    ...text("m.room.name", "name"),
    ...text("m.room.topic", "topic"),
    ...text("m.room.canonical_alias", "alias"),
    ...text("m.room.avatar", "url"),
  }
}

const matches = (summary: JsonObject, term: string) =>
  ["name", "topic", "canonical_alias"].some((key) => String(summary[key] ?? "").toLowerCase().includes(term))

export const getPublicRooms = handler(contract.getPublicRooms, ({ query: { limit, since } }) =>
  publicRooms({ limit, since }),
)

export const queryPublicRooms = handler(contract.queryPublicRooms, ({ body: { limit, since, filter } }) =>
  publicRooms({ limit, since, term: filter?.generic_search_term ?? undefined }),
)
