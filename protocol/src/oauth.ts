/** What clients ask beside the Matrix API, with OAuth 2.0's errors. Spec: "Client registration", "Token revocation". */
import { Schema } from "effect"
import { endpoint } from "./Endpoint.ts"
import { JsonObject } from "./json.ts"

export const registerClient = endpoint({
  operationId: "registerClient",
  method: "POST",
  path: "/oauth2/register",
  access: "none",
  limit: "register",
  numbers: "any",
  body: Schema.Unknown,
  success: JsonObject,
})

/** Has a form for a body. */
export const revokeToken = endpoint({
  operationId: "revokeToken",
  method: "POST",
  path: "/oauth2/revoke",
  access: "none",
  limit: "login",
  success: Schema.Struct({}),
})
