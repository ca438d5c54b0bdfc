/** What operators see of the rooms of their server, and how they give a room somebody who can look after it. */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"
import { RoomId, UserId } from "../ids.ts"
import { JsonObject } from "../json.ts"
import { base, nextFrom, pageQuery } from "./page.ts"

const params = { roomId: RoomId }
const path = `${base}/rooms/:roomId`

/** Each as its summary for people who may join it. Spec: `GET /room_summary`. */
export const listRooms = endpoint({
  operationId: "adminListRooms",
  method: "GET",
  path: `${base}/rooms`,
  query: pageQuery,
  success: Schema.Struct({ rooms: Schema.Array(JsonObject), total: Schema.Natural, ...nextFrom }),
})

export const getRoom = endpoint({
  operationId: "adminGetRoom",
  method: "GET",
  path,
  params,
  success: JsonObject,
})

export const listRoomMembers = endpoint({
  operationId: "adminListRoomMembers",
  method: "GET",
  path: `${path}/members`,
  params,
  success: Schema.Struct({
    members: Schema.Array(Schema.Struct({ user_id: Schema.String, membership: Schema.String })),
  }),
})

export const getRoomStateEvents = endpoint({
  operationId: "adminGetRoomState",
  method: "GET",
  path: `${path}/state`,
  params,
  success: Schema.Struct({ state: Schema.Array(JsonObject) }),
})

/** Gives a user the highest power that somebody of this server has in the room and can give away. */
export const makeRoomAdmin = endpoint({
  operationId: "adminMakeRoomAdmin",
  method: "POST",
  path: `${path}/make_admin`,
  params,
  body: Schema.Struct({ user_id: UserId }),
})
