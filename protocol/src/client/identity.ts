/** Proofs of who one is, for another service or for one's other device. Spec: "OpenID", "Login". */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"
import { UserId } from "../ids.ts"
import { JsonObject } from "../json.ts"
import { AuthenticationData } from "../uia.ts"

export const requestOpenIdToken = endpoint({
  operationId: "requestOpenIdToken",
  method: "POST",
  path: "/_matrix/client/v3/user/:userId/openid/request_token",
  limit: "login",
  params: { userId: UserId },
  body: JsonObject,
  success: Schema.Struct({
    access_token: Schema.String,
    token_type: Schema.Literal("Bearer"),
    matrix_server_name: Schema.String,
    /** Seconds. */
    expires_in: Schema.Natural,
  }),
})

export const generateLoginToken = endpoint({
  operationId: "generateLoginToken",
  method: "POST",
  path: "/_matrix/client/v1/login/get_token",
  limit: "login",
  body: Schema.Struct({ auth: Schema.optionalKey(AuthenticationData) }),
  success: Schema.Struct({ login_token: Schema.String, expires_in_ms: Schema.Natural }),
})
