/** Addresses of mail: shown to be somebody's, added to accounts, logged in with, and the way back to a lost password. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { linkIn, openMailbox, type Mailbox } from "../support/mailbox.ts"
import { Person } from "../support/pages.ts"
import { startServer, type Server } from "../support/server.ts"
import { registerUser, request, type User } from "../support/user.ts"

let mailbox: Mailbox
let server: Server
beforeAll(async () => {
  mailbox = await openMailbox()
  server = await startServer({ SMTP_URL: mailbox.url, MAIL_FROM: "messenger@test.example" })
})
afterAll(async () => {
  await server.stop()
  await mailbox.stop()
})

const password = "correct horse battery staple"
const secret = "monkeys_are_GREAT"
const post = (path: string, body: object) => request(server.base, "POST", `/_matrix/client${path}`, body)

let counter = 0
const newAddress = () => `person${++counter}@mail.example`

const requestContact = (email: string, options: object = {}) =>
  post("/v3/account/3pid/email/requestToken", { client_secret: secret, email, send_attempt: 1, ...options })
const requestReset = (email: string, options: object = {}) =>
  post("/v3/account/password/email/requestToken", { client_secret: secret, email, send_attempt: 1, ...options })

/** Opens the link of the last mail, and presses the button there. */
const followMail = async (email: string) => {
  const person = new Person(server.base)
  return person.send(await person.open(linkIn(mailbox.to(email).at(-1))), {})
}

const proof = (user: User) => ({
  type: "m.login.password",
  identifier: { type: "m.id.user", user: user.userId },
  password,
})
const add = (user: User, sid: unknown, options: object = {}) =>
  user.call("POST", "/v3/account/3pid/add", { sid, client_secret: secret, auth: proof(user), ...options })

const withAddress = async (name: string) => {
  const [user, email] = [await registerUser(server, name), newAddress()]
  const { body } = await requestContact(email)
  await followMail(email)
  expect(await add(user, body["sid"])).toMatchObject({ status: 200 })
  return { user, email }
}

const login = (identifier: object, secretWord = password) =>
  post("/v3/login", { type: "m.login.password", identifier, password: secretWord })
const byMail = (address: string) => ({ type: "m.id.thirdparty", medium: "email", address })

