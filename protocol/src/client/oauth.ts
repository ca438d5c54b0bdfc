/** How clients find the OAuth 2.0 API. Spec: "Server metadata discovery". */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"
import { JsonObject } from "../json.ts"

const metadata = (operationId: string, path: string) =>
  endpoint({ operationId, method: "GET", path, access: "none", success: JsonObject })

export const getAuthMetadata = metadata("getAuthMetadata", "/_matrix/client/v1/auth_metadata")
/** What clients asked before it was stable, since MSC2965. */
export const getAuthMetadataUnstable = metadata(
  "getAuthMetadataUnstable",
  "/_matrix/client/unstable/org.matrix.msc2965/auth_metadata",
)
/** Older still: from the issuer they go on to its OpenID configuration. */
export const getAuthIssuer = endpoint({
  operationId: "getAuthIssuer",
  method: "GET",
  path: "/_matrix/client/unstable/org.matrix.msc2965/auth_issuer",
  access: "none",
  success: Schema.Struct({ issuer: Schema.String }),
})
export const getOpenIdConfiguration = metadata("getOpenIdConfiguration", "/.well-known/openid-configuration")
export const getAuthorizationServer = metadata("getAuthorizationServer", "/.well-known/oauth-authorization-server")
