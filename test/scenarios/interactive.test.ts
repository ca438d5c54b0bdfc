/** Showing who one is in several steps: sessions that are for one request, and the stages of making an account. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { linkIn, openMailbox, type Mailbox } from "../support/mailbox.ts"
import { Person } from "../support/pages.ts"
import { startServer, type Server } from "../support/server.ts"
import { registerUser, request, type User } from "../support/user.ts"

const password = "correct horse battery staple"
const proof = (user: User, session?: unknown) => ({
  type: "m.login.password",
  identifier: { type: "m.id.user", user: user.userId },
  password,
  ...(session === undefined ? {} : { session }),
})

const privacy = {
  version: "1.2",
  en: { name: "Privacy policy", url: "https://example.com/privacy" },
  he: { name: "מדיניות פרטיות", url: "https://example.com/he/privacy" },
}

describe("a session", () => {
  let server: Server
  let alice: User
  beforeAll(async () => {
    server = await startServer()
    alice = await registerUser(server, "alice")
  })
  afterAll(() => server.stop())

  const begin = async (path: string, body: object, method: "POST" | "DELETE" = "POST") => {
    const { status, body: answer } = await alice.call(method, path, body)
    expect(status).toBe(401)
    return answer["session"]
  }
  const refused = { status: 403, body: { errcode: "M_FORBIDDEN" } }

  it("is for the path that it was begun with", async () => {
    const session = await begin("/v3/devices/ONE", {}, "DELETE")
    expect(await alice.call("DELETE", "/v3/devices/TWO", { auth: proof(alice, session) })).toMatchObject(refused)
    expect(
      await alice.call("POST", "/v3/delete_devices", { devices: ["ONE"], auth: proof(alice, session) }),
    ).toMatchObject(refused)
    expect(await alice.call("DELETE", "/v3/devices/ONE", { auth: proof(alice, session) })).toMatchObject({
      status: 200,
    })
  })

  it("is for the parameters that it was begun with", async () => {
    const session = await begin("/v3/delete_devices", { devices: ["ONE"] })
    const remove = (devices: ReadonlyArray<string>) =>
      alice.call("POST", "/v3/delete_devices", { devices, auth: proof(alice, session) })
    expect(await remove(["ONE", "TWO"])).toMatchObject(refused)
    expect(await remove(["ONE"])).toMatchObject({ status: 200 })
  })

  it("is for who began it", async () => {
    const bob = await registerUser(server, "bob")
    const session = await begin("/v3/delete_devices", { devices: ["ONE"] })
    const asked = { devices: ["ONE"], auth: proof(bob, session) }
    expect(await bob.call("POST", "/v3/delete_devices", asked)).toMatchObject(refused)
  })

  it("is good for one request", async () => {
    const session = await begin("/v3/delete_devices", { devices: ["ONE"] })
    const asked = { devices: ["ONE"], auth: proof(alice, session) }
    expect(await alice.call("POST", "/v3/delete_devices", asked)).toMatchObject({ status: 200 })
    const again = await alice.call("POST", "/v3/delete_devices", { ...asked, auth: { session } })
    expect(again).toMatchObject({ status: 401, body: { errcode: "M_UNAUTHORIZED", completed: [] } })
    expect(again.body["session"]).not.toBe(session)
  })
})

describe("making an account", () => {
  let mailbox: Mailbox
  let server: Server
  beforeAll(async () => {
    mailbox = await openMailbox()
    server = await startServer({
      SMTP_URL: mailbox.url,
      REGISTRATION: "token",
      REGISTRATION_EMAIL: "required",
      TERMS: JSON.stringify({ privacy }),
    })
    admin = await registerUser(server, "owner")
  })
  afterAll(async () => {
    await server.stop()
    await mailbox.stop()
  })

  let admin: User
  let counter = 0
  const register = (body: object) => request(server.base, "POST", "/_matrix/client/v3/register", body)
  const newToken = async (uses: number) => {
    const token = `token${++counter}`
    await request(
      server.base,
      "POST",
      "/_biz1/admin/v1/registration_tokens",
      { token, uses_allowed: uses },
      admin.token,
    )
    return token
  }
  const requestToken = (email: string) =>
    request(server.base, "POST", "/_matrix/client/v3/register/email/requestToken", {
      client_secret: "secret",
      email,
      send_attempt: 1,
    })
  const mailStage = (sid: unknown) => ({
    type: "m.login.email.identity",
    threepid_creds: { sid, client_secret: "secret" },
  })
  const followMail = async (email: string) => {
    const person = new Person(server.base)
    await person.send(await person.open(linkIn(mailbox.to(email).at(-1))), {})
  }

  it("asks for what the server's settings say, a stage after the other", async () => {
    const { status, body } = await register({})
    expect(status).toBe(401)
    expect(body).toMatchObject({
      flows: [{ stages: ["m.login.registration_token", "m.login.terms", "m.login.email.identity"] }],
      params: { "m.login.terms": { policies: { privacy } } },
      completed: [],
    })
    const { session } = body
    const account = { username: "newcomer", password }
    const pass = (auth: object) => register({ ...account, auth: { ...auth, session } })
    const token = await newToken(1)

    expect(await pass({ type: "m.login.registration_token", token: "wrong" })).toMatchObject({
      status: 401,
      body: { errcode: "M_UNAUTHORIZED", completed: [] },
    })
    expect(await pass({ type: "m.login.registration_token", token })).toMatchObject({
      body: { completed: ["m.login.registration_token"] },
    })
    expect(await register({ ...account, username: "somebody-else", auth: { session } })).toMatchObject({ status: 403 })
    expect(await pass({ type: "m.login.terms" })).toMatchObject({ status: 401 })

    const email = "newcomer@mail.example"
    const { body: asked } = await requestToken(email.toUpperCase())
    expect(await pass(mailStage(asked["sid"]))).toMatchObject({
      status: 401,
      body: { errcode: "M_THREEPID_AUTH_FAILED" },
    })
    await followMail(email)
    const made = await pass(mailStage(asked["sid"]))
    expect(made).toMatchObject({ status: 200, body: { user_id: `@newcomer:${server.serverName}` } })

    const contacts = await request(
      server.base,
      "GET",
      "/_matrix/client/v3/account/3pid",
      undefined,
      String(made.body["access_token"]),
    )
    expect(contacts).toMatchObject({ body: { threepids: [{ medium: "email", address: email }] } })
    expect(await requestToken(email)).toMatchObject({ status: 400, body: { errcode: "M_THREEPID_IN_USE" } })
    const spent = `/_matrix/client/v1/register/m.login.registration_token/validity?token=${token}`
    expect(await request(server.base, "GET", spent)).toMatchObject({ body: { valid: false } })
  })

  it("takes a use from a token only when there is an account for it", async () => {
    const token = await newToken(1)
    const asked = { username: "undecided", password, auth: { type: "m.login.registration_token", token } }
    expect(await register(asked)).toMatchObject({ status: 401, body: { completed: ["m.login.registration_token"] } })
    const validity = `/_matrix/client/v1/register/m.login.registration_token/validity?token=${token}`
    expect(await request(server.base, "GET", validity)).toMatchObject({ body: { valid: true } })
  })

  it("takes no address that was confirmed for something else", async () => {
    const { body } = await request(server.base, "POST", "/_matrix/client/v3/account/3pid/email/requestToken", {
      client_secret: "secret",
      email: "contact@mail.example",
      send_attempt: 1,
    })
    await followMail("contact@mail.example")
    expect(await register({ username: "other", password, auth: mailStage(body["sid"]) })).toMatchObject({
      status: 401,
      body: { errcode: "M_THREEPID_AUTH_FAILED" },
    })
  })
})

describe("a mailbox that may be shown", () => {
  it("is one of two ways to an account", async () => {
    const mailbox = await openMailbox()
    const server = await startServer({ SMTP_URL: mailbox.url, REGISTRATION_EMAIL: "optional" })
    await registerUser(server, "owner")
    expect(await request(server.base, "POST", "/_matrix/client/v3/register", {})).toMatchObject({
      body: { flows: [{ stages: ["m.login.dummy"] }, { stages: ["m.login.email.identity"] }] },
    })
    expect((await registerUser(server, "without")).userId).toContain("@without")
    await server.stop()
    await mailbox.stop()
  })
})
