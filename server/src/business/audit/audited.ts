/**
 * Records what callers of the business API do: everything but reading, and reading where it is the audit itself. Of a
 * request's body only such members are recorded as are named here; nothing that people wrote, and no secret, is among them.
 */
import { Cause, Effect, Exit } from "effect"
import { isMatrixError, wireBody, type MatrixError } from "@biz1/protocol/errors"
import type { Access } from "@biz1/protocol/Endpoint"
import { isJsonObject, type Json, type JsonObject } from "@biz1/protocol/json"
import type { Call, Handler } from "../../http/Handler.ts"
import { callerId } from "../api/Caller.ts"
import { Audit } from "./Audit.ts"

const recorded: Readonly<Record<string, ReadonlyArray<string>>> = {
  createApiKey: ["name", "scopes", "actAs", "addresses", "expiresAt"],
  enterConversation: ["reason"],
  findAudit: ["actor", "action", "target"],
  eraseSubject: ["customer", "user", "preview"],
  createExport: ["conversation", "user"],
  exportAudit: ["format"],
  makeEvidence: ["events", "from", "to"],
  mergeCustomers: ["winner", "loser"],
  linkRecord: ["role", "disclose"],
  recordDecision: ["verdict", "record", "event", "as"],
  putHold: ["subject", "reason"],
  openConversation: ["kind", "record", "requester", "queue"],
  openConversationLane: ["name"],
  putPerson: ["role", "custom", "auditor", "teams"],
  putRecordType: ["disclosable"],
  putRetention: ["scope", "keep", "then"],
  putRole: ["like", "grants"],
  putWebhook: ["url", "types", "active"],
}
/** Reading that is recorded as well. */
const readings: ReadonlySet<string> = new Set(["findAudit", "exportAudit", "getExportArchive", "readHeld"])
/** What the feed records in more detail. */
const told: ReadonlySet<string> = new Set([
  "putRecord",
  "putRecords",
  "deleteRecord",
  "putCustomerIdentity",
  "deleteCustomerIdentity",
])

export const audited = <R>(handler: Handler<R>): Handler<R | Audit> => {
  const { operationId, method } = handler.endpoint
  if ((method === "GET" && !readings.has(operationId)) || told.has(operationId)) return handler
  return {
    endpoint: handler.endpoint,
    run: (call) => Effect.onExit(handler.run(call), (exit) => recording(operationId, call, exit)),
  }
}

const recording = (
  operationId: string,
  call: Call<never, never, never, Access>,
  exit: Exit.Exit<unknown, MatrixError>,
) =>
  Effect.gen(function* () {
    const { caller, params, body, query, ip } = call as unknown as Call<JsonObject, JsonObject, Json, "business">
    const outcome = outcomeOf(exit)
    // What was refused as malformed or not there has done nothing; what was forbidden is worth knowing.
    if (outcome !== "done" && outcome !== "M_FORBIDDEN") return
    const given = { ...(isJsonObject(query) ? query : {}), ...(isJsonObject(body) ? body : {}) }
    const kept = Object.fromEntries(
      (recorded[operationId] ?? []).flatMap((name) => (given[name] === undefined ? [] : [[name, exact(given[name])]])),
    )
    const { reason, ...details } = kept as JsonObject
    yield* (yield* Audit).record({
      actor: callerId(caller),
      ...(caller.kind === "user" ? { role: caller.person.role } : {}),
      ip,
      action: operationId,
      target: Object.values(params).map(String).join("/"),
      details: { ...details, outcome },
      ...(typeof reason === "string" ? { reason } : {}),
    })
  })

/** Canonical JSON knows no fractions. */
const exact = (value: Json | undefined): Json =>
  typeof value === "number" && !Number.isSafeInteger(value) ? String(value) : (value ?? null)

const outcomeOf = (exit: Exit.Exit<unknown, MatrixError>): string => {
  if (Exit.isSuccess(exit)) return "done"
  const error = Cause.squash(exit.cause)
  return isMatrixError(error) ? String(wireBody(error)["errcode"]) : "M_UNKNOWN"
}
