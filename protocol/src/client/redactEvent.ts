/** Takes an event's content away. Spec: "Redactions". */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"
import { EventId, RoomId } from "../ids.ts"

export const redactEvent = endpoint({
  operationId: "redactEvent",
  method: "PUT",
  path: "/_matrix/client/v3/rooms/:roomId/redact/:eventId/:txnId",
  params: { roomId: RoomId, eventId: EventId, txnId: Schema.String },
  body: Schema.Struct({ reason: Schema.optionalKey(Schema.String) }),
  success: Schema.Struct({ event_id: EventId }),
})
