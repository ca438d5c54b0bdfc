/** Decisions: what somebody approved, rejected or agreed to, in which version, said in a conversation. */
import { Schema } from "effect"
import { EventId, RoomId, UserId } from "../ids.ts"
import { shortText } from "../text.ts"
import { apiEndpoint, page, pageQuery, Time } from "./api.ts"
import { RecordId, RecordKey, RecordType } from "./records.ts"

const decided = {
  verdict: Schema.Literals(["approved", "rejected", "agreed"]),
  /** Exactly what was decided about: later versions are not. */
  record: Schema.Struct({ ...RecordKey.fields, version: Schema.Natural }),
  note: Schema.optionalKey(shortText(2000)),
}
/** What an event `com.biz1.decision` says, beside the message that it relates to. */
export const DecisionContent = Schema.Struct(decided)

/** `event` is the message that it is about, in that conversation or in a lane of it, where the decision is then said. */
export const recordDecision = apiEndpoint({
  operationId: "recordDecision",
  method: "POST",
  path: "/conversations/:id/decisions",
  scope: "conversations:write",
  params: { id: RoomId },
  body: Schema.Struct({
    ...decided,
    event: EventId,
    /** For systems: the user who decides, one of those as whom the key may act. */
    as: Schema.optionalKey(UserId),
  }),
  success: Schema.Struct({ eventId: EventId }),
})

const Decision = Schema.Struct({
  ...decided,
  eventId: EventId,
  roomId: RoomId,
  /** The message that it is about. */
  event: Schema.optionalKey(EventId),
  by: UserId,
  at: Time,
})

/** The newest first, of all versions. */
export const listDecisions = apiEndpoint({
  operationId: "listDecisions",
  method: "GET",
  path: "/records/:type/:id/decisions",
  scope: "conversations:read",
  params: { type: RecordType, id: RecordId },
  query: pageQuery,
  success: page(Decision),
})
