import { Result } from "effect"
import * as fc from "fast-check"
import { expect, it } from "vitest"
import { checkRegistration, clientIdOf } from "./registration.ts"

const metadata = { client_uri: "https://app.example/", redirect_uris: ["https://app.example/callback"] }
const check = (change: object) => checkRegistration({ ...metadata, ...change })

it("sends nobody to a site that is not the client's own", () => {
  const host = fc.constantFrom(
    "app.example",
    "sub.app.example",
    "app.example.evil",
    "evilapp.example",
    "example",
    "evil",
  )
  const uri = fc
    .record({
      scheme: fc.constantFrom("https:", "http:", "javascript:", "example.app:", "data:", "HTTPS:"),
      slashes: fc.constantFrom("", "/", "//", "///", "\\\\"),
      user: fc.constantFrom("", "app.example@", "a:b@"),
      host,
      port: fc.constantFrom("", ":8443"),
      path: fc.constantFrom("", "/", "/callback", "?a=b", "#fragment"),
    })
    .map(({ scheme, slashes, user, host, port, path }) => scheme + slashes + user + host + port + path)
  fc.assert(
    fc.property(uri, (redirect) => {
      const result = check({ redirect_uris: [redirect] })
      if (Result.isFailure(result)) return
      const { protocol, hostname, username, hash } = new URL(redirect)
      expect(protocol).toBe("https:")
      expect(`.${hostname}`.endsWith(".app.example")).toBe(true)
      expect([username, hash]).toEqual(["", ""])
    }),
  )
})

it("ignores what it does not know, and keeps what people are shown", () => {
  const result = check({
    grant_types: ["authorization_code", "urn:something:else"],
    "client_name#he": "אפליקציה",
    "client_name#": "no language",
    "tos_uri#fr": "https://app.example/fr",
    policy_uri: "https://evil.example/",
    logo_uri: "http://app.example/logo.png",
    client_secret: "mine",
    client_id: "chosen",
    default_max_age: 1,
  })
  expect(Result.isSuccess(result) ? result.success : result.failure).toEqual({
    ...metadata,
    application_type: "web",
    grant_types: ["authorization_code"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
    "client_name#he": "אפליקציה",
    "tos_uri#fr": "https://app.example/fr",
  })
})

it("refuses what is no metadata, or too much of it", () => {
  for (const body of [null, 1, "text", [], {}, { client_uri: "https://u:p@app.example/" }]) {
    expect(Result.isFailure(checkRegistration(body))).toBe(true)
  }
  expect(Result.isFailure(check({ client_name: "x".repeat(9000) }))).toBe(true)
  expect(Result.isFailure(check({ token_endpoint_auth_method: "client_secret_post" }))).toBe(true)
})

it("knows the same client again, in whatever order it speaks", () => {
  const [a, b] = [
    { x: 1, y: [2] },
    { y: [2], x: 1 },
  ]
  expect(clientIdOf(a)).toBe(clientIdOf(b))
  expect(clientIdOf(a)).not.toBe(clientIdOf({ x: 1, y: [3] }))
})