describe("an address", () => {
  it("is added once its user has confirmed it, and is theirs alone", async () => {
    const [alice, bob] = [await registerUser(server, "alice"), await registerUser(server, "bob")]
    const email = newAddress()
    const { body } = await requestContact(email.toUpperCase())
    expect(await add(alice, body["sid"])).toMatchObject({ status: 400, body: { errcode: "M_THREEPID_AUTH_FAILED" } })

    const person = new Person(server.base)
    const [mail] = mailbox.to(email)
    expect(mail?.from?.value).toEqual([{ name: "Biz1 Messenger", address: "messenger@test.example" }])
    expect(mail?.html).toContain(linkIn(mail))
    // Opening the link is not enough: programs that look for viruses do so, too.
    const page = await person.open(linkIn(mail))
    expect(page.text).toContain(email)
    expect(await add(alice, body["sid"])).toMatchObject({ body: { errcode: "M_THREEPID_AUTH_FAILED" } })
    expect(await person.send(page, {})).toMatchObject({ status: 200 })

    expect(await add(alice, body["sid"], { client_secret: "another" })).toMatchObject({ status: 400 })
    expect(await add(alice, body["sid"], { auth: undefined })).toMatchObject({ status: 401 })
    expect(await add(alice, body["sid"])).toEqual({ status: 200, body: {} })
    const threepid = { medium: "email", address: email }
    expect(await alice.ask("GET", "/v3/account/3pid")).toMatchObject({ threepids: [threepid] })
    expect(await add(bob, body["sid"])).toMatchObject({ status: 400 })
    expect(await requestContact(email)).toMatchObject({ status: 400, body: { errcode: "M_THREEPID_IN_USE" } })

    await bob.ask("POST", "/v3/account/3pid/delete", threepid)
    expect(await alice.ask("GET", "/v3/account/3pid")).toMatchObject({ threepids: [threepid] })
    await alice.ask("POST", "/v3/account/3pid/delete", threepid)
    expect(await alice.ask("GET", "/v3/account/3pid")).toEqual({ threepids: [] })
  })

  it("is written to once for an attempt, and not without end", async () => {
    const email = newAddress()
    const { body: first } = await requestContact(email)
    expect((await requestContact(email)).body["sid"]).toBe(first["sid"])
    expect(mailbox.to(email)).toHaveLength(1)
    const old = linkIn(mailbox.to(email)[0])
    expect((await requestContact(email, { send_attempt: 2 })).body["sid"]).toBe(first["sid"])
    expect(mailbox.to(email)).toHaveLength(2)
    expect(await new Person(server.base).open(old)).toMatchObject({ status: 404 })

    for (const client_secret of ["b", "c", "d"]) await requestContact(email, { client_secret })
    expect(await requestContact(email, { client_secret: "e" })).toMatchObject({
      status: 429,
      body: { errcode: "M_LIMIT_EXCEEDED", retry_after_ms: expect.any(Number) },
    })
    expect(mailbox.to(email)).toHaveLength(5)
  })

  it("may be tried again where the mail server would not take the mail", async () => {
    const email = newAddress()
    mailbox.refuse(true)
    expect(await requestContact(email)).toMatchObject({ status: 503 })
    mailbox.refuse(false)
    expect(await requestContact(email)).toMatchObject({ status: 200 })
    expect(mailbox.to(email)).toHaveLength(1)
  })

  it("must be one, and no phone number", async () => {
    for (const email of ["nobody", "a@b@c", "a@mail.example\r\nBcc: b@mail.example", "<a@mail.example>", "@x", ""]) {
      expect(await requestContact(email)).toMatchObject({ status: 400 })
    }
    const phone = { client_secret: secret, country: "GB", phone_number: "07700900001", send_attempt: 1 }
    for (const path of ["/v3/account/3pid", "/v3/account/password", "/v3/register"]) {
      expect(await post(`${path}/msisdn/requestToken`, phone)).toMatchObject({
        status: 403,
        body: { errcode: "M_THREEPID_DENIED" },
      })
    }
  })

  it("leads on to this server after it was confirmed, and to no other", async () => {
    for (const [link, leadsOn] of [
      [`${server.base}/done`, true],
      ["https://elsewhere.example/done", false],
      ["javascript:alert(1)", false],
    ] as const) {
      const email = newAddress()
      await requestContact(email, { next_link: link })
      expect((await followMail(email)).url === link).toBe(leadsOn)
    }
  })

  it("is bound at no identity server", async () => {
    const alice = await registerUser(server, "alice")
    const binding = { client_secret: secret, sid: "x", id_server: "elsewhere.example", id_access_token: "x" }
    expect(await alice.call("POST", "/v3/account/3pid/bind", binding)).toMatchObject({
      status: 400,
      body: { errcode: "M_SERVER_NOT_TRUSTED" },
    })
    const address = { medium: "email", address: newAddress() }
    expect(await alice.ask("POST", "/v3/account/3pid/unbind", address)).toEqual({
      id_server_unbind_result: "no-support",
    })
  })

  it("logs in as the name does, and gives away nothing about others", async () => {
    const { user, email } = await withAddress("alice")
    for (const address of [email, email.toUpperCase()]) {
      expect(await login(byMail(address))).toMatchObject({ status: 200, body: { user_id: user.userId } })
    }
    const formerly = { type: "m.login.password", medium: "email", address: email, password }
    expect(await post("/v3/login", formerly)).toMatchObject({ status: 200, body: { user_id: user.userId } })
    const refused = await login(byMail(email), "wrong")
    expect(refused).toMatchObject({ status: 403, body: { errcode: "M_FORBIDDEN" } })
    expect(await login(byMail(newAddress()))).toEqual(refused)
    expect(await login({ type: "m.id.phone", country: "GB", phone: "07700900001" })).toEqual(refused)
  })
})

