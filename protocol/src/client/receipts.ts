/** What has been read, and who is typing. Spec: "Receipts", "Read and unread markers", "Typing Notifications". */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"
import { EventId, RoomId, UserId } from "../ids.ts"

export const postReceipt = endpoint({
  operationId: "postReceipt",
  method: "POST",
  path: "/_matrix/client/v3/rooms/:roomId/receipt/:receiptType/:eventId",
  params: {
    roomId: RoomId,
    receiptType: Schema.Literals(["m.read", "m.read.private", "m.fully_read"]),
    eventId: EventId,
  },
  body: Schema.Struct({ thread_id: Schema.optionalKey(Schema.String) }),
})

export const setReadMarker = endpoint({
  operationId: "setReadMarker",
  method: "POST",
  path: "/_matrix/client/v3/rooms/:roomId/read_markers",
  params: { roomId: RoomId },
  body: Schema.Struct({
    "m.fully_read": Schema.optionalKey(EventId),
    "m.read": Schema.optionalKey(EventId),
    "m.read.private": Schema.optionalKey(EventId),
  }),
})

export const setTyping = endpoint({
  operationId: "setTyping",
  method: "PUT",
  path: "/_matrix/client/v3/rooms/:roomId/typing/:userId",
  params: { roomId: RoomId, userId: UserId },
  body: Schema.Struct({ typing: Schema.Boolean, timeout: Schema.optionalKey(Schema.Natural) }),
})
