import { Effect } from "effect"
import * as contract from "@biz1/protocol/client/directory"
import { powerLevels } from "@biz1/core/power"
import { AliasTaken, Forbidden, InvalidParam, NotFound } from "@biz1/protocol/errors"
import { serverOf, type RoomId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import { mayTakeAlias } from "../appservice/authority.ts"
import { Queries } from "../appservice/Queries.ts"
import { ServerConfig } from "../config.ts"
import { handler, type Requester } from "../http/Handler.ts"
import { Directory } from "../store/Directory.ts"
import { readRoom, roomAsMember } from "../sync/reading.ts"
import { publicSummary } from "../sync/roomSummary.ts"
import { RoomViews, type RoomView } from "../sync/RoomViews.ts"

export const getRoomIdByAlias = handler(
  contract.getRoomIdByAlias,
  Effect.fnUntraced(function* ({ params }) {
    const { serverName } = yield* ServerConfig
    const found = yield* (yield* Queries).room(params.roomAlias)
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
    yield* mayTakeAlias(roomAlias, requester)
    yield* roomAsMember(body.room_id, requester)
    const made = yield* (yield* Directory).put(roomAlias, body.room_id, requester.userId)
    if (!made) return yield* new AliasTaken({ error: "Another room has this alias already" })
    return {}
  }),
)

/** Whoever may name the room may also list it and take its aliases away. */
const mayAdminister = ({ version, state }: RoomView, { userId }: Requester) => {
  const power = powerLevels(version, state.get("m.room.create", "")!, state.get("m.room.power_levels", ""))
  const isMember = state.get("m.room.member", userId)?.content["membership"] === "join"
  return isMember && power.ofUser(userId) >= power.toSend("m.room.canonical_alias", true)
}

export const deleteRoomAlias = handler(
  contract.deleteRoomAlias,
  Effect.fnUntraced(function* ({ params: { roomAlias }, requester }) {
    const directory = yield* Directory
    yield* mayTakeAlias(roomAlias, requester)
    const found = yield* directory.find(roomAlias)
    if (found === undefined) return yield* new NotFound({ error: "No room has this alias" })
    const room = yield* (yield* RoomViews).get(found.roomId)
    const may =
      requester.appservice !== undefined ||
      found.creator === requester.userId ||
      requester.isAdmin ||
      (room !== undefined && mayAdminister(room, requester))
    if (!may) return yield* new Forbidden({ error: "This alias is somebody else's" })
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
  Effect.fnUntraced(function* ({ params: { roomId }, requester }) {
    if (yield* (yield* Directory).isPublished(roomId)) return { visibility: "public" as const }
    // That a room is there but not listed is for those to know who may read it.
    const notFound = new NotFound({ error: "There is no such room" })
    if (requester === undefined) return yield* notFound
    yield* readRoom(roomId, requester).pipe(Effect.mapError(() => notFound))
    return { visibility: "private" as const }
  }),
)

export const setRoomVisibilityOnDirectory = handler(
  contract.setRoomVisibilityOnDirectory,
  Effect.fnUntraced(function* ({ params: { roomId }, body, requester }) {
    const room = yield* requester.isAdmin ? (yield* RoomViews).get(roomId) : roomAsMember(roomId, requester)
    if (room === undefined) return yield* new NotFound({ error: "There is no such room" })
    if (!requester.isAdmin && !mayAdminister(room, requester)) {
      return yield* new Forbidden({ error: "You may not list this room" })
    }
    yield* (yield* Directory).publish(roomId, (body.visibility ?? "public") === "public")
    return {}
  }),
)

interface Query {
  readonly limit?: number | undefined
  readonly since?: string | undefined
  readonly term?: string | undefined
  /** Types of rooms to list, null standing for rooms without one. */
  readonly types?: ReadonlyArray<string | null> | undefined
  /** The rooms of one network, as `getProtocols` names its instances; or of all, and the server's own. */
  readonly network?: string | undefined
  readonly allNetworks?: boolean | undefined
}

const defaultRooms = 100
const maxRooms = 500

/** The list, largest rooms first; a token is how many were shown before. */
const publicRooms = Effect.fnUntraced(function* ({
  limit = 0,
  since,
  term,
  types,
  network,
  allNetworks = false,
}: Query) {
  const directory = yield* Directory
  const rooms = yield* RoomViews
  const own: ReadonlyArray<RoomId> = network === undefined ? yield* directory.published : []
  const bridged = allNetworks || network !== undefined ? yield* directory.publishedOn(network) : []
  const ids = [...new Set([...own, ...bridged])]
  const views = yield* Effect.forEach(ids, rooms.get, { concurrency: 8 })
  const wanted = term?.toLowerCase()
  const listed = views
    .filter((room) => room !== undefined)
    .map((room) => ({ room, summary: publicSummary(room) }))
    .filter(({ summary }) => types === undefined || types.includes((summary["room_type"] ?? null) as string | null))
    .filter(({ summary }) => wanted === undefined || matches(summary, wanted))
    .sort((a, b) => b.room.joinedCount - a.room.joinedCount || (a.room.roomId < b.room.roomId ? -1 : 1))
  const start = since !== undefined && /^p1_\d{1,9}$/.test(since) ? Number(since.slice(3)) : 0
  const count = limit === 0 ? defaultRooms : Math.min(limit, maxRooms)
  return {
    chunk: listed.slice(start, start + count).map(({ summary }) => summary),
    total_room_count_estimate: listed.length,
    ...(start + count < listed.length ? { next_batch: `p1_${start + count}` } : {}),
    ...(start > 0 ? { prev_batch: `p1_${Math.max(0, start - count)}` } : {}),
  }
})

const matches = (summary: JsonObject, term: string) =>
  ["name", "topic", "canonical_alias"].some((key) =>
    String(summary[key] ?? "")
      .toLowerCase()
      .includes(term),
  )

export const getPublicRooms = handler(contract.getPublicRooms, ({ query: { limit, since } }) =>
  publicRooms({ limit, since }),
)

export const queryPublicRooms = handler(contract.queryPublicRooms, ({ body: { limit, since, filter, ...networks } }) =>
  publicRooms({
    limit,
    since,
    term: filter?.generic_search_term ?? undefined,
    types: filter?.room_types ?? undefined,
    network: networks.third_party_instance_id ?? undefined,
    allNetworks: networks.include_all_networks,
  }),
)
