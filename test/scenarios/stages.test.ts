/** Stages of interactive authentication on the server's own pages, for apps that do not know them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { credentials, type IdentityProvider, startIdentityProvider } from "../support/identityProvider.ts"
import { linkIn, openMailbox, type Mailbox } from "../support/mailbox.ts"
import { Person } from "../support/pages.ts"
import { freePort, startServer, type Server } from "../support/server.ts"
import { registerUser, request, type User } from "../support/user.ts"

const password = "correct horse battery staple"
const terms = {
  privacy: {
    version: "1",
    en: { name: "Privacy <policy>", url: "https://example.com/privacy?a=1&b=2" },
    he: { name: "מדיניות פרטיות", url: "https://example.com/he" },
  },
}

let mailbox: Mailbox
let elsewhere: IdentityProvider
let server: Server
let owner: User
beforeAll(async () => {
  const port = await freePort()
  mailbox = await openMailbox()
  elsewhere = await startIdentityProvider(`http://127.0.0.1:${port}`)
  server = await startServer({
    CLIENT_PORT: String(port),
    SMTP_URL: mailbox.url,
    REGISTRATION: "token",
    REGISTRATION_EMAIL: "required",
    TERMS: JSON.stringify(terms),
    SSO_ISSUER: elsewhere.issuer,
    ...credentials,
  })
  owner = await registerUser(server, "owner")
})
afterAll(async () => {
  elsewhere.stop()
  await server.stop()
  await mailbox.stop()
})

let counter = 0
const newToken = async () => {
  const token = `token${++counter}`
  await request(server.base, "POST", "/_biz1/admin/v1/registration_tokens", { token, uses_allowed: 1 }, owner.token)
  return token
}
const fallback = (stage: string, session: unknown) =>
  `/_matrix/client/v3/auth/${stage}/fallback/web?session=${encodeURIComponent(String(session))}`
const told = /window\.onAuthDone\(\)/
const followMail = async (email: string) => {
  const reader = new Person(server.base)
  await reader.send(await reader.open(linkIn(mailbox.to(email).at(-1))), {})
}

describe("an app that knows no stages", () => {
  const register = (body: object) => request(server.base, "POST", "/_matrix/client/v3/register", body)

  it("has an account made on pages alone", async () => {
    const account = { username: "newcomer", password }
    const session = (await register(account)).body["session"]
    const person = new Person(server.base)

    const token = await person.open(fallback("m.login.registration_token", session))
    expect((await person.send(token, { token: "wrong" })).text).toContain("not valid")
    const tokenDone = await person.send(token, { token: await newToken() })
    expect(tokenDone.text).toMatch(told)
    expect(await register({ ...account, auth: { session } })).toMatchObject({
      status: 401,
      body: { completed: ["m.login.registration_token"] },
    })

    const asked = await person.open(fallback("m.login.terms", session))
    expect(asked.text).toContain("Privacy &#60;policy&#62;")
    expect(asked.text).toContain('href="https://example.com/privacy?a=1&#38;b=2"')
    expect((await person.send(asked, {})).text).toContain("You must agree")
    expect((await person.send(asked, { agreed: "yes" })).text).toMatch(told)
    // What was passed stays so.
    expect((await person.open(fallback("m.login.terms", session))).text).toMatch(told)

    const email = "newcomer@mail.example"
    const mailing = await person.open(fallback("m.login.email.identity", session))
    expect((await person.send(mailing, { email: "nobody" })).text).toContain("no address of mail")
    const waiting = await person.send(mailing, { email })
    expect((await person.send(waiting, {})).text).toContain("has not been opened yet")
    await followMail(email)
    expect((await person.send(waiting, {})).text).toMatch(told)

    const made = await register({ ...account, auth: { session } })
    expect(made).toMatchObject({ status: 200, body: { user_id: `@newcomer:${server.serverName}` } })
    expect(await person.open(fallback("m.login.terms", session))).toMatchObject({ status: 404 })
  })

  it("is told by a page that may run nothing else", async () => {
    const { body } = await register({ username: "strict", password })
    const response = await fetch(server.base + fallback("m.login.terms", body["session"]), {
      headers: { "accept-language": "he" },
    })
    const policy = response.headers.get("content-security-policy")
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toContain("script-src")
    expect(policy).not.toContain("unsafe")
    // The window that opened it must be reached from it afterwards.
    expect(response.headers.get("cross-origin-opener-policy")).toBe("unsafe-none")
    expect(await response.text()).toContain("מדיניות פרטיות")
  })

  it("learns nothing of sessions that are not, and stages that are not asked for", async () => {
    const { body } = await register({ username: "other", password })
    const person = new Person(server.base)
    for (const [stage, session] of [
      ["m.login.terms", "unknown"],
      ["m.login.terms", ""],
      ["m.login.password", body["session"]],
      ["m.login.sso", body["session"]],
      ["constructor", body["session"]],
    ] as const) {
      expect(await person.open(fallback(stage, session)), stage).toMatchObject({ status: 404 })
    }
  })
})

describe("who signs in with another provider", () => {
  const signIn = async (claims: IdentityProvider["person"]["claims"]) => {
    elsewhere.person.claims = claims
    const person = new Person(server.base, elsewhere.issuer)
    const redirectUrl = encodeURIComponent("https://app.example/")
    const asked = await person.open(`/_matrix/client/v3/login/sso/redirect?redirectUrl=${redirectUrl}`)
    const token = new URL((await person.send(asked, {})).url).searchParams.get("loginToken")
    const { body } = await request(server.base, "POST", "/_matrix/client/v3/login", { type: "m.login.token", token })
    return { person, token: String(body["access_token"]), deviceId: String(body["device_id"]) }
  }
  const remove = (token: string, devices: ReadonlyArray<string>, auth?: object) =>
    request(server.base, "POST", "/_matrix/client/v3/delete_devices", { devices, ...(auth && { auth }) }, token)

  it("shows there that it is them, in apps without OAuth 2.0", async () => {
    const { person, token } = await signIn({ sub: "1", preferred_username: "dana" })
    const { deviceId } = await signIn({ sub: "1", preferred_username: "dana" })
    const { status, body } = await remove(token, [deviceId])
    expect({ status, body }).toMatchObject({ status: 401, body: { flows: [{ stages: ["m.login.sso"] }] } })
    const { session } = body
    expect(await remove(token, [deviceId], { type: "m.login.sso", session })).toMatchObject({ status: 401 })

    const page = await person.open(fallback("m.login.sso", session))
    expect(page.text).toContain("@dana:")
    expect(await remove(token, [deviceId], { session })).toMatchObject({ status: 401 })
    expect((await person.send(page, {})).text).toMatch(told)
    expect(await remove(token, [deviceId], { session })).toMatchObject({ status: 200 })
  })

  it("does so for requests that have no parameters, too", async () => {
    const { person, token } = await signIn({ sub: "4", preferred_username: "noam" })
    const { deviceId } = await signIn({ sub: "4", preferred_username: "noam" })
    const path = `/_matrix/client/v3/devices/${deviceId}`
    const end = (body: object, at = path) => request(server.base, "DELETE", at, body, token)
    const { session } = (await end({})).body
    await person.send(await person.open(fallback("m.login.sso", session)), {})
    expect(await end({ auth: { session } }, "/_matrix/client/v3/devices/ANOTHER")).toMatchObject({ status: 403 })
    expect(await end({ auth: { session } })).toMatchObject({ status: 200 })
  })

  it("is nobody else", async () => {
    const { token, deviceId } = await signIn({ sub: "2", preferred_username: "rami" })
    const { body } = await remove(token, [deviceId])
    const mallory = await signIn({ sub: "3", preferred_username: "mallory" })
    const page = await mallory.person.open(fallback("m.login.sso", body["session"]))
    expect(page).toMatchObject({ status: 403 })
    expect(page.text).toContain("another account")
    expect(await remove(token, [deviceId], { session: body["session"] })).toMatchObject({ status: 401 })
  })
})

describe("an account that is made in a browser", () => {
  it("wants the same of people as one that an app makes", async () => {
    const person = new Person(server.base)
    const email = "walkin@mail.example"
    const first = await person.open("/oauth2/sign-up")
    const waiting = await person.send(first, { email })
    expect((await person.send(waiting, {})).text).toContain("has not been opened yet")
    await followMail(email)
    const account = await person.send(waiting, {})
    const token = await newToken()
    const given = { user: "walkin", password, token }
    expect((await person.send(account, given)).text).toContain("You must agree")
    expect((await person.send(account, { ...given, token: "x", agreed: "yes" })).text).toContain("not valid")
    expect((await person.send(account, { ...given, agreed: "yes" })).url).toBe(`${server.base}/oauth2/account`)

    const login = {
      type: "m.login.password",
      identifier: { type: "m.id.thirdparty", medium: "email", address: email },
      password,
    }
    expect(await request(server.base, "POST", "/_matrix/client/v3/login", login)).toMatchObject({
      status: 200,
      body: { user_id: `@walkin:${server.serverName}` },
    })
    // Without the mailbox there is no way around.
    const skipped = await new Person(server.base).send(first, { user: "skipper", password, token, agreed: "yes" })
    expect(skipped.status).toBe(400)
  })
})
