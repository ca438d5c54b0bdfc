/** Legal holds: what must stay as it was, whoever wants it gone. */
import { Schema } from "effect"
import { EventId, RoomId, UserId } from "../ids.ts"
import { JsonObject } from "../json.ts"
import { shortText } from "../text.ts"
import { apiEndpoint, page, pageQuery, Time } from "./api.ts"
import { RecordId, RecordKey } from "./records.ts"

/** Chosen by who makes it. */
export const OwnId = Schema.String.check(Schema.isPattern(/^[A-Za-z0-9_.-]{1,64}$/))

/** One of: all that has to do with a customer, a record or a room, or what a user wrote. */
export const HoldSubject = Schema.Union([
  Schema.Struct({ customer: RecordId }),
  Schema.Struct({ user: UserId }),
  Schema.Struct({ record: RecordKey }),
  Schema.Struct({ room: RoomId }),
])

const Hold = Schema.Struct({
  id: OwnId,
  subject: HoldSubject,
  reason: Schema.String,
  madeAt: Time,
  /** Since then it keeps nothing. */
  endedAt: Schema.optionalKey(Time),
})

/** What it is about does not change: for something else another one is made. */
export const putHold = apiEndpoint({
  operationId: "putHold",
  method: "PUT",
  path: "/holds/:id",
  scope: "compliance:write",
  params: { id: OwnId },
  body: Schema.Struct({ subject: HoldSubject, reason: shortText(500).check(Schema.isMinLength(3)) }),
  success: Hold,
})

export const getHold = apiEndpoint({
  operationId: "getHold",
  method: "GET",
  path: "/holds/:id",
  scope: "compliance:write",
  params: { id: OwnId },
  success: Hold,
})

export const listHolds = apiEndpoint({
  operationId: "listHolds",
  method: "GET",
  path: "/holds",
  scope: "compliance:write",
  success: Schema.Struct({ items: Schema.Array(Hold) }),
})

/** Ends it: what was redacted meanwhile goes, as it would have gone. */
export const endHold = apiEndpoint({
  operationId: "endHold",
  method: "DELETE",
  path: "/holds/:id",
  scope: "compliance:write",
  params: { id: OwnId },
})

/** What was redacted while held, as it was: nobody else is shown it. */
export const readHeld = apiEndpoint({
  operationId: "readHeld",
  method: "GET",
  path: "/holds/:id/redacted",
  scope: "compliance:write",
  params: { id: OwnId },
  query: pageQuery,
  success: page(
    Schema.Struct({
      eventId: EventId,
      roomId: RoomId,
      sender: UserId,
      type: Schema.String,
      at: Time,
      content: JsonObject,
      redactedBy: EventId,
    }),
  ),
})
