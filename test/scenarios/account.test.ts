/** An account's life: logins and how they end, its devices, its password, its end. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startServer, type Server } from "../support/server.ts"
import { registerUser, request, type User } from "../support/user.ts"

let server: Server
beforeAll(async () => {
  server = await startServer({ PUBLIC_BASE_URL: "https://chat.example.com" })
})
afterAll(() => server.stop())

const client = "/_matrix/client"
const password = "correct horse battery staple"

const login = (user: User, options: object = {}, secret = password) =>
  request(server.base, "POST", `${client}/v3/login`, {
    type: "m.login.password",
    identifier: { type: "m.id.user", user: user.userId },
    password: secret,
    ...options,
  })

const loggedIn = async (user: User, options: object = {}) => {
  const { body } = await login(user, options)
  return body as { readonly access_token: string; readonly device_id: string; readonly refresh_token?: string }
}

const whoAmI = (token: string) => request(server.base, "GET", `${client}/v3/account/whoami`, undefined, token)
const refresh = (token: string | undefined) =>
  request(server.base, "POST", `${client}/v3/refresh`, { refresh_token: token })

const gone = { status: 401, body: { errcode: "M_UNKNOWN_TOKEN" } }

/** What passes a stage of user-interactive authentication. */
const proof = (user: User, session?: unknown, secret = password) => ({
  type: "m.login.password",
  identifier: { type: "m.id.user", user: user.userId },
  password: secret,
  ...(session === undefined ? {} : { session }),
})

describe("logins", () => {
  it("say who is logged in, until they end", async () => {
    const alice = await registerUser(server, "alice")
    const { access_token: phone, device_id: deviceId } = await loggedIn(alice)
    const { access_token: tablet } = await loggedIn(alice)
    expect(await whoAmI(phone)).toEqual({
      status: 200,
      body: { user_id: alice.userId, device_id: deviceId, is_guest: false },
    })

    await request(server.base, "POST", `${client}/v3/logout`, {}, phone)
    expect(await whoAmI(phone)).toMatchObject(gone)
    expect(await whoAmI(tablet)).toMatchObject({ status: 200 })

    await request(server.base, "POST", `${client}/v3/logout/all`, {}, tablet)
    for (const token of [tablet, alice.token]) expect(await whoAmI(token)).toMatchObject(gone)
  })

  it("go by name or whole id, in any case, and by nothing else", async () => {
    const alice = await registerUser(server, "alice")
    const name = alice.userId.slice(1, alice.userId.indexOf(":"))
    for (const user of [name, name.toUpperCase(), alice.userId]) {
      expect(await login(alice, { identifier: { type: "m.id.user", user } })).toMatchObject({ status: 200 })
    }
    for (const user of ["nobody", `${name}\0`, `@${name}:elsewhere.example`, "x".repeat(10_000), ""]) {
      expect(await login(alice, { identifier: { type: "m.id.user", user } })).toMatchObject({
        status: 403,
        body: { errcode: "M_FORBIDDEN" },
      })
    }
    expect((await login(alice)).body).toMatchObject({
      well_known: { "m.homeserver": { base_url: "https://chat.example.com" } },
    })
    expect(await login(alice, {}, "wrong")).toMatchObject({ status: 403, body: { errcode: "M_FORBIDDEN" } })
    expect(await login(alice, { type: "m.login.unheard.of" })).toMatchObject({ status: 400 })
    expect(await request(server.base, "GET", `${client}/v3/login`)).toMatchObject({
      body: {
        flows: [
          { type: "m.login.password" },
          { type: "m.login.token", get_login_token: true },
          { type: "m.login.application_service" },
        ],
      },
    })
  })

  it("that are refreshed live on, and the old tokens die when the new ones are used", async () => {
    const alice = await registerUser(server, "alice")
    const first = await loggedIn(alice, { refresh_token: true })
    expect(first).toMatchObject({ expires_in_ms: expect.any(Number) as number })
    const { body: second } = await refresh(first.refresh_token)
    expect(await whoAmI(first.access_token)).toMatchObject({ status: 200 })
    expect(await whoAmI(String(second["access_token"]))).toMatchObject({
      status: 200,
      body: { device_id: first.device_id },
    })
    expect(await whoAmI(first.access_token)).toMatchObject(gone)
    expect(await refresh(first.refresh_token)).toMatchObject(gone)
    for (const token of ["unknown", ""]) expect(await refresh(token)).toMatchObject(gone)
  })

  it("can be refreshed again where the answer was lost", async () => {
    const alice = await registerUser(server, "alice")
    const first = await loggedIn(alice, { refresh_token: true })
    const { body: second } = await refresh(first.refresh_token)
    await refresh(first.refresh_token)
    // By a new refresh token alone the old ones are known to be needed no more, too.
    const { body: third } = await refresh(String(second["refresh_token"]))
    expect(await refresh(first.refresh_token)).toMatchObject(gone)
    expect(await whoAmI(first.access_token)).toMatchObject(gone)
    expect(await whoAmI(String(third["access_token"]))).toMatchObject({ status: 200 })
  })

  it("on the same device take the place of one another", async () => {
    const alice = await registerUser(server, "alice")
    const before = await loggedIn(alice, { device_id: "PHONE" })
    const after = await loggedIn(alice, { device_id: "PHONE" })
    expect(await whoAmI(before.access_token)).toMatchObject(gone)
    expect(await whoAmI(after.access_token)).toMatchObject({ body: { device_id: "PHONE" } })
  })
})

