/** Where clients without OAuth 2.0 send a person to sign in. Spec: "SSO client login/authentication". */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"

const query = { redirectUrl: Schema.optionalKey(Schema.String), action: Schema.optionalKey(Schema.String) }

export const redirectToSSO = endpoint({
  operationId: "redirectToSSO",
  method: "GET",
  path: "/_matrix/client/v3/login/sso/redirect",
  access: "none",
  limit: "login",
  query,
})

export const redirectToIdP = endpoint({
  operationId: "redirectToIdP",
  method: "GET",
  path: "/_matrix/client/v3/login/sso/redirect/:idpId",
  access: "none",
  limit: "login",
  params: { idpId: Schema.String },
  query,
})
