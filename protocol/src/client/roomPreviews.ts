/** Looking at rooms from outside: one room, a space and what is in it, what two people share. */
import { Schema } from "effect"
import { BooleanFromString, endpoint, NaturalFromString, Repeated } from "../Endpoint.ts"
import { RoomId, UserId } from "../ids.ts"
import { JsonObject } from "../json.ts"

const summary = <const Id extends string>(operationId: Id, path: string) =>
  endpoint({
    operationId,
    method: "GET",
    path,
    access: "optional",
    params: { roomIdOrAlias: Schema.String },
    query: { via: Schema.optionalKey(Repeated) },
    success: JsonObject,
  })

export const getRoomSummary = summary("getRoomSummary", "/_matrix/client/v1/room_summary/:roomIdOrAlias")
/** As clients called it before it was part of the specification. MSC3266. */
export const getRoomSummaryByOldPath = summary(
  "getRoomSummaryByOldPath",
  "/_matrix/client/unstable/im.nheko.summary/rooms/:roomIdOrAlias/summary",
)
export const getRoomSummaryByOlderPath = summary(
  "getRoomSummaryByOlderPath",
  "/_matrix/client/unstable/im.nheko.summary/summary/:roomIdOrAlias",
)

export const getSpaceHierarchy = endpoint({
  operationId: "getSpaceHierarchy",
  method: "GET",
  path: "/_matrix/client/v1/rooms/:roomId/hierarchy",
  params: { roomId: RoomId },
  query: {
    suggested_only: Schema.optionalKey(BooleanFromString),
    limit: Schema.optionalKey(NaturalFromString),
    max_depth: Schema.optionalKey(NaturalFromString),
    from: Schema.optionalKey(Schema.String),
  },
  success: Schema.Struct({ rooms: Schema.Array(JsonObject), next_batch: Schema.optionalKey(Schema.String) }),
})

export const getMutualRooms = endpoint({
  operationId: "getMutualRooms",
  method: "GET",
  path: "/_matrix/client/v1/mutual_rooms",
  query: { user_id: UserId, from: Schema.optionalKey(Schema.String) },
  success: Schema.Struct({
    joined: Schema.Array(RoomId),
    count: Schema.Natural,
    next_batch: Schema.optionalKey(Schema.String),
  }),
})
/** As clients called it before it was part of the specification. MSC2666. */
export const getMutualRoomsByOldPath = endpoint({
  operationId: "getMutualRoomsByOldPath",
  method: "GET",
  path: "/_matrix/client/unstable/uk.half-shot.msc2666/user/mutual_rooms",
  query: { user_id: UserId, batch_token: Schema.optionalKey(Schema.String) },
  success: Schema.Struct({
    joined: Schema.Array(RoomId),
    count: Schema.Natural,
    next_batch_token: Schema.optionalKey(Schema.String),
  }),
})