describe("a lost password", () => {
  const reset = (sid: unknown, options: object = {}) =>
    post("/v3/account/password", {
      new_password: "a brand new password",
      auth: { type: "m.login.email.identity", threepid_creds: { sid, client_secret: secret } },
      ...options,
    })

  it("is replaced by who reads the account's mail, and all devices are logged out", async () => {
    const { user, email } = await withAddress("alice")
    expect(await reset(undefined, { auth: undefined })).toMatchObject({
      status: 401,
      body: { flows: [{ stages: ["m.login.email.identity"] }] },
    })
    const { body } = await requestReset(email)
    expect(await reset(body["sid"])).toMatchObject({ status: 401, body: { errcode: "M_THREEPID_AUTH_FAILED" } })
    await followMail(email)
    expect(await reset(body["sid"])).toEqual({ status: 200, body: {} })
    expect(await reset(body["sid"])).toMatchObject({ status: 401 })

    expect(await user.call("GET", "/v3/account/whoami")).toMatchObject({ status: 401 })
    expect(await login(byMail(email))).toMatchObject({ status: 403 })
    expect(await login(byMail(email), "a brand new password")).toMatchObject({ status: 200 })
  })

  it("leaves the devices logged in where that is wanted", async () => {
    const { user, email } = await withAddress("alice")
    const { body } = await requestReset(email)
    await followMail(email)
    expect(await reset(body["sid"], { logout_devices: false })).toMatchObject({ status: 200 })
    expect(await user.call("GET", "/v3/account/whoami")).toMatchObject({ status: 200 })
  })

  it("is not found by an address that is nobody's: only the mail says so", async () => {
    const { email } = await withAddress("alice")
    const stranger = newAddress()
    const [known, unknown] = [await requestReset(email), await requestReset(stranger)]
    expect({ status: unknown.status, keys: Object.keys(unknown.body) }).toEqual({
      status: known.status,
      keys: Object.keys(known.body),
    })
    const [mail] = mailbox.to(stranger)
    expect(mail?.subject).toBe("There is no account with this address")
    expect(linkIn(mail)).toBe("")
  })

  it("is not replaced by what was confirmed for something else", async () => {
    const email = newAddress()
    const { body } = await requestContact(email)
    await followMail(email)
    expect(await reset(body["sid"])).toMatchObject({ status: 401, body: { errcode: "M_THREEPID_AUTH_FAILED" } })
  })
})

describe("an invite by an address", () => {
  it("goes to the account that has it, and says so where none has", async () => {
    const alice = await registerUser(server, "host")
    const { user: bob, email } = await withAddress("bob")
    const roomId = await alice.createRoom()
    const invite = (address: string) =>
      alice.call("POST", `/v3/rooms/${encodeURIComponent(roomId)}/invite`, {
        id_server: "id.test.example",
        id_access_token: "unused",
        medium: "email",
        address,
      })
    expect(await invite(newAddress())).toMatchObject({ status: 404, body: { errcode: "M_THREEPID_NOT_FOUND" } })
    expect(await invite(email.toUpperCase())).toEqual({ status: 200, body: {} })
    const invited = await alice.createRoom({ invite_3pid: [{ medium: "email", address: email }] })
    const { rooms } = await bob.ask<{ rooms: { invite: object } }>("GET", "/v3/sync")
    expect(Object.keys(rooms.invite).sort()).toEqual([roomId, invited].sort())
    const refused = await alice.call("POST", "/v3/createRoom", {
      invite_3pid: [{ medium: "email", address: newAddress() }],
    })
    expect(refused).toMatchObject({ status: 404, body: { errcode: "M_THREEPID_NOT_FOUND" } })
  })
})

describe("the end of an account", () => {
  it("frees its address", async () => {
    const { user, email } = await withAddress("alice")
    await user.ask("POST", "/v3/account/deactivate", { auth: proof(user) })
    expect(await requestContact(email, { client_secret: "new" })).toMatchObject({ status: 200 })
    expect(await login(byMail(email))).toMatchObject({ status: 403, body: { errcode: "M_FORBIDDEN" } })
  })
})

describe("a server without mail", () => {
  it("says so", async () => {
    const silent = await startServer()
    const path = "/_matrix/client/v3/account/3pid/email/requestToken"
    const asked = { client_secret: secret, email: newAddress(), send_attempt: 1 }
    expect(await request(silent.base, "POST", path, asked)).toMatchObject({
      status: 403,
      body: { errcode: "M_THREEPID_DENIED" },
    })
    await silent.stop()
  })
})
