/** What people tell the operators about rooms, messages and other people. Spec: "Reporting Content". */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"
import { EventId, RoomId, UserId } from "../ids.ts"
import { shortText } from "../text.ts"

const reason = shortText(4096)
const Reason = Schema.Struct({ reason })

export const reportRoom = endpoint({
  operationId: "reportRoom",
  method: "POST",
  path: "/_matrix/client/v3/rooms/:roomId/report",
  params: { roomId: RoomId },
  body: Reason,
})

export const reportEvent = endpoint({
  operationId: "reportEvent",
  method: "POST",
  path: "/_matrix/client/v3/rooms/:roomId/report/:eventId",
  params: { roomId: RoomId, eventId: EventId },
  body: Schema.Struct({
    reason: Schema.optionalKey(reason),
    /** From -100, the worst, to 0; of the specification before version 1.17. */
    score: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: -100, maximum: 0 }))),
  }),
})

export const reportUser = endpoint({
  operationId: "reportUser",
  method: "POST",
  path: "/_matrix/client/v3/users/:userId/report",
  params: { userId: UserId },
  body: Reason,
})
