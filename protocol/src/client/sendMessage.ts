/** Sends an event to a room. Spec: "Sending events to a room". */
import { Schema } from "effect"
import { endpoint, EventTime } from "../Endpoint.ts"
import { EventId, RoomId } from "../ids.ts"
import { JsonObject } from "../json.ts"

export const sendMessage = endpoint({
  operationId: "sendMessage",
  method: "PUT",
  path: "/_matrix/client/v3/rooms/:roomId/send/:eventType/:txnId",
  params: { roomId: RoomId, eventType: Schema.String, txnId: Schema.String },
  query: { ts: EventTime },
  body: JsonObject,
  success: Schema.Struct({ event_id: EventId }),
})
