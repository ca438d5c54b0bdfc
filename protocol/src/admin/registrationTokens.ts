/** Tokens with which people make accounts where registration is not open. Times are milliseconds since 1970. */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"
import { base } from "./page.ts"

const path = `${base}/registration_tokens`
/** Spec: client-server API, "Token-authenticated registration": the opaque identifier grammar. */
const Token = Schema.String.check(Schema.isPattern(/^[0-9A-Za-z._~-]{1,64}$/))
const params = { token: Token }
const Uses = Schema.NullOr(Schema.Natural.check(Schema.isLessThan(2 ** 31)))
const Time = Schema.NullOr(Schema.Natural)

const RegistrationToken = Schema.Struct({
  token: Token,
  /** Null where it may be used without end. */
  uses_allowed: Uses,
  uses_done: Schema.Natural,
  /** Null where it stays valid. */
  expires_ts: Time,
})
export type RegistrationToken = typeof RegistrationToken.Type

const changes = { uses_allowed: Schema.optionalKey(Uses), expires_ts: Schema.optionalKey(Time) }

export const listRegistrationTokens = endpoint({
  operationId: "adminListRegistrationTokens",
  method: "GET",
  path,
  success: Schema.Struct({ registration_tokens: Schema.Array(RegistrationToken) }),
})

/** A token is made up where none is given. */
export const createRegistrationToken = endpoint({
  operationId: "adminCreateRegistrationToken",
  method: "POST",
  path,
  body: Schema.Struct({ token: Schema.optionalKey(Token), ...changes }),
  success: RegistrationToken,
})

/** What is left out stays as it is. */
export const updateRegistrationToken = endpoint({
  operationId: "adminUpdateRegistrationToken",
  method: "PUT",
  path: `${path}/:token`,
  params,
  body: Schema.Struct(changes),
  success: RegistrationToken,
})

export const deleteRegistrationToken = endpoint({
  operationId: "adminDeleteRegistrationToken",
  method: "DELETE",
  path: `${path}/:token`,
  params,
})
