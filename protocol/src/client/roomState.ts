/** A room's state and members. Spec: "Getting events for a room". */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"
import { RoomId } from "../ids.ts"
import { JsonObject } from "../json.ts"

const query = { format: Schema.optionalKey(Schema.Literals(["content", "event"])) }

export const getRoomState = endpoint({
  operationId: "getRoomState",
  method: "GET",
  path: "/_matrix/client/v3/rooms/:roomId/state",
  params: { roomId: RoomId },
  success: Schema.Array(JsonObject),
})

export const getRoomStateWithKey = endpoint({
  operationId: "getRoomStateWithKey",
  method: "GET",
  path: "/_matrix/client/v3/rooms/:roomId/state/:eventType/:stateKey",
  params: { roomId: RoomId, eventType: Schema.String, stateKey: Schema.String },
  query,
  success: JsonObject,
})

/** The same with an empty state key. */
export const getRoomStateOfType = endpoint({
  operationId: "getRoomStateOfType",
  method: "GET",
  path: "/_matrix/client/v3/rooms/:roomId/state/:eventType",
  params: { roomId: RoomId, eventType: Schema.String },
  query,
  success: JsonObject,
})

export const getMembersByRoom = endpoint({
  operationId: "getMembersByRoom",
  method: "GET",
  path: "/_matrix/client/v3/rooms/:roomId/members",
  params: { roomId: RoomId },
  query: {
    at: Schema.optionalKey(Schema.String),
    membership: Schema.optionalKey(Schema.String),
    not_membership: Schema.optionalKey(Schema.String),
  },
  success: Schema.Struct({ chunk: Schema.Array(JsonObject) }),
})

export const getJoinedMembersByRoom = endpoint({
  operationId: "getJoinedMembersByRoom",
  method: "GET",
  path: "/_matrix/client/v3/rooms/:roomId/joined_members",
  params: { roomId: RoomId },
  success: Schema.Struct({ joined: Schema.Record(Schema.String, JsonObject) }),
})
