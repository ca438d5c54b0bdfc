import { randomBytes } from "node:crypto"
import { Effect } from "effect"
import * as contract from "@biz1/protocol/admin/registrationTokens"
import { InvalidParam, NotFound } from "@biz1/protocol/errors"
import { RegistrationTokens } from "../auth/RegistrationTokens.ts"
import { operator } from "./operator.ts"

const unknown = () => new NotFound({ error: "There is no such registration token" })

export const listRegistrationTokens = operator(
  contract.listRegistrationTokens,
  Effect.fnUntraced(function* () {
    return { registration_tokens: yield* (yield* RegistrationTokens).list }
  }),
)

export const createRegistrationToken = operator(
  contract.createRegistrationToken,
  Effect.fnUntraced(function* ({ body }) {
    const created = yield* (yield* RegistrationTokens).create({
      token: body.token ?? randomBytes(12).toString("base64url"),
      uses_allowed: body.uses_allowed ?? null,
      expires_ts: body.expires_ts ?? null,
    })
    return created ?? (yield* new InvalidParam({ error: "There is such a registration token already" }))
  }),
)

export const updateRegistrationToken = operator(
  contract.updateRegistrationToken,
  Effect.fnUntraced(function* ({ params: { token }, body }) {
    return (yield* (yield* RegistrationTokens).update(token, body)) ?? (yield* unknown())
  }),
)

export const deleteRegistrationToken = operator(
  contract.deleteRegistrationToken,
  Effect.fnUntraced(function* ({ params: { token } }) {
    if (!(yield* (yield* RegistrationTokens).remove(token))) return yield* unknown()
    return {}
  }),
)
