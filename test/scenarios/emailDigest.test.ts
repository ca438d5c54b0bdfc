/** Mail about what stays unread, over real SMTP. Spec: "Pushers", the kind `email`. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { linkIn, openMailbox, type Mailbox } from "../support/mailbox.ts"
import { Person } from "../support/pages.ts"
import { startServer, type Server } from "../support/server.ts"
import { registerUser, type User } from "../support/user.ts"

let mailbox: Mailbox
let server: Server
beforeAll(async () => {
  mailbox = await openMailbox()
  server = await startServer({ SMTP_URL: mailbox.url, EMAIL_AFTER: "1" })
})
afterAll(async () => {
  await server.stop()
  await mailbox.stop()
})

let counter = 0
/** With an address of their own. The mail that confirms it is the first one there. */
const withAddress = async (name: string) => {
  const [user, email] = [await registerUser(server, name), `reader${++counter}@mail.example`]
  const asked = { client_secret: "secret", email, send_attempt: 1 }
  const { sid } = await user.ask("POST", "/v3/account/3pid/email/requestToken", asked)
  const person = new Person(server.base)
  await person.send(await person.open(linkIn(mailbox.to(email).at(-1))), {})
  const password = "correct horse battery staple"
  const auth = { type: "m.login.password", identifier: { type: "m.id.user", user: user.userId }, password }
  await user.ask("POST", "/v3/account/3pid/add", { sid, client_secret: "secret", auth })
  return { user, email, mails: () => mailbox.to(email).slice(1) }
}

const setPusher = (user: User, pushkey: string, more: object = {}) =>
  user.call("POST", "/v3/pushers/set", {
    app_id: "m.email",
    pushkey,
    kind: "email",
    app_display_name: "Mail",
    device_display_name: pushkey,
    lang: "en",
    data: {},
    ...more,
  })

const together = async (one: User, other: User, name: string) => {
  const roomId = await one.createRoom({ name, invite: [other.userId] })
  await other.join(roomId)
  return roomId
}

describe("mail about what is unread", () => {
  it("tells once of all that came, of nothing that was read, and survives a crash", async () => {
    const bob = await registerUser(server, "writer")
    const { user: alice, email, mails } = await withAddress("reader")
    const [one, two] = [await together(bob, alice, "Orders <1>"), await together(bob, alice, "Read")]
    expect((await setPusher(alice, email.toUpperCase())).status).toBe(200)
    await bob.ask("PUT", `/v3/profile/${bob.userId}/displayname`, { displayname: "Bob" })
    const read = await bob.say(two, "this is read")
    await alice.ask("POST", `/v3/rooms/${two}/receipt/m.read/${read}`, {})
    mailbox.refuse(true)
    await bob.say(one, "first\nline")
    await bob.send(one, { algorithm: "m.megolm.v1.aes-sha2" }, "m.room.encrypted")
    await server.crash()
    mailbox.refuse(false)
    await expect.poll(() => mails().length, { timeout: 100_000 }).toBe(1)
    const [mail] = mails()
    expect(mail!.subject).toBe("2 unread messages: Orders <1>")
    expect(mail!.text).toContain("Bob: first line\n  Bob: sent something")
    expect(mail!.html).toContain("Orders &#60;1&#62;")
    expect(mail!.text).not.toContain("this is read")

    const person = new Person(server.base)
    const page = await person.open(linkIn(mail))
    expect(await alice.ask("GET", "/v3/pushers")).toMatchObject({ pushers: [{ kind: "email", pushkey: email }] })
    await person.send(page, {})
    expect(await alice.ask("GET", "/v3/pushers")).toEqual({ pushers: [] })
    expect(mails()).toHaveLength(1)
  }, 120_000)

  it("goes to who has the address, and only where the server sends mail", async () => {
    const { email } = await withAddress("owner")
    const mallory = await registerUser(server, "mallory")
    expect(await setPusher(mallory, email)).toMatchObject({ status: 404, body: { errcode: "M_THREEPID_NOT_FOUND" } })
    expect(await setPusher(mallory, email, { kind: "pigeon" })).toMatchObject({ body: { errcode: "M_INVALID_PARAM" } })
    expect(await setPusher(mallory, email, { app_id: "other" })).toMatchObject({ body: { errcode: "M_INVALID_PARAM" } })
    const silent = await startServer()
    const refused = await setPusher(await registerUser(silent, "silent"), "a@mail.example")
    expect(refused).toMatchObject({ status: 400, body: { errcode: "M_INVALID_PARAM" } })
    await silent.stop()
  })
})
