/** Where this server's OAuth 2.0 API is and what it can do. Spec: client-server API, "Server metadata discovery". */
import type { ServerConfig } from "../config.ts"

export const paths = {
  authorization: "/oauth2/authorize",
  token: "/oauth2/token",
  jwks: "/oauth2/keys",
  registration: "/oauth2/register",
  revocation: "/oauth2/revoke",
  deviceAuthorization: "/oauth2/device_authorization",
  device: "/oauth2/device",
  account: "/oauth2/account",
} as const

type Place = Pick<ServerConfig["Service"], "publicBaseUrl" | "bindHost" | "clientPort">

/** A server that was not told its public address is reached from its own machine alone. */
export const issuerOf = ({ publicBaseUrl, bindHost, clientPort }: Place) =>
  new URL("/", publicBaseUrl ?? `http://${isLoopback(bindHost) ? bracketed(bindHost) : "localhost"}:${clientPort}`).href

export const isLoopback = (host: string) => /^(?:localhost|127(?:\.\d+){3}|\[?::1\]?)$/.test(host)
const bracketed = (host: string) => (host.includes(":") && !host.startsWith("[") ? `[${host}]` : host)

/** What a client may link to on the account page. Spec: "Account management URL discovery". */
export const accountActions = {
  profile: "org.matrix.profile",
  devicesList: "org.matrix.devices_list",
  deviceView: "org.matrix.device_view",
  deviceDelete: "org.matrix.device_delete",
  deactivate: "org.matrix.account_deactivate",
  resetCrossSigning: "org.matrix.cross_signing_reset",
} as const

/** What some were called before (MSC4191): the account page shows the same for these. */
const formerActions = ["org.matrix.sessions_list", "org.matrix.session_view", "org.matrix.session_end"]

/** Those that come with the id of a device. */
export const deviceActions: ReadonlySet<string> = new Set([
  accountActions.deviceView,
  accountActions.deviceDelete,
  ...formerActions.slice(1),
])

export const grantTypes = [
  "authorization_code",
  "refresh_token",
  "urn:ietf:params:oauth:grant-type:device_code",
] as const

export const metadataOf = (issuer: string) => {
  const at = (path: string) => new URL(path, issuer).href
  return {
    issuer,
    authorization_endpoint: at(paths.authorization),
    token_endpoint: at(paths.token),
    registration_endpoint: at(paths.registration),
    revocation_endpoint: at(paths.revocation),
    device_authorization_endpoint: at(paths.deviceAuthorization),
    jwks_uri: at(paths.jwks),
    response_types_supported: ["code"],
    response_modes_supported: ["query", "fragment"],
    grant_types_supported: grantTypes,
    code_challenge_methods_supported: ["S256"],
    prompt_values_supported: ["create", "login", "consent", "none"],
    scopes_supported: ["openid", "urn:matrix:client:api:*", "urn:matrix:org.matrix.msc2967.client:api:*"],
    token_endpoint_auth_methods_supported: ["none"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
    claims_supported: ["sub"],
    authorization_response_iss_parameter_supported: true,
    account_management_uri: at(paths.account),
    account_management_actions_supported: Object.values<string>(accountActions),
  }
}

/** For clients that look where it was to be found before it was stable. */
export const formerMetadataOf = (issuer: string) => {
  const metadata = metadataOf(issuer)
  const actions = [...metadata.account_management_actions_supported, ...formerActions]
  return { ...metadata, account_management_actions_supported: actions }
}
