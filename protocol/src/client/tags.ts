/** Which of their lists a user has put a room in, and where: `m.tag` in the room's account data. Spec: "Room Tagging". */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"
import { RoomId, UserId } from "../ids.ts"
import { JsonObject } from "../json.ts"

const path = "/_matrix/client/v3/user/:userId/rooms/:roomId/tags"
const params = { userId: UserId, roomId: RoomId }
const tagParams = { ...params, tag: Schema.String }

export const getRoomTags = endpoint({
  operationId: "getRoomTags",
  method: "GET",
  path,
  params,
  success: Schema.Struct({ tags: Schema.Record(Schema.String, JsonObject) }),
})

export const setRoomTag = endpoint({
  operationId: "setRoomTag",
  method: "PUT",
  path: `${path}/:tag`,
  params: tagParams,
  numbers: "any",
  body: Schema.StructWithRest(
    /** From 0, the top of the list, to 1. */
    Schema.Struct({ order: Schema.optionalKey(Schema.Finite) }),
    [Schema.Record(Schema.String, Schema.Json)],
  ),
})

export const deleteRoomTag = endpoint({
  operationId: "deleteRoomTag",
  method: "DELETE",
  path: `${path}/:tag`,
  params: tagParams,
})
