/**
 * A handler for the operators of the server, the accounts with the administrator flag: everyone else is turned away,
 * and whatever changes something is recorded with who did it and how it ended.
 */
import { Cause, Effect, Exit } from "effect"
import type { Endpoint } from "@biz1/protocol/Endpoint"
import { Forbidden, isMatrixError, wireBody, type MatrixError } from "@biz1/protocol/errors"
import { isJsonObject, type Json, type JsonObject } from "@biz1/protocol/json"
import { handler, type Call } from "../http/Handler.ts"
import { AuditLog } from "./AuditLog.ts"

export const operator = <Params, Query, Body, Success, R>(
  endpoint: Endpoint<Params, Query, Body, Success, "user">,
  run: (call: Call<Params, Query, Body, "user">) => Effect.Effect<Success, MatrixError, R>,
) =>
  handler(
    endpoint,
    Effect.fnUntraced(function* (call) {
      const { isAdmin, appservice, userId } = call.requester
      // A service acts for people of its namespace, not for the operators.
      if (!isAdmin || appservice !== undefined) {
        return yield* new Forbidden({ error: "This is for administrators of the server" })
      }
      if (endpoint.method === "GET") return yield* run(call)
      const audit = yield* AuditLog
      const auditId = yield* audit.begin({
        operator: userId,
        ip: call.ip,
        operation: endpoint.operationId,
        target: recorded(call.params),
        details: recorded(call.body),
      })
      return yield* Effect.onExit(run(call), (exit) => audit.finish(auditId, outcomeOf(exit)))
    }),
  )

const secrets: ReadonlySet<string> = new Set(["password", "new_password"])

/** Decoded by the contract, so it is JSON already. */
const recorded = (value: unknown): JsonObject =>
  isJsonObject(value)
    ? Object.fromEntries(Object.entries(value).filter((entry): entry is [string, Json] => !secrets.has(entry[0])))
    : {}

const outcomeOf = (exit: Exit.Exit<unknown, MatrixError>): string => {
  if (Exit.isSuccess(exit)) return "done"
  const error = Cause.squash(exit.cause)
  return isMatrixError(error) ? String(wireBody(error)["errcode"]) : "M_UNKNOWN"
}
