/** The page of one's account, which clients link to. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type App, openApp, signIn } from "../support/oauthApp.ts"
import { Person, type Shown } from "../support/pages.ts"
import { type Server, startServer } from "../support/server.ts"
import { registerUser, request, type User } from "../support/user.ts"

let server: Server
let app: App
let owner: User
beforeAll(async () => {
  server = await startServer()
  owner = await registerUser(server, "owner")
  app = await openApp(server)
})
afterAll(() => server.stop())

const gone = { status: 401, body: { errcode: "M_UNKNOWN_TOKEN" } }

describe("the page of one's account", () => {
  const opened = async (user: User, path = "/oauth2/account") => {
    const person = new Person(server.base)
    return { person, page: await signIn(person, await person.open(path), user) }
  }
  const formOf = (page: Shown, action: string): Shown => ({
    ...page,
    text: page.text.slice(page.text.search(new RegExp(`<form[^>]*action="${action}"`))),
  })

  it("changes a name", async () => {
    const alice = await registerUser(server, "alice")
    const { person, page } = await opened(alice)
    const saved = await person.send(formOf(page, "/oauth2/account/profile"), { name: "Alice <3" })
    expect(saved.text).toContain("Alice &#60;3")
    expect(await alice.ask("GET", `/v3/profile/${alice.userId}`)).toMatchObject({ displayname: "Alice <3" })
  })

  it("shows devices, and signs them out", async () => {
    const [alice, bob] = [await registerUser(server, "alice"), await registerUser(server, "bob")]
    const tokens = await app.tokensFor(alice, "LISTEDDEVICE")
    const theirs = await app.tokensFor(bob, "LISTEDDEVICE")
    const { person, page } = await opened(alice, "/oauth2/account?action=org.matrix.devices_list")
    expect(page.text).toContain("LISTEDDEVICE")
    const device = await person.open("/oauth2/account?action=org.matrix.device_view&device_id=LISTEDDEVICE")
    expect((await person.send(device, {})).text).not.toContain("LISTEDDEVICE")
    expect(await app.whoAmI(tokens.access_token)).toMatchObject(gone)
    expect(await app.whoAmI(theirs.access_token)).toMatchObject({ status: 200 })
  })

  it("allows a new encryption identity, once, to who signed in through a browser", async () => {
    const alice = await registerUser(server, "alice")
    const { access_token: accessToken } = await app.tokensFor(alice, "RESETTING1")
    const upload = async (letter: string, auth?: object) => {
      const key = letter.repeat(43)
      return request(
        server.base,
        "POST",
        "/_matrix/client/v3/keys/device_signing/upload",
        {
          master_key: { user_id: alice.userId, usage: ["master"], keys: { [`ed25519:${key}`]: key } },
          ...(auth === undefined ? {} : { auth }),
        },
        accessToken,
      )
    }
    expect(await upload("A")).toMatchObject({ status: 200 })
    const asked = await upload("B")
    expect(asked).toMatchObject({
      status: 401,
      body: { flows: [{ stages: ["m.oauth"] }, { stages: [expect.anything()] }] },
    })
    const params = asked.body["params"] as { readonly "m.oauth": { readonly url: string } }
    const session = asked.body["session"]
    expect(await upload("B", { session })).toMatchObject({ status: 401 })
    expect(await upload("B", { session, type: "m.oauth" })).toMatchObject({
      status: 401,
      body: { errcode: "M_FORBIDDEN" },
    })

    const { person, page } = await opened(alice, params["m.oauth"].url)
    expect((await person.send(page, {})).status).toBe(200)
    expect(await upload("B", { session })).toMatchObject({ status: 200 })
    expect(await upload("C", { session })).toMatchObject({ status: 401 })
  })

  it.each(["m.oauth", "org.matrix.cross_signing_reset"])(
    "allows it to clients that name the stage %s",
    async (type) => {
      const alice = await registerUser(server, "alice")
      const { access_token: accessToken } = await app.tokensFor(alice, "RESETTING2")
      const path = "/_matrix/client/v3/keys/device_signing/upload"
      const upload = (letter: string, auth?: object) => {
        const key = letter.repeat(43)
        const master = { user_id: alice.userId, usage: ["master"], keys: { [`ed25519:${key}`]: key } }
        return request(server.base, "POST", path, { master_key: master, ...(auth && { auth }) }, accessToken)
      }
      await upload("A")
      const { session } = (await upload("B")).body
      const fallback = `/_matrix/client/v3/auth/${type}/fallback/web?session=${String(session)}`
      const { person, page } = await opened(alice, fallback)
      await person.send(page, {})
      expect(await upload("B", { session, type })).toMatchObject({ status: 200 })
    },
  )

  it.each([
    ["org.matrix.profile", "Your name, as others see it"],
    ["org.matrix.devices_list", "Your devices"],
    ["org.matrix.device_view", "Sign this device out"],
    ["org.matrix.device_delete", "Sign this device out"],
    ["org.matrix.account_deactivate", "Deactivate your account?"],
    ["org.matrix.cross_signing_reset", "Reset your encryption identity?"],
    ["org.matrix.sessions_list", "Your devices"],
    ["org.matrix.session_view", "Sign this device out"],
    ["org.matrix.session_end", "Sign this device out"],
    ["org.example.unheard_of", "Your account"],
  ])("is opened by apps for %s", async (action, shown) => {
    const alice = await registerUser(server, "alice")
    const { device_id: deviceId } = await alice.ask("GET", "/v3/account/whoami")
    const { page } = await opened(alice, `/oauth2/account?action=${action}&device_id=${String(deviceId)}`)
    expect(page.text).toContain(shown)
  })

  it("changes no name of somebody who is suspended", async () => {
    const alice = await registerUser(server, "alice")
    const { person, page } = await opened(alice)
    await owner.ask("PUT", `/v1/admin/suspend/${encodeURIComponent(alice.userId)}`, { suspended: true })
    expect((await person.send(page, { name: "Mallory" })).text).toContain("suspended")
    const profile = await alice.ask("GET", `/v3/profile/${encodeURIComponent(alice.userId)}`)
    expect(profile).not.toMatchObject({ displayname: "Mallory" })
  })

  it("takes a new password, and signs out wherever the old one was used", async () => {
    const alice = await registerUser(server, "alice")
    const { person, page } = await opened(alice, "/oauth2/account/password")
    expect((await person.send(page, { password: "short" })).text).toContain("at least 8")
    const chosen = "a new one, long enough"
    expect((await person.send(page, { password: chosen, everywhere: "yes" })).status).toBe(200)
    expect(await app.whoAmI(alice.token)).toMatchObject(gone)
    const entry = await person.open("/oauth2/account")
    expect((await signIn(person, entry, alice)).status).toBe(403)
    expect((await signIn(person, entry, alice, chosen)).text).toContain("Your account")
  })

  it("ends the account", async () => {
    const alice = await registerUser(server, "alice")
    const { person, page } = await opened(alice, "/oauth2/account?action=org.matrix.account_deactivate")
    expect((await person.send(page, {})).text).toContain("deactivated")
    expect(await app.whoAmI(alice.token)).toMatchObject(gone)
    expect((await person.open("/oauth2/account")).url).toContain("/oauth2/sign-in")
  })

  it("is closed to who has signed out", async () => {
    const alice = await registerUser(server, "alice")
    const { person, page } = await opened(alice)
    await person.send(formOf(page, "/oauth2/sign-out"), {})
    expect((await person.open("/oauth2/account")).url).toContain("/oauth2/sign-in")
  })
})
