/** What clients ask of the server itself. Spec: "Server Discovery", "Capabilities Negotiation", "VoIP". */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"
import { JsonObject } from "../json.ts"

export const getWellknown = endpoint({
  operationId: "getWellknown",
  method: "GET",
  path: "/.well-known/matrix/client",
  access: "none",
  limit: "none",
  success: Schema.Struct({ "m.homeserver": Schema.Struct({ base_url: Schema.String }) }),
})

export const getWellknownSupport = endpoint({
  operationId: "getWellknownSupport",
  method: "GET",
  path: "/.well-known/matrix/support",
  access: "none",
  limit: "none",
  success: Schema.Struct({
    contacts: Schema.optionalKey(
      Schema.Array(Schema.Struct({ email_address: Schema.String, role: Schema.Literal("m.role.admin") })),
    ),
    support_page: Schema.optionalKey(Schema.String),
  }),
})

export const getWellknownPolicy = endpoint({
  operationId: "getWellknownPolicy",
  method: "GET",
  path: "/.well-known/matrix/policy_server",
  access: "none",
  limit: "none",
})

export const getCapabilities = endpoint({
  operationId: "getCapabilities",
  method: "GET",
  path: "/_matrix/client/v3/capabilities",
  success: Schema.Struct({ capabilities: JsonObject }),
})
