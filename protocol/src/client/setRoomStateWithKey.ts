/** Sets a room's state for a type and state key. Spec: "Sending events to a room". */
import { Schema } from "effect"
import { endpoint, EventTime } from "../Endpoint.ts"
import { EventId, RoomId } from "../ids.ts"
import { JsonObject } from "../json.ts"

const success = Schema.Struct({ event_id: EventId })

export const setRoomStateWithKey = endpoint({
  operationId: "setRoomStateWithKey",
  method: "PUT",
  path: "/_matrix/client/v3/rooms/:roomId/state/:eventType/:stateKey",
  params: { roomId: RoomId, eventType: Schema.String, stateKey: Schema.String },
  query: { ts: EventTime },
  body: JsonObject,
  success,
})

/** The same with an empty state key, which a path may leave out with or without its slash. */
export const setRoomState = endpoint({
  operationId: "setRoomState",
  method: "PUT",
  path: "/_matrix/client/v3/rooms/:roomId/state/:eventType",
  params: { roomId: RoomId, eventType: Schema.String },
  query: { ts: EventTime },
  body: JsonObject,
  success,
})