describe("devices", () => {
  it("are listed, named and seen", async () => {
    const alice = await registerUser(server, "alice")
    await loggedIn(alice, { device_id: "PHONE", initial_device_display_name: "Old phone" })
    await alice.ask("PUT", "/v3/devices/PHONE", { display_name: "Phone" })
    await alice.ask("PUT", "/v3/devices/PHONE", {})
    expect(await alice.ask("GET", "/v3/devices/PHONE")).toEqual({ device_id: "PHONE", display_name: "Phone" })
    const { devices } = await alice.ask<{ devices: ReadonlyArray<Record<string, unknown>> }>("GET", "/v3/devices")
    expect(devices).toHaveLength(2)
    expect(devices.find(({ device_id: id }) => id !== "PHONE")).toMatchObject({
      last_seen_ip: "127.0.0.1",
      last_seen_ts: expect.any(Number) as number,
    })
  })

  it("are nobody else's business", async () => {
    const [alice, bob] = [await registerUser(server, "alice"), await registerUser(server, "bob")]
    const phone = await loggedIn(alice, { device_id: "PHONE" })
    expect(await bob.call("GET", "/v3/devices/PHONE")).toMatchObject({ status: 404 })
    expect(await bob.call("PUT", "/v3/devices/PHONE", { display_name: "Mine" })).toMatchObject({ status: 404 })
    await bob.ask("DELETE", "/v3/devices/PHONE", { auth: proof(bob) })
    expect(await whoAmI(phone.access_token)).toMatchObject({ status: 200 })
    expect((await alice.ask("GET", "/v3/devices/PHONE"))["display_name"]).toBeUndefined()
  })

  it("go when their owner says so with the password, and their logins with them", async () => {
    const [alice, bob] = [await registerUser(server, "alice"), await registerUser(server, "bob")]
    const [one, two, three] = [await loggedIn(alice), await loggedIn(alice), await loggedIn(alice)]
    const path = `/v3/devices/${one.device_id}`
    const asked = await alice.call("DELETE", path, {})
    expect(asked).toMatchObject({ status: 401, body: { flows: [{ stages: ["m.login.password"] }] } })
    const session = asked.body["session"]
    for (const wrong of [proof(alice, session, "wrong"), proof(bob, session)]) {
      expect(await alice.call("DELETE", path, { auth: wrong })).toMatchObject({
        status: 401,
        body: { errcode: "M_FORBIDDEN", session },
      })
    }
    expect(await whoAmI(one.access_token)).toMatchObject({ status: 200 })

    await alice.ask("DELETE", path, { auth: proof(alice, session) })
    expect(await whoAmI(one.access_token)).toMatchObject(gone)

    const both = { devices: [two.device_id, three.device_id], auth: proof(alice) }
    await alice.ask("POST", "/v3/delete_devices", both)
    for (const { access_token: token } of [two, three]) expect(await whoAmI(token)).toMatchObject(gone)
    expect(await whoAmI(alice.token)).toMatchObject({ status: 200 })
  })
})

