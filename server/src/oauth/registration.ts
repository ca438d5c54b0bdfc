/**
 * What a client says about itself when it registers, and which of it is believed: everything it shows has to be of the
 * same site as its home page, and it may be sent back only to where nobody else can listen.
 * Spec: client-server API, "Client registration"; RFC 7591.
 */
import { hash } from "node:crypto"
import { Result, Schema } from "effect"
import { grantTypes } from "./metadata.ts"

const Text = Schema.String.check(Schema.isMaxLength(2048))
const Texts = Schema.Array(Text).check(Schema.isMaxLength(20))

const ClientMetadata = Schema.StructWithRest(
  Schema.Struct({
    client_uri: Text,
    redirect_uris: Schema.optionalKey(Texts),
    application_type: Schema.optionalKey(Schema.Literals(["web", "native"])),
    grant_types: Schema.optionalKey(Texts),
    response_types: Schema.optionalKey(Texts),
    token_endpoint_auth_method: Schema.optionalKey(Text),
  }),
  [Schema.Record(Schema.String, Schema.Unknown)],
)

export interface Refused {
  readonly error: "invalid_client_metadata" | "invalid_redirect_uri"
  readonly error_description: string
}

const refuse = (error_description: string, error: Refused["error"] = "invalid_client_metadata") =>
  Result.fail<Refused>({ error, error_description })

const shownNames = /^client_name(?:#[A-Za-z0-9-]{1,35})?$/
const shownLinks = /^(?:client_uri#|(?:logo_uri|tos_uri|policy_uri)(?:#|$))(?:[A-Za-z0-9-]{1,35})?$/
const maxBytes = 8192

export const checkRegistration = (body: unknown): Result.Result<Record<string, unknown>, Refused> => {
  const decoded = Schema.decodeUnknownResult(ClientMetadata)(body)
  if (Result.isFailure(decoded)) return refuse(decoded.failure.message.replaceAll("\n", " "))
  const given = decoded.success
  if (JSON.stringify(given).length > maxBytes) return refuse(`the metadata has more than ${maxBytes} bytes`)

  const home = siteOf(given.client_uri)
  if (home === undefined) return refuse("client_uri must be an https URL without a user")
  const type = given.application_type ?? "web"
  const grants = grantTypes.filter((grant) => (given.grant_types ?? ["authorization_code"]).includes(grant))
  if (grants.length === 0) return refuse("none of the grant types is known here")
  if ((given.token_endpoint_auth_method ?? "none") !== "none") {
    return refuse("token_endpoint_auth_method must be none: clients have no secrets here")
  }
  const redirects = grants.includes("authorization_code") ? (given.redirect_uris ?? []) : []
  if (grants.includes("authorization_code")) {
    if (given.response_types !== undefined && !given.response_types.includes("code")) {
      return refuse("response_types must hold code")
    }
    if (redirects.length === 0) return refuse("redirect_uris must not be empty", "invalid_redirect_uri")
  }
  for (const uri of redirects) {
    if (!(type === "web" ? webRedirect(uri, home) : nativeRedirect(uri, home))) {
      return refuse(`redirect_uris: a ${type} client of ${home} may not be sent to ${uri}`, "invalid_redirect_uri")
    }
  }

  const shown: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(given)) {
    if (shownNames.test(name) && typeof value === "string" && value.length <= 256) shown[name] = value
    // One that belongs to somebody else is not shown, as if it had not been given.
    if (shownLinks.test(name) && typeof value === "string" && within(siteOf(value), home)) shown[name] = value
  }
  return Result.succeed({
    ...shown,
    client_uri: given.client_uri,
    redirect_uris: redirects,
    application_type: type,
    grant_types: grants,
    response_types: redirects.length === 0 ? [] : ["code"],
    token_endpoint_auth_method: "none",
  })
}

/** Who registers the same again is the same client: nobody fills the table with copies. */
export const clientIdOf = (metadata: Record<string, unknown>) =>
  hash("sha256", JSON.stringify(Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1))), "base64url")

/** The host of an https URL that says nothing of a user. */
const siteOf = (url: string) => {
  const parsed = URL.parse(url)
  return parsed?.protocol === "https:" && parsed.username === "" && parsed.password === "" ? parsed.hostname : undefined
}

const within = (host: string | undefined, home: string) =>
  host !== undefined && (host === home || host.endsWith(`.${home}`))

const webRedirect = (uri: string, home: string) => !uri.includes("#") && within(siteOf(uri), home)

const loopbacks: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"])

const nativeRedirect = (uri: string, home: string) => {
  const parsed = URL.parse(uri)
  if (parsed === null) return false
  if (parsed.protocol === "https:") return webRedirect(uri, home)
  if (uri.includes("#") || parsed.username !== "" || parsed.password !== "") return false
  // The app takes any port that is free when it is used.
  if (parsed.protocol === "http:") return loopbacks.has(parsed.hostname) && parsed.port === ""
  // A scheme of one's own is the home page's name the other way round, and has no authority part.
  const reversed = home.split(".").reverse().join(".")
  const scheme = parsed.protocol.slice(0, -1)
  return (scheme === reversed || scheme.startsWith(`${reversed}.`)) && !uri.slice(scheme.length + 1).startsWith("//")
}
