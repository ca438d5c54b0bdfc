/** Joins a room by its id or by an alias of it. Spec: "Joining rooms". */
import { Schema } from "effect"
import { endpoint, Repeated } from "../Endpoint.ts"
import { RoomId } from "../ids.ts"

const body = Schema.Struct({ reason: Schema.optionalKey(Schema.String) })
const success = Schema.Struct({ room_id: RoomId })

export const joinRoom = endpoint({
  operationId: "joinRoom",
  method: "POST",
  path: "/_matrix/client/v3/join/:roomIdOrAlias",
  limit: "room",
  params: { roomIdOrAlias: Schema.String },
  query: { via: Schema.optionalKey(Repeated), server_name: Schema.optionalKey(Repeated) },
  body,
  success,
})

export const joinRoomById = endpoint({
  operationId: "joinRoomById",
  method: "POST",
  path: "/_matrix/client/v3/rooms/:roomId/join",
  limit: "room",
  params: { roomId: RoomId },
  body,
  success,
})
