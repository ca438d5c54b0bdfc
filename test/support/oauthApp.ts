/** A client of OAuth 2.0 as people use it: it registers, sends them to the pages, and has tokens when they are back. */
import { createHash, randomBytes } from "node:crypto"
import { Person, type Shown } from "./pages.ts"
import type { Server } from "./server.ts"
import { request, type User } from "./user.ts"

export const clientMetadata = {
  client_name: "App",
  client_uri: "https://app.example/",
  redirect_uris: ["https://app.example/callback"],
  grant_types: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
  response_types: ["code"],
  token_endpoint_auth_method: "none",
}
export const redirectUri = clientMetadata.redirect_uris[0]!
export const password = "correct horse battery staple"

export interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
  readonly expires_in: number
  readonly scope: string
}

export const scopeFor = (deviceId: string) => `urn:matrix:client:api:* urn:matrix:client:device:${deviceId}`

/** Fills the page where one signs in. */
export const signIn = (person: Person, page: Shown, user: User, secret = password) =>
  person.send(page, { user: user.userId, password: secret })

export const openApp = async (server: Server) => {
  const register = (change: object = {}) =>
    request(server.base, "POST", "/oauth2/register", { ...clientMetadata, ...change })
  const { body } = await request(server.base, "GET", "/_matrix/client/v1/auth_metadata")
  const metadata = body as Readonly<Record<string, string>>
  const clientId = String((await register()).body["client_id"])
  const verifier = randomBytes(32).toString("base64url")

  const authorizeUrl = (deviceId: string, change: Readonly<Record<string, string>> = {}) =>
    `${metadata["authorization_endpoint"]}?${new URLSearchParams({
      client_id: clientId,
      response_type: "code",
      redirect_uri: redirectUri,
      response_mode: "query",
      state: "its state",
      scope: scopeFor(deviceId),
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
      ...change,
    })}`

  const token = async (form: Readonly<Record<string, string>>) => {
    const response = await fetch(metadata["token_endpoint"]!, {
      method: "POST",
      body: new URLSearchParams({ client_id: clientId, ...form }),
      headers: { origin: "https://app.example" },
    })
    const tokens = (await response.json()) as Tokens & Record<string, unknown>
    return { status: response.status, headers: response.headers, body: tokens }
  }
  const redeem = (code: string, change: object = {}) =>
    token({ grant_type: "authorization_code", code, redirect_uri: redirectUri, code_verifier: verifier, ...change })
  const refresh = (refreshToken: string) => token({ grant_type: "refresh_token", refresh_token: refreshToken })

  /** Goes through the pages, and comes back with the code. */
  const codeFor = async (user: User, deviceId: string, change: Readonly<Record<string, string>> = {}) => {
    const person = new Person(server.base)
    const asked = await signIn(person, await person.open(authorizeUrl(deviceId, change)), user)
    const back = await person.send(asked, { answer: "yes" })
    return { person, url: new URL(back.url), code: new URL(back.url).searchParams.get("code") ?? "" }
  }
  const tokensFor = async (user: User, deviceId: string) => (await redeem((await codeFor(user, deviceId)).code)).body

  const whoAmI = (accessToken: string) =>
    request(server.base, "GET", "/_matrix/client/v3/account/whoami", undefined, accessToken)

  return { metadata, clientId, register, authorizeUrl, token, redeem, refresh, codeFor, tokensFor, whoAmI }
}
export type App = Awaited<ReturnType<typeof openApp>>
