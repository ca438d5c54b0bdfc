/** Finds out who calls the business API, and turns away who may not call the operation at all. */
import { Effect } from "effect"
import { isStaff } from "@biz1/core/business/roles"
import type { Scope } from "@biz1/protocol/business/scopes"
import { Forbidden, MissingToken } from "@biz1/protocol/errors"
import { Sessions } from "../../auth/Sessions.ts"
import { mayCall } from "../../auth/standing.ts"
import { Roles } from "../roles/Roles.ts"
import { ApiKeys, isApiKey } from "./ApiKeys.ts"
import type { Caller } from "./Caller.ts"

export const identify = Effect.fnUntraced(function* (
  token: string | undefined,
  ip: string,
  endpoint: { readonly operationId: string; readonly method: string; readonly scope: Scope | "none" | undefined },
) {
  if (token === undefined) return yield* new MissingToken({ error: "This needs an API key or an access token" })
  if (isApiKey(token)) {
    const key = yield* (yield* ApiKeys).authenticate(token, ip)
    const { scope } = endpoint
    if (scope !== undefined && scope !== "none" && !key.scopes.includes(scope)) {
      return yield* new Forbidden({ error: `This API key lacks the scope ${scope}` })
    }
    return { kind: "key", key } satisfies Caller
  }
  const requester = yield* (yield* Sessions).authenticate(token, ip)
  yield* mayCall(requester, endpoint)
  const person = (yield* Roles).personOf(requester.userId)
  if (requester.isGuest || !isStaff(person)) {
    return yield* new Forbidden({ error: "This is for the organisation's own people" })
  }
  return { kind: "user", userId: requester.userId, person } satisfies Caller
})
