/** Evidence: messages with all that proves them, to be checked by somebody who trusts nobody. */
import { Schema } from "effect"
import { EventId, RoomId } from "../ids.ts"
import { apiEndpoint, Time } from "./api.ts"

export const MAX_EVIDENCE = 1000

/**
 * A `.tar.gz` of some events of a conversation, or of a lane, or of all of a time; with what edits and erases them, the
 * events that they rest on, what the conversation was about, the server's keys, a page to read, and `verify.mjs`.
 */
export const makeEvidence = apiEndpoint({
  operationId: "makeEvidence",
  method: "POST",
  path: "/conversations/:id/evidence",
  scope: "audit:read",
  params: { id: RoomId },
  body: Schema.Struct({
    events: Schema.optionalKey(Schema.Array(EventId).check(Schema.isMinLength(1), Schema.isMaxLength(MAX_EVIDENCE))),
    from: Schema.optionalKey(Time),
    to: Schema.optionalKey(Time),
  }),
  success: Schema.Unknown,
})
