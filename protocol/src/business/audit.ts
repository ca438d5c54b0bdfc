/** The audit trail, for those who may see it; and the way into conversations for those who must. */
import { Schema } from "effect"
import { RoomId } from "../ids.ts"
import { JsonObject } from "../json.ts"
import { shortText } from "../text.ts"
import { apiEndpoint, page, pageQuery, Time } from "./api.ts"

/** An entry as it is hashed: what is shown is what `hash` covers, but for itself. Times are milliseconds since 1970. */
export const AuditEntry = Schema.Struct({
  seq: Schema.Natural,
  at: Schema.Natural,
  actor: Schema.String,
  role: Schema.optionalKey(Schema.String),
  ip: Schema.optionalKey(Schema.String),
  action: Schema.String,
  target: Schema.String,
  details: Schema.optionalKey(JsonObject),
  reason: Schema.optionalKey(Schema.String),
  cause: Schema.optionalKey(Schema.String),
  prev: Schema.String,
  hash: Schema.String,
})

const filters = {
  actor: Schema.optionalKey(shortText(300)),
  action: Schema.optionalKey(shortText(100)),
  target: Schema.optionalKey(shortText(300)),
  from: Schema.optionalKey(Time),
  to: Schema.optionalKey(Time),
}

export const findAudit = apiEndpoint({
  operationId: "findAudit",
  method: "GET",
  path: "/audit",
  scope: "audit:read",
  query: { ...pageQuery, ...filters },
  success: page(AuditEntry),
})

/** As a file: JSON lines, which can be verified, or CSV, which can be looked at. */
export const exportAudit = apiEndpoint({
  operationId: "exportAudit",
  method: "GET",
  path: "/audit/export",
  scope: "audit:read",
  query: { ...filters, format: Schema.optionalKey(Schema.Literals(["jsonl", "csv"])) },
  success: Schema.Unknown,
})

/** The hash with which each day ended, signed by the server. */
export const listAuditDays = apiEndpoint({
  operationId: "listAuditDays",
  method: "GET",
  path: "/audit/days",
  scope: "audit:read",
  success: Schema.Struct({ items: Schema.Array(JsonObject) }),
})

/** Break-glass: the caller becomes a member, its members are told who and why, and it is recorded. */
export const enterConversation = apiEndpoint({
  operationId: "enterConversation",
  method: "POST",
  path: "/conversations/:id/access",
  scope: "conversations:write",
  params: { id: RoomId },
  body: Schema.Struct({ reason: shortText(500).check(Schema.isMinLength(3)) }),
})
