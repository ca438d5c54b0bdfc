/** Replaces a room by one of another version. Spec: "Room Upgrades". */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"
import { RoomId, UserId } from "../ids.ts"

export const upgradeRoom = endpoint({
  operationId: "upgradeRoom",
  method: "POST",
  path: "/_matrix/client/v3/rooms/:roomId/upgrade",
  limit: "room",
  params: { roomId: RoomId },
  body: Schema.Struct({
    new_version: Schema.String,
    /** Since room version 12. */
    additional_creators: Schema.optionalKey(Schema.Array(UserId)),
  }),
  success: Schema.Struct({ replacement_room: RoomId }),
})
