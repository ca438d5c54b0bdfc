import { Clock, Effect } from "effect"
import { PgClient } from "@effect/sql-pg"
import { powerLevels } from "@biz1/core/power"
import * as contract from "@biz1/protocol/admin/rooms"
import { defaultPage } from "@biz1/protocol/admin/page"
import { Forbidden, NotFound } from "@biz1/protocol/errors"
import { serverOf, type RoomId, type UserId } from "@biz1/protocol/ids"
import { isJsonObject } from "@biz1/protocol/json"
import { ServerConfig } from "../config.ts"
import { Conversations } from "../conversation/Conversations.ts"
import { roomSummary } from "../sync/roomSummary.ts"
import { RoomViews, type RoomView } from "../sync/RoomViews.ts"
import { continued } from "./continued.ts"
import { operator } from "./operator.ts"

const known = Effect.fnUntraced(function* (roomId: RoomId) {
  return (yield* (yield* RoomViews).get(roomId)) ?? (yield* new NotFound({ error: "There is no such room" }))
})

export const listRooms = operator(
  contract.listRooms,
  Effect.fnUntraced(function* ({ query: { from = "", limit = defaultPage } }) {
    const sql = yield* PgClient.PgClient
    const views = yield* RoomViews
    const rows = yield* sql`SELECT room_id FROM rooms WHERE room_id COLLATE "C" > ${from}
      ORDER BY room_id COLLATE "C" LIMIT ${limit}`.pipe(Effect.orDie)
    const [counted] = yield* sql`SELECT count(*)::int AS total FROM rooms`.pipe(Effect.orDie)
    const ids = rows.map((row) => row["room_id"] as RoomId)
    const rooms = yield* Effect.forEach(ids, views.get)
    return {
      rooms: rooms.filter((room) => room !== undefined).map(roomSummary),
      total: Number(counted!["total"]),
      ...continued(ids, limit, (roomId) => roomId),
    }
  }),
)

export const getRoom = operator(contract.getRoom, ({ params: { roomId } }) => Effect.map(known(roomId), roomSummary))

export const listRoomMembers = operator(
  contract.listRoomMembers,
  Effect.fnUntraced(function* ({ params: { roomId } }) {
    const { state } = yield* known(roomId)
    const members = [...state.ofType("m.room.member")]
    return {
      members: members.map(([userId, { content }]) => ({
        user_id: userId,
        membership: String(content["membership"]),
      })),
    }
  }),
)

export const getRoomStateEvents = operator(
  contract.getRoomStateEvents,
  Effect.fnUntraced(function* ({ params: { roomId } }) {
    const { state } = yield* known(roomId)
    return {
      state: [...state].map(({ eventId, type, stateKey, sender, content, originServerTs }) => ({
        event_id: eventId,
        type,
        state_key: stateKey,
        sender,
        content,
        origin_server_ts: originServerTs,
      })),
    }
  }),
)

export const makeRoomAdmin = operator(
  contract.makeRoomAdmin,
  Effect.fnUntraced(function* ({ params: { roomId }, body: { user_id: userId } }) {
    const room = yield* known(roomId)
    const { serverName } = yield* ServerConfig
    const giver = highestOf(room, (member) => serverOf(member) === serverName)
    if (giver === undefined) {
      return yield* new Forbidden({ error: "Nobody of this server in the room has power to give away" })
    }
    const content = room.state.get("m.room.power_levels", "")?.content ?? {}
    const users = isJsonObject(content["users"]) ? content["users"] : {}
    yield* (yield* Conversations).send(roomId, {
      sender: giver.userId,
      drafts: [
        {
          type: "m.room.power_levels",
          stateKey: "",
          content: { ...content, users: { ...users, [userId]: giver.level } },
        },
      ],
      ts: yield* Clock.currentTimeMillis,
    })
    return {}
  }),
)

/** What creators give since room version 12, who stand above every number. */
const creatorsGive = 100

const highestOf = ({ version, state }: RoomView, isOurs: (userId: UserId) => boolean) => {
  const create = state.get("m.room.create", "")
  if (create === undefined) return undefined
  const levels = powerLevels(version, create, state.get("m.room.power_levels", ""))
  const needed = levels.toSend("m.room.power_levels", true)
  const able = [...state.ofType("m.room.member")]
    .filter(([userId, { content }]) => content["membership"] === "join" && isOurs(userId as UserId))
    .map(([userId]) => ({ userId: userId as UserId, power: levels.ofUser(userId as UserId) }))
    .filter(({ power }) => power >= needed)
    .sort((one, other) => (one.power < other.power ? 1 : -1))
  const [first] = able
  if (first === undefined) return undefined
  const level = Number.isFinite(first.power) ? first.power : Math.max(creatorsGive, needed)
  return { userId: first.userId, level }
}
