/** Backups of the keys of encrypted rooms. Spec: "Server-side key backups". */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"
import { RoomId } from "../ids.ts"
import { JsonObject } from "../json.ts"
import { shortText } from "../text.ts"

const versions = "/_matrix/client/v3/room_keys/version"
const keys = "/_matrix/client/v3/room_keys/keys"

/** The versions that we name are numbers; any other is of no backup. */
const Version = Schema.String

const Backup = Schema.Struct({
  algorithm: shortText(255),
  auth_data: JsonObject,
  count: Schema.Natural,
  etag: Schema.String,
  version: Schema.String,
})

export const SessionBackup = Schema.Struct({
  first_message_index: Schema.Natural,
  forwarded_count: Schema.Natural,
  is_verified: Schema.Boolean,
  session_data: JsonObject,
})
export type SessionBackup = typeof SessionBackup.Type

const SessionId = shortText(255)
const RoomBackup = Schema.Struct({ sessions: Schema.Record(SessionId, SessionBackup) })
const Whole = Schema.Struct({ rooms: Schema.Record(RoomId, RoomBackup) })
const Stored = Schema.Struct({ etag: Schema.String, count: Schema.Natural })
const query = { version: Version }

export const postRoomKeysVersion = endpoint({
  operationId: "postRoomKeysVersion",
  method: "POST",
  path: versions,
  body: Schema.Struct({ algorithm: shortText(255), auth_data: JsonObject }),
  numbers: "any",
  success: Schema.Struct({ version: Schema.String }),
})
export const getRoomKeysVersionCurrent = endpoint({
  operationId: "getRoomKeysVersionCurrent",
  method: "GET",
  path: versions,
  success: Backup,
})
export const getRoomKeysVersion = endpoint({
  operationId: "getRoomKeysVersion",
  method: "GET",
  path: `${versions}/:version`,
  params: { version: Version },
  success: Backup,
})
export const putRoomKeysVersion = endpoint({
  operationId: "putRoomKeysVersion",
  method: "PUT",
  path: `${versions}/:version`,
  params: { version: Version },
  body: Schema.Struct({
    algorithm: shortText(255),
    auth_data: JsonObject,
    version: Schema.optionalKey(Schema.String),
  }),
  numbers: "any",
})
export const deleteRoomKeysVersion = endpoint({
  operationId: "deleteRoomKeysVersion",
  method: "DELETE",
  path: `${versions}/:version`,
  params: { version: Version },
})

const ofRoom = { path: `${keys}/:roomId`, params: { roomId: RoomId }, query }
const ofSession = { path: `${keys}/:roomId/:sessionId`, params: { roomId: RoomId, sessionId: SessionId }, query }

export const putRoomKeys = endpoint({
  operationId: "putRoomKeys",
  method: "PUT",
  path: keys,
  query,
  body: Whole,
  numbers: "any",
  success: Stored,
})
export const getRoomKeys = endpoint({ operationId: "getRoomKeys", method: "GET", path: keys, query, success: Whole })
export const deleteRoomKeys = endpoint({
  operationId: "deleteRoomKeys",
  method: "DELETE",
  path: keys,
  query,
  success: Stored,
})

export const putRoomKeysByRoomId = endpoint({
  operationId: "putRoomKeysByRoomId",
  method: "PUT",
  ...ofRoom,
  body: RoomBackup,
  numbers: "any",
  success: Stored,
})
export const getRoomKeysByRoomId = endpoint({
  operationId: "getRoomKeysByRoomId",
  method: "GET",
  ...ofRoom,
  success: RoomBackup,
})
export const deleteRoomKeysByRoomId = endpoint({
  operationId: "deleteRoomKeysByRoomId",
  method: "DELETE",
  ...ofRoom,
  success: Stored,
})

export const putRoomKeyBySessionId = endpoint({
  operationId: "putRoomKeyBySessionId",
  method: "PUT",
  ...ofSession,
  body: SessionBackup,
  numbers: "any",
  success: Stored,
})
export const getRoomKeyBySessionId = endpoint({
  operationId: "getRoomKeyBySessionId",
  method: "GET",
  ...ofSession,
  success: SessionBackup,
})
export const deleteRoomKeyBySessionId = endpoint({
  operationId: "deleteRoomKeyBySessionId",
  method: "DELETE",
  ...ofSession,
  success: Stored,
})
