/** Aliases and the public list of rooms. Spec: "Room aliases", "Published room directory". */
import { Schema } from "effect"
import { endpoint, NaturalFromString } from "../Endpoint.ts"
import { RoomAlias, RoomId, ServerName } from "../ids.ts"
import { JsonObject } from "../json.ts"

const alias = "/_matrix/client/v3/directory/room/:roomAlias"
const params = { roomAlias: RoomAlias }

export const getRoomIdByAlias = endpoint({
  operationId: "getRoomIdByAlias",
  method: "GET",
  path: alias,
  access: "optional",
  params,
  success: Schema.Struct({ room_id: RoomId, servers: Schema.Array(ServerName) }),
})
export const setRoomAlias = endpoint({
  operationId: "setRoomAlias",
  method: "PUT",
  path: alias,
  params,
  body: Schema.Struct({ room_id: RoomId }),
})
export const deleteRoomAlias = endpoint({ operationId: "deleteRoomAlias", method: "DELETE", path: alias, params })

export const getLocalAliases = endpoint({
  operationId: "getLocalAliases",
  method: "GET",
  path: "/_matrix/client/v3/rooms/:roomId/aliases",
  params: { roomId: RoomId },
  success: Schema.Struct({ aliases: Schema.Array(RoomAlias) }),
})

const visibility = Schema.Literals(["public", "private"])

export const getRoomVisibilityOnDirectory = endpoint({
  operationId: "getRoomVisibilityOnDirectory",
  method: "GET",
  path: "/_matrix/client/v3/directory/list/room/:roomId",
  access: "optional",
  params: { roomId: RoomId },
  success: Schema.Struct({ visibility }),
})
export const setRoomVisibilityOnDirectory = endpoint({
  operationId: "setRoomVisibilityOnDirectory",
  method: "PUT",
  path: "/_matrix/client/v3/directory/list/room/:roomId",
  params: { roomId: RoomId },
  body: Schema.Struct({ visibility: Schema.optionalKey(visibility) }),
})

const Rooms = Schema.Struct({
  chunk: Schema.Array(JsonObject),
  next_batch: Schema.optionalKey(Schema.String),
  prev_batch: Schema.optionalKey(Schema.String),
  total_room_count_estimate: Schema.optionalKey(Schema.Natural),
})

export const getPublicRooms = endpoint({
  operationId: "getPublicRooms",
  method: "GET",
  path: "/_matrix/client/v3/publicRooms",
  access: "optional",
  query: {
    limit: Schema.optionalKey(NaturalFromString),
    since: Schema.optionalKey(Schema.String),
    server: Schema.optionalKey(ServerName),
  },
  success: Rooms,
})
export const queryPublicRooms = endpoint({
  operationId: "queryPublicRooms",
  method: "POST",
  path: "/_matrix/client/v3/publicRooms",
  limit: "read",
  query: { server: Schema.optionalKey(ServerName) },
  body: Schema.Struct({
    limit: Schema.optionalKey(Schema.Natural),
    since: Schema.optionalKey(Schema.String),
    include_all_networks: Schema.optionalKey(Schema.Boolean),
    third_party_instance_id: Schema.optionalKey(Schema.NullOr(Schema.String)),
    filter: Schema.optionalKey(
      Schema.Struct({
        generic_search_term: Schema.optionalKey(Schema.NullOr(Schema.String)),
        room_types: Schema.optionalKey(Schema.NullOr(Schema.Array(Schema.NullOr(Schema.String)))),
      }),
    ),
  }),
  success: Rooms,
})
