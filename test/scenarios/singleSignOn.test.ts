/** Signing in with another provider, in clients with OAuth 2.0 and in older ones. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { credentials, type IdentityProvider, startIdentityProvider } from "../support/identityProvider.ts"
import { Person } from "../support/pages.ts"
import { type Server, startServer } from "../support/server.ts"
import { registerUser, request } from "../support/user.ts"

const freePort = async () => {
  const probe = createServer().listen(0, "127.0.0.1")
  await new Promise((done) => probe.once("listening", done))
  const { port } = probe.address() as AddressInfo
  await new Promise((done) => probe.close(done))
  return port
}

let server: Server
let elsewhere: IdentityProvider
beforeAll(async () => {
  const port = await freePort()
  elsewhere = await startIdentityProvider(`http://127.0.0.1:${port}`)
  server = await startServer({
    CLIENT_PORT: String(port),
    SSO_ISSUER: elsewhere.issuer,
    SSO_NAME: "Example & Co",
    REGISTRATION: "open",
    ...credentials,
  })
})
afterAll(async () => {
  elsewhere.stop()
  await server.stop()
})

const login = (token: string) =>
  request(server.base, "POST", "/_matrix/client/v3/login", { type: "m.login.token", token, device_id: "OLDCLIENT" })
const redirectPath = "/_matrix/client/v3/login/sso/redirect"
const appUrl = "https://app.example/?keep=1"

/** Comes back to the app's URL with a login token. */
const signInElsewhere = async (claims: IdentityProvider["person"]["claims"], path = `${redirectPath}/oidc`) => {
  elsewhere.person.claims = claims
  const person = new Person(server.base, elsewhere.issuer)
  const asked = await person.open(`${path}?${new URLSearchParams({ redirectUrl: appUrl })}`)
  expect(asked.text).toContain("Continue to the app?")
  const url = new URL((await person.send(asked, {})).url)
  expect(url.searchParams.get("keep")).toBe("1")
  return url.searchParams.get("loginToken") ?? ""
}

describe("a client without OAuth 2.0", () => {
  it("sends people to the other provider, and logs in with what they bring", async () => {
    const { body: offered } = await request(server.base, "GET", "/_matrix/client/v3/login")
    const flows = offered["flows"] as ReadonlyArray<{ readonly type: string }>
    expect(flows).toContainEqual({ type: "m.login.sso", identity_providers: [{ id: "oidc", name: "Example & Co" }] })
    expect(flows.filter(({ type }) => type === "m.login.token")).toHaveLength(1)
    const dana = { sub: "1", preferred_username: "Dana", name: "Dana Levi" }
    const token = await signInElsewhere(dana)
    const { status, body } = await login(token)
    expect(status).toBe(200)
    expect(body).toMatchObject({ user_id: `@dana:${server.serverName}`, device_id: "OLDCLIENT" })
    expect(await request(server.base, "GET", `/_matrix/client/v3/profile/@dana:${server.serverName}`)).toMatchObject({
      body: { displayname: "Dana Levi" },
    })
    expect(await login(token)).toMatchObject({ status: 403, body: { errcode: "M_FORBIDDEN" } })

    // The same person, whatever their name is by now.
    const again = await login(await signInElsewhere({ sub: "1", preferred_username: "dana.cohen" }, redirectPath))
    expect(again.body["user_id"]).toBe(`@dana:${server.serverName}`)
  })

  it("gives nobody an account that is somebody else's", async () => {
    const alice = await registerUser(server, "alice")
    const name = alice.userId.slice(1, alice.userId.indexOf(":"))
    const { body } = await login(await signInElsewhere({ sub: "2", preferred_username: name }))
    expect(body["user_id"]).toBe(`@${name}-2:${server.serverName}`)
  })

  it("is told what it has asked wrongly", async () => {
    for (const [path, status, errcode] of [
      [redirectPath, 400, "M_MISSING_PARAM"],
      [`${redirectPath}?redirectUrl=javascript:alert(1)`, 400, "M_INVALID_PARAM"],
      [`${redirectPath}?redirectUrl=nowhere`, 400, "M_INVALID_PARAM"],
      [`${redirectPath}/unknown?redirectUrl=${appUrl}`, 404, "M_NOT_FOUND"],
    ] as const) {
      expect(await request(server.base, "GET", path)).toMatchObject({ status, body: { errcode } })
    }
  })
})

describe("the sign-in page", () => {
  it("leads to the other provider, too, and back to where one was", async () => {
    elsewhere.person.claims = { sub: "3", email: "omar@example.com" }
    const person = new Person(server.base, elsewhere.issuer)
    const page = await person.open("/oauth2/account?action=org.matrix.devices_list")
    expect(page.text).toContain("Continue with Example &#38; Co")
    const link = /href="(\/oauth2\/upstream[^"]*)"/.exec(page.text)![1]!.replaceAll("&#38;", "&")
    const account = await person.open(link)
    expect(account.url).toBe(`${server.base}/oauth2/account?action=org.matrix.devices_list`)
    expect(account.text).toContain(`@omar:${server.serverName}`)
  })

  it("takes nobody back who was sent out from another browser", async () => {
    const callback = "/oauth2/upstream/callback?code=stolen&state=somebody"
    expect(await new Person(server.base, elsewhere.issuer).open(callback)).toMatchObject({ status: 400 })
  })
})

describe("another provider that is down", () => {
  it("keeps nobody from signing in when it is up again", async () => {
    const [port, providerPort] = [await freePort(), await freePort()]
    const patient = await startServer({
      CLIENT_PORT: String(port),
      SSO_ISSUER: `http://127.0.0.1:${providerPort}`,
      LOG_LEVEL: "Error",
      ...credentials,
    })
    const down = await new Person(patient.base).open("/oauth2/upstream")
    expect(down).toMatchObject({ status: 502 })
    expect(down.text).toContain("Try again")

    const up = await startIdentityProvider(patient.base, providerPort)
    up.person.claims = { sub: "4", preferred_username: "rina" }
    const account = await new Person(patient.base, up.issuer).open("/oauth2/upstream")
    expect(account.text).toContain("@rina:")
    up.stop()
    await patient.stop()
  })
})
