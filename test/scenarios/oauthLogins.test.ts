/** What becomes of logins through OAuth 2.0: they are refreshed, they end, and devices without a browser get theirs. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type App, openApp, password, scopeFor, signIn } from "../support/oauthApp.ts"
import { Person } from "../support/pages.ts"
import { type Server, startServer } from "../support/server.ts"
import { registerUser, request, type User } from "../support/user.ts"

let server: Server
let app: App
beforeAll(async () => {
  server = await startServer()
  app = await openApp(server)
})
afterAll(() => server.stop())

const gone = { status: 401, body: { errcode: "M_UNKNOWN_TOKEN" } }

const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

describe("a refresh token", () => {
  it("is replaced as it is used, and can be used again where the answer was lost", async () => {
    const alice = await registerUser(server, "alice")
    const first = await app.tokensFor(alice, "REFRESHING")
    const { body: lost } = await app.refresh(first.refresh_token)
    const { body: second } = await app.refresh(first.refresh_token)
    expect(new Set([first, lost, second].map(({ refresh_token: one }) => one)).size).toBe(3)
    expect(await app.whoAmI(second.access_token)).toMatchObject({ status: 200, body: { device_id: "REFRESHING" } })
    const { body: third } = await app.refresh(second.refresh_token)
    expect(await app.whoAmI(third.access_token)).toMatchObject({ status: 200 })
    expect(await app.refresh(first.refresh_token)).toMatchObject({ status: 400, body: { error: "invalid_grant" } })
  })

  it("that two go on with ends the login", async () => {
    const alice = await registerUser(server, "alice")
    const first = await app.tokensFor(alice, "STOLENTOKEN")
    const [{ body: mine }, { body: theirs }] = [
      await app.refresh(first.refresh_token),
      await app.refresh(first.refresh_token),
    ]
    const { body: next } = await app.refresh(theirs.refresh_token)
    expect(await app.refresh(mine.refresh_token)).toMatchObject({ status: 400, body: { error: "invalid_grant" } })
    expect(await app.whoAmI(next.access_token)).toMatchObject(gone)
    expect(await app.refresh(next.refresh_token)).toMatchObject({ status: 400 })
  })

  it("lives through a restart of the server", async () => {
    const alice = await registerUser(server, "alice")
    const first = await app.tokensFor(alice, "RESTARTING")
    await server.restart()
    const { body } = await app.refresh(first.refresh_token)
    expect(await app.whoAmI(body.access_token)).toMatchObject({ status: 200 })
  })
})

describe("a login", () => {
  const revoke = (form: Readonly<Record<string, string>>) =>
    fetch(app.metadata["revocation_endpoint"]!, { method: "POST", body: new URLSearchParams(form) })
  const hasDevice = async (user: User, deviceId: string) =>
    (await user.call("GET", `/v3/devices/${deviceId}`)).status === 200

  it("ends with either of its tokens, and its device goes", async () => {
    const alice = await registerUser(server, "alice")
    for (const kind of ["access_token", "refresh_token"] as const) {
      const tokens = await app.tokensFor(alice, "REVOKEDONE")
      expect(await hasDevice(alice, "REVOKEDONE")).toBe(true)
      expect((await revoke({ token: tokens[kind], token_type_hint: kind, client_id: app.clientId })).status).toBe(200)
      expect(await app.whoAmI(tokens.access_token)).toMatchObject(gone)
      expect(await app.refresh(tokens.refresh_token)).toMatchObject({ status: 400 })
      expect(await hasDevice(alice, "REVOKEDONE")).toBe(false)
    }
    expect((await revoke({ token: "unknown" })).status).toBe(200)
    expect((await revoke({})).status).toBe(400)
  })

  it("ends with a logout, its device, or its account", async () => {
    const alice = await registerUser(server, "alice")
    const auth = { type: "m.login.password", identifier: { type: "m.id.user", user: alice.userId }, password }
    const ends: ReadonlyArray<(accessToken: string) => Promise<unknown>> = [
      (accessToken) => request(server.base, "POST", "/_matrix/client/v3/logout", {}, accessToken),
      () => alice.ask("DELETE", "/v3/devices/ENDINGDEVICE", { auth }),
      () => alice.ask("POST", "/v3/account/deactivate", { auth }),
    ]
    for (const end of ends) {
      const tokens = await app.tokensFor(alice, "ENDINGDEVICE")
      await end(tokens.access_token)
      expect(await app.whoAmI(tokens.access_token)).toMatchObject(gone)
      expect(await app.refresh(tokens.refresh_token)).toMatchObject({ status: 400, body: { error: "invalid_grant" } })
    }
  })
})

describe("a device without a browser", () => {
  const begin = async (deviceId: string) => {
    const response = await fetch(app.metadata["device_authorization_endpoint"]!, {
      method: "POST",
      body: new URLSearchParams({ client_id: app.clientId, scope: scopeFor(deviceId) }),
    })
    return (await response.json()) as Readonly<Record<string, string>>
  }
  const poll = (code: string | undefined) => app.token({ grant_type: deviceGrant, device_code: code ?? "" })

  it("is signed in from another one, by the code that it shows", async () => {
    const alice = await registerUser(server, "alice")
    const begun = await begin("TELEVISION")
    expect(await poll(begun["device_code"])).toMatchObject({ status: 400, body: { error: "authorization_pending" } })

    const person = new Person(server.base)
    const entry = await person.open(begun["verification_uri"]!)
    const unknown = await person.send(entry, { user_code: "BBBB-BBBB" })
    expect(unknown.text).toContain("There is no such code")
    const confirm = await person.send(unknown, { user_code: begun["user_code"]!.toLowerCase().replace("-", " ") })
    expect(confirm.text).toContain(begun["user_code"])
    const asked = await signIn(person, await person.send(confirm, { confirm: "yes" }), alice)
    expect((await person.send(asked, { answer: "yes" })).text).toContain("Your device is signed in")

    const { status, body } = await poll(begun["device_code"])
    expect(status).toBe(200)
    expect(await app.whoAmI(body.access_token)).toMatchObject({
      body: { user_id: alice.userId, device_id: "TELEVISION" },
    })
    expect((await app.refresh(body.refresh_token)).status).toBe(200)
  })

  it("learns that the person did not want it", async () => {
    const begun = await begin("TELEVISION2")
    const person = new Person(server.base)
    const entry = await person.open(begun["verification_uri"]!)
    const confirm = await person.send(entry, { user_code: begun["user_code"]! })
    await person.send(confirm, { abort: "yes" })
    expect(await poll(begun["device_code"])).toMatchObject({ status: 400, body: { error: "access_denied" } })
  })
})
