/** Inviting, leaving, removing and banning. Spec: "Room membership". */
import { Schema } from "effect"
import { endpoint, Repeated } from "../Endpoint.ts"
import { RoomId, UserId } from "../ids.ts"
import { shortText } from "../text.ts"

const params = { roomId: RoomId }
const Reason = Schema.Struct({ reason: Schema.optionalKey(Schema.String) })
const Target = Schema.Struct({ user_id: UserId, reason: Schema.optionalKey(Schema.String) })

const onTarget = <const Id extends string>(operationId: Id, verb: string) =>
  endpoint({
    operationId,
    method: "POST",
    path: `/_matrix/client/v3/rooms/:roomId/${verb}`,
    limit: "room",
    params,
    body: Target,
  })

/** Somebody known by an address. Which identity server an app would ask is taken, and not asked. */
export const InvitedAddress = Schema.Struct({
  medium: shortText(16),
  address: shortText(500),
  id_server: Schema.optionalKey(Schema.String),
  id_access_token: Schema.optionalKey(Schema.String),
})
export type InvitedAddress = typeof InvitedAddress.Type

export const inviteUser = endpoint({
  operationId: "inviteUser",
  method: "POST",
  path: "/_matrix/client/v3/rooms/:roomId/invite",
  limit: "room",
  params,
  body: Schema.Union([Target, Schema.Struct({ ...InvitedAddress.fields, ...Reason.fields })]),
})
export const kick = onTarget("kick", "kick")
export const ban = onTarget("ban", "ban")
export const unban = onTarget("unban", "unban")

export const leaveRoom = endpoint({
  operationId: "leaveRoom",
  method: "POST",
  path: "/_matrix/client/v3/rooms/:roomId/leave",
  limit: "room",
  params,
  body: Reason,
})

export const forgetRoom = endpoint({
  operationId: "forgetRoom",
  method: "POST",
  path: "/_matrix/client/v3/rooms/:roomId/forget",
  limit: "room",
  params,
  body: Schema.Struct({}),
})

export const knockRoom = endpoint({
  operationId: "knockRoom",
  method: "POST",
  path: "/_matrix/client/v3/knock/:roomIdOrAlias",
  limit: "room",
  params: { roomIdOrAlias: Schema.String },
  query: { via: Schema.optionalKey(Repeated), server_name: Schema.optionalKey(Repeated) },
  body: Reason,
  success: Schema.Struct({ room_id: RoomId }),
})

export const getJoinedRooms = endpoint({
  operationId: "getJoinedRooms",
  method: "GET",
  path: "/_matrix/client/v3/joined_rooms",
  success: Schema.Struct({ joined_rooms: Schema.Array(RoomId) }),
})
