/** Sends an event to a room. Spec: "Sending events to a room". */
import { Schema } from "effect"
import { endpoint, EventTime } from "../Endpoint.ts"
import { RoomId } from "../ids.ts"
import { JsonObject } from "../json.ts"
import { DelayQuery, delayQuery, Sent } from "./delayedEvents.ts"

export const sendMessage = endpoint({
  operationId: "sendMessage",
  method: "PUT",
  path: "/_matrix/client/v3/rooms/:roomId/send/:eventType/:txnId",
  params: { roomId: RoomId, eventType: Schema.String, txnId: Schema.String },
  query: { ts: EventTime, [delayQuery]: DelayQuery },
  body: JsonObject,
  success: Sent,
})
