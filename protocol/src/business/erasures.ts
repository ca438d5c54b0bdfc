/** A person or a customer is forgotten: what was said, files, names and addresses go, and what went is certified. */
import { Schema } from "effect"
import { UserId } from "../ids.ts"
import { apiEndpoint, Time } from "./api.ts"
import { OwnId } from "./holds.ts"
import { RecordId } from "./records.ts"

const who = { customer: Schema.optionalKey(RecordId), user: Schema.optionalKey(UserId) }

export const Certificate = Schema.Struct({
  ...who,
  /** A preview changes nothing: its counts are of what there is. Held: what holds keep is still here; ask again. */
  state: Schema.Literals(["preview", "running", "held", "done"]),
  at: Time,
  rooms: Schema.Natural,
  /** Messages and descriptions of rooms whose content is gone. */
  events: Schema.Natural,
  files: Schema.Natural,
  accounts: Schema.Natural,
  /** Addresses of the customer. */
  identities: Schema.Natural,
  /** What was left because of holds: by hold, how many events. */
  held: Schema.Record(OwnId, Schema.Natural),
  /** In rooms where nobody of this server may redact any more; nobody new is shown it. */
  left: Schema.Natural,
  /** Whom the redactions are sent to: other servers, and bridges by the id of their service. */
  asked: Schema.Struct({ servers: Schema.Array(Schema.String), bridges: Schema.Array(Schema.String) }),
})
export type Certificate = typeof Certificate.Type

/** Answers when it is done, or with `running` where that takes longer; asking again does no harm. */
export const eraseSubject = apiEndpoint({
  operationId: "eraseSubject",
  method: "POST",
  path: "/erasures",
  scope: "compliance:write",
  body: Schema.Struct({ ...who, preview: Schema.optionalKey(Schema.Boolean) }),
  success: Certificate,
})
