/** Sets a room's state for a type and state key. Spec: "Sending events to a room". */
import { Schema } from "effect"
import { endpoint, EventTime } from "../Endpoint.ts"
import { RoomId } from "../ids.ts"
import { JsonObject } from "../json.ts"
import { DelayQuery, delayQuery, Sent } from "./delayedEvents.ts"

export const setRoomStateWithKey = endpoint({
  operationId: "setRoomStateWithKey",
  method: "PUT",
  path: "/_matrix/client/v3/rooms/:roomId/state/:eventType/:stateKey",
  params: { roomId: RoomId, eventType: Schema.String, stateKey: Schema.String },
  query: { ts: EventTime, [delayQuery]: DelayQuery },
  body: JsonObject,
  success: Sent,
})

/** The same with an empty state key, which a path may leave out with or without its slash. */
export const setRoomState = endpoint({
  operationId: "setRoomState",
  method: "PUT",
  path: "/_matrix/client/v3/rooms/:roomId/state/:eventType",
  params: { roomId: RoomId, eventType: Schema.String },
  query: { ts: EventTime, [delayQuery]: DelayQuery },
  body: JsonObject,
  success: Sent,
})
