/** What operators look through: what people have reported, and what the operators themselves have done. */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"
import { UserId } from "../ids.ts"
import { JsonObject } from "../json.ts"
import { base, nextFrom, pageQuery } from "./page.ts"

const Report = Schema.Struct({
  report_id: Schema.Natural,
  reporter: UserId,
  room_id: Schema.NullOr(Schema.String),
  event_id: Schema.NullOr(Schema.String),
  user_id: Schema.NullOr(Schema.String),
  reason: Schema.String,
  score: Schema.NullOr(Schema.Int),
  received_ts: Schema.Natural,
})

/** The newest first. */
export const listReports = endpoint({
  operationId: "adminListReports",
  method: "GET",
  path: `${base}/reports`,
  query: pageQuery,
  success: Schema.Struct({ reports: Schema.Array(Report), ...nextFrom }),
})

const AuditEntry = Schema.Struct({
  audit_id: Schema.Natural,
  /** Who did it, when, and from where. */
  operator: UserId,
  ts: Schema.Natural,
  ip: Schema.String,
  /** What was done, to what, and with what; passwords are left out. */
  operation: Schema.String,
  target: JsonObject,
  details: JsonObject,
  /** `done`, or why not; null where the server was cut off in the middle. */
  outcome: Schema.NullOr(Schema.String),
})

/** The newest first. */
export const listAudit = endpoint({
  operationId: "adminListAudit",
  method: "GET",
  path: `${base}/audit`,
  query: pageQuery,
  success: Schema.Struct({ entries: Schema.Array(AuditEntry), ...nextFrom }),
})