describe("pushers", () => {
  const pusher = {
    kind: "http",
    app_id: "com.example.app",
    pushkey: "key",
    app_display_name: "App",
    device_display_name: "Phone",
    lang: "en",
    data: { url: "https://push.example.com/_matrix/push/v1/notify", format: "event_id_only" },
  }
  const setPusher = (user: User, change: object = {}) => user.call("POST", "/v3/pushers/set", { ...pusher, ...change })
  const pushersOf = async (user: User) => (await user.ask("GET", "/v3/pushers"))["pushers"]

  it("are made, replaced and taken away", async () => {
    const alice = await registerUser(server, "alice")
    await setPusher(alice)
    await setPusher(alice, { lang: "he" })
    expect(await pushersOf(alice)).toEqual([{ ...pusher, lang: "he" }])
    const { app_id, pushkey } = pusher
    await alice.ask("POST", "/v3/pushers/set", { app_id, pushkey, kind: null })
    expect(await pushersOf(alice)).toEqual([])
  })

  it("of a device that changes hands go, unless both may stay", async () => {
    const [alice, bob] = [await registerUser(server, "alice"), await registerUser(server, "bob")]
    await setPusher(alice)
    await setPusher(bob, { append: true })
    expect(await pushersOf(alice)).toEqual([pusher])
    await setPusher(bob)
    expect([await pushersOf(alice), await pushersOf(bob)]).toEqual([[], [pusher]])
  })

  it("end with the login that made them", async () => {
    const alice = await registerUser(server, "alice")
    await setPusher(alice)
    const { access_token: other } = await loggedIn(alice)
    await alice.ask("POST", "/v3/logout", {})
    const { body } = await request(server.base, "GET", `${client}/v3/pushers`, undefined, other)
    expect(body).toEqual({ pushers: [] })
  })

  it("are complete and lead to a gateway", async () => {
    const alice = await registerUser(server, "alice")
    const { lang: _, ...incomplete } = pusher
    for (const [body, errcode] of [
      [incomplete, "M_MISSING_PARAM"],
      [{ ...pusher, data: {} }, "M_MISSING_PARAM"],
      [{ ...pusher, data: { url: "http://push.example.com/_matrix/push/v1/notify" } }, "M_INVALID_PARAM"],
      [{ ...pusher, data: { url: "https://push.example.com/elsewhere" } }, "M_INVALID_PARAM"],
      [{ ...pusher, kind: "pigeon" }, "M_INVALID_PARAM"],
      [{ ...pusher, pushkey: "x".repeat(513) }, "M_BAD_JSON"],
    ] as const) {
      expect(await alice.call("POST", "/v3/pushers/set", body)).toMatchObject({ status: 400, body: { errcode } })
    }
  })
})

describe("a password", () => {
  const change = (user: User, auth: object, options: object = {}) =>
    user.call("POST", "/v3/account/password", { new_password: "a new one, long enough", auth, ...options })

  it("is changed by who knows it, and logs all other devices out", async () => {
    const alice = await registerUser(server, "alice")
    const other = await loggedIn(alice)
    expect(await change(alice, proof(alice, undefined, "wrong"))).toMatchObject({ status: 401 })
    expect(await change(alice, proof(alice))).toEqual({ status: 200, body: {} })
    expect(await whoAmI(other.access_token)).toMatchObject(gone)
    expect(await whoAmI(alice.token)).toMatchObject({ status: 200 })
    expect(await login(alice)).toMatchObject({ status: 403 })
    expect(await login(alice, {}, "a new one, long enough")).toMatchObject({ status: 200 })
  })

  it("leaves them alone if asked to", async () => {
    const alice = await registerUser(server, "alice")
    const other = await loggedIn(alice)
    await change(alice, proof(alice), { logout_devices: false })
    expect(await whoAmI(other.access_token)).toMatchObject({ status: 200 })
  })

  it("must be a strong one, and a proof for one thing is none for another", async () => {
    const alice = await registerUser(server, "alice")
    expect(await change(alice, proof(alice), { new_password: "short" })).toMatchObject({
      status: 400,
      body: { errcode: "M_WEAK_PASSWORD" },
    })
    const asked = await alice.call("POST", "/v3/account/deactivate", {})
    const session = asked.body["session"]
    expect(await change(alice, { session })).toMatchObject({ status: 403, body: { errcode: "M_FORBIDDEN" } })
  })
})

describe("an account that is deactivated", () => {
  it("leaves its rooms, cannot be used, and keeps its name from others", async () => {
    const [alice, bob] = [await registerUser(server, "alice"), await registerUser(server, "bob")]
    const roomId = await alice.createRoom({ preset: "public_chat" })
    const invited = await bob.createRoom({ invite: [alice.userId] })
    await bob.join(roomId)
    await alice.ask("PUT", `/v3/profile/${alice.userId}/org.example.a`, { "org.example.a": 1 })
    expect(await alice.call("POST", "/v3/account/deactivate", {})).toMatchObject({ status: 401 })
    expect(await alice.ask("POST", "/v3/account/deactivate", { auth: proof(alice), erase: true })).toEqual({
      id_server_unbind_result: "success",
    })

    expect(await whoAmI(alice.token)).toMatchObject(gone)
    expect(await login(alice)).toMatchObject({ status: 403, body: { errcode: "M_USER_DEACTIVATED" } })
    for (const id of [roomId, invited]) {
      const path = `/v3/rooms/${encodeURIComponent(id)}/state/m.room.member/${encodeURIComponent(alice.userId)}`
      expect(await bob.ask("GET", path)).toEqual({ membership: "leave" })
    }
    expect(await bob.ask("GET", `/v3/profile/${alice.userId}`)).toEqual({})
    const name = alice.userId.slice(1, alice.userId.indexOf(":"))
    const { results } = await bob.ask<{ results: ReadonlyArray<unknown> }>("POST", "/v3/user_directory/search", {
      search_term: name,
    })
    expect(results).toEqual([])
    expect(await bob.call("GET", `/v3/register/available?username=${name}`)).toMatchObject({
      status: 400,
      body: { errcode: "M_USER_IN_USE" },
    })
  })
})

describe("before there is an account", () => {
  it("names are free, taken or impossible", async () => {
    const alice = await registerUser(server, "alice")
    const available = (username: string) =>
      request(server.base, "GET", `${client}/v3/register/available?username=${encodeURIComponent(username)}`)
    expect(await available("somebody.new")).toEqual({ status: 200, body: { available: true } })
    expect(await available(alice.userId.slice(1, alice.userId.indexOf(":")))).toMatchObject({
      status: 400,
      body: { errcode: "M_USER_IN_USE" },
    })
    for (const name of ["Upper", "spa ce", "", "x".repeat(256)]) {
      expect(await available(name)).toMatchObject({ status: 400, body: { errcode: "M_INVALID_USERNAME" } })
    }
  })

  it("registration tokens are looked at without being used", async () => {
    for (const token of ["unknown", "", "x".repeat(65)]) {
      const path = `${client}/v1/register/m.login.registration_token/validity?token=${token}`
      expect(await request(server.base, "GET", path)).toEqual({ status: 200, body: { valid: false } })
    }
  })

  it("clients learn where the server is, and what it can do", async () => {
    expect(await request(server.base, "GET", "/.well-known/matrix/client")).toEqual({
      status: 200,
      body: { "m.homeserver": { base_url: "https://chat.example.com" } },
    })
    const alice = await registerUser(server, "alice")
    const { capabilities } = await alice.ask<{
      capabilities: { "m.room_versions": { default: string; available: Record<string, string> } }
    }>("GET", "/v3/capabilities")
    expect(capabilities["m.room_versions"].default).toBe("12")
    expect(Object.keys(capabilities["m.room_versions"].available)).toHaveLength(12)
  })

  it("filters are kept under a number, for their owner", async () => {
    const [alice, bob] = [await registerUser(server, "alice"), await registerUser(server, "bob")]
    const path = `/v3/user/${encodeURIComponent(alice.userId)}/filter`
    const filter = { room: { timeline: { limit: 5, types: ["m.room.*"] }, include_leave: true } }
    const { filter_id: id } = await alice.ask("POST", path, filter)
    expect(await alice.ask("POST", path, filter)).toEqual({ filter_id: id })
    expect(await alice.ask("GET", `${path}/${String(id)}`)).toEqual(filter)
    expect(await bob.call("GET", `${path}/${String(id)}`)).toMatchObject({ status: 403 })
    for (const unknown of ["999", "abc", "1e3"]) {
      expect(await alice.call("GET", `${path}/${unknown}`)).toMatchObject({ status: 404 })
    }
  })
})
