/** What operators of a server see and do: accounts, registration tokens, reports, and the record of it all. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startServer, type Server } from "../support/server.ts"
import { registerUser, request, type User } from "../support/user.ts"

let server: Server
let owner: User
beforeAll(async () => {
  server = await startServer()
  owner = await registerUser(server, "owner") // the first account is the owner's
})
afterAll(() => server.stop())

type Method = "GET" | "PUT" | "POST" | "DELETE"
const admin = (method: Method, path: string, body?: unknown, token = owner.token) =>
  request(server.base, method, `/_biz1/admin/v1${path}`, body, token)
const user = ({ userId }: { readonly userId: string }, rest = "") => `/users/${encodeURIComponent(userId)}${rest}`
const login = ({ userId }: User, password: string) =>
  request(server.base, "POST", "/_matrix/client/v3/login", {
    type: "m.login.password",
    identifier: { type: "m.id.user", user: userId },
    password,
  })
const forbidden = { status: 403, body: { errcode: "M_FORBIDDEN" } }

describe("the operators' operations", () => {
  it("are for administrators alone", async () => {
    const bob = await registerUser(server, "bob")
    for (const path of ["/users", "/registration_tokens", "/reports", "/audit", user(owner)]) {
      expect(await admin("GET", path, undefined, bob.token)).toMatchObject(forbidden)
    }
    expect(await admin("PUT", user(bob, "/admin"), { admin: true }, bob.token)).toMatchObject(forbidden)
    expect(await request(server.base, "GET", "/_biz1/admin/v1/users")).toMatchObject({
      status: 401,
      body: { errcode: "M_MISSING_TOKEN" },
    })
  })
})

describe("accounts", () => {
  it("are listed page by page, and found by a part of their name", async () => {
    const people = await Promise.all(["zoe", "zoe", "zoe"].map((name) => registerUser(server, name)))
    const ids = people.map(({ userId }) => userId).sort()
    const [first] = people
    await first!.call("PUT", `/v3/profile/${first!.userId}/org.example.odd`, { "org.example.odd": "NUL \0" })
    const found: Array<unknown> = []
    let from: unknown
    do {
      const { body } = await admin("GET", `/users?search=ZOE&limit=2${from === undefined ? "" : `&from=${from}`}`)
      expect(body["total"]).toBe(3)
      found.push(...(body["users"] as Array<{ user_id: string }>).map(({ user_id: id }) => id))
      from = body["next_from"]
    } while (from !== undefined)
    expect(found).toEqual(ids)
    expect((await admin("GET", "/users?admin=true")).body["users"]).toMatchObject([
      { user_id: owner.userId, is_admin: true, deactivated: false, locked: false },
    ])
    expect(await admin("GET", "/users?limit=0")).toMatchObject({ status: 400, body: { errcode: "M_INVALID_PARAM" } })
    expect(await admin("GET", "/users/@nobody:test.example")).toMatchObject({ status: 404 })
  })

  it("are made, given a password, and taken to administrators and back", async () => {
    const made = await admin("POST", "/users", { username: "Carol", password: "a first password" })
    expect(made).toEqual({ status: 200, body: { user_id: "@carol:test.example" } })
    expect(await admin("POST", "/users", { username: "carol", password: "a first password" })).toMatchObject({
      body: { errcode: "M_USER_IN_USE" },
    })
    const carol = { userId: "@carol:test.example" }
    const first = await login(carol as User, "a first password")
    expect(first.status).toBe(200)
    const token = String(first.body["access_token"])
    expect(await admin("GET", "/users", undefined, token)).toMatchObject(forbidden)
    expect(await admin("PUT", user(carol, "/admin"), { admin: true })).toMatchObject({ status: 200 })
    expect(await admin("GET", "/users", undefined, token)).toMatchObject({ status: 200 })
    expect(await admin("PUT", user(carol, "/standing"), { locked: true })).toMatchObject(forbidden)
    expect(await admin("PUT", user(carol, "/admin"), { admin: false })).toMatchObject({ status: 200 })
    expect(await admin("GET", "/users", undefined, token)).toMatchObject(forbidden)

    expect(await admin("PUT", user(carol, "/password"), { new_password: "another one" })).toMatchObject({ status: 200 })
    expect(await admin("GET", "/users", undefined, token)).toMatchObject({ status: 401 })
    expect(await login(carol as User, "a first password")).toMatchObject(forbidden)
    expect(await login(carol as User, "another one")).toMatchObject({ status: 200 })
  })

  it("never lose the last administrator", async () => {
    expect(await admin("PUT", user(owner, "/admin"), { admin: false })).toMatchObject(forbidden)
    expect(await admin("POST", user(owner, "/deactivate"), {})).toMatchObject(forbidden)
  })

  it("are locked, logged out of a device, and ended", async () => {
    const dan = await registerUser(server, "dan")
    const roomId = await dan.createRoom()
    expect((await admin("GET", user(dan, "/rooms"))).body).toEqual({ rooms: [{ room_id: roomId, membership: "join" }] })
    await admin("PUT", user(dan, "/standing"), { locked: true })
    expect(await dan.call("GET", "/v3/account/whoami")).toMatchObject({ body: { errcode: "M_USER_LOCKED" } })
    await admin("PUT", user(dan, "/standing"), { locked: false })
    expect(await dan.call("GET", "/v3/account/whoami")).toMatchObject({ status: 200 })

    const { body } = await admin("GET", user(dan, "/devices"))
    const [device] = body["devices"] as ReadonlyArray<{ readonly device_id: string }>
    expect(await admin("DELETE", user(dan, `/devices/${device!.device_id}`))).toMatchObject({ status: 200 })
    expect(await dan.call("GET", "/v3/account/whoami")).toMatchObject({ status: 401 })
    expect(await admin("DELETE", user(dan, `/devices/${device!.device_id}`))).toMatchObject({ status: 404 })

    expect(await admin("POST", user(dan, "/deactivate"), { erase: true })).toMatchObject({ status: 200 })
    expect((await admin("GET", user(dan))).body).toMatchObject({ deactivated: true })
    expect(await admin("PUT", user(dan, "/password"), { new_password: "another one" })).toMatchObject({ status: 400 })
  })
})

describe("registration tokens", () => {
  const path = "/registration_tokens"
  const valid = async (token: string) =>
    (
      await request(
        server.base,
        "GET",
        `/_matrix/client/v1/register/m.login.registration_token/validity?token=${token}`,
      )
    ).body["valid"]

  it("are made, changed and taken back", async () => {
    const made = await admin("POST", path, { token: "welcome", uses_allowed: 5 })
    expect(made.body).toEqual({ token: "welcome", uses_allowed: 5, uses_done: 0, expires_ts: null })
    expect(await valid("welcome")).toBe(true)
    expect(await admin("POST", path, { token: "welcome" })).toMatchObject({ status: 400 })
    const changed = await admin("PUT", `${path}/welcome`, { expires_ts: 1 })
    expect(changed.body).toEqual({ token: "welcome", uses_allowed: 5, uses_done: 0, expires_ts: 1 })
    expect(await valid("welcome")).toBe(false)
    const { body } = await admin("POST", path, {})
    expect(await valid(String(body["token"]))).toBe(true)
    expect((await admin("GET", path)).body["registration_tokens"]).toHaveLength(2)
    expect(await admin("DELETE", `${path}/welcome`)).toMatchObject({ status: 200 })
    expect(await admin("DELETE", `${path}/welcome`)).toMatchObject({ status: 404 })
    expect(await admin("POST", path, { token: "not a token" })).toMatchObject({ status: 400 })
  })
})

describe("rooms", () => {
  const room = (roomId: string, rest = "") => `/rooms/${encodeURIComponent(roomId)}${rest}`

  it("are listed page by page, and looked at", async () => {
    const gail = await registerUser(server, "gail")
    const made = await Promise.all([gail.createRoom({ name: "Harbour" }), gail.createRoom(), gail.createRoom()])
    const found: Array<unknown> = []
    let from: unknown
    do {
      const { body } = await admin(
        "GET",
        `/rooms?limit=2${from === undefined ? "" : `&from=${encodeURIComponent(String(from))}`}`,
      )
      found.push(...(body["rooms"] as Array<{ room_id: string }>).map(({ room_id: id }) => id))
      from = body["next_from"]
    } while (from !== undefined)
    expect(found).toEqual(expect.arrayContaining(made))
    expect(new Set(found).size).toBe(found.length)
    expect((await admin("GET", room(made[0]))).body).toMatchObject({ name: "Harbour", num_joined_members: 1 })
    expect((await admin("GET", room(made[0], "/members"))).body).toEqual({
      members: [{ user_id: gail.userId, membership: "join" }],
    })
    expect((await admin("GET", room(made[0], "/state"))).body["state"]).toContainEqual(
      expect.objectContaining({ type: "m.room.name", state_key: "", content: { name: "Harbour" } }),
    )
    expect(await admin("GET", room("!none:test.example"))).toMatchObject({ status: 404 })
  })

  it.each(["11", "12"])("of version %s are given somebody who looks after them", async (version) => {
    const [hal, ivy] = [await registerUser(server, "hal"), await registerUser(server, "ivy")]
    const roomId = await hal.createRoom({ preset: "public_chat", room_version: version })
    await ivy.join(roomId)
    const rename = () => ivy.call("PUT", `/v3/rooms/${encodeURIComponent(roomId)}/state/m.room.name/`, { name: "Ours" })
    expect(await rename()).toMatchObject(forbidden)
    expect(await admin("POST", room(roomId, "/make_admin"), { user_id: ivy.userId })).toMatchObject({ status: 200 })
    expect(await rename()).toMatchObject({ status: 200 })
  })

  it("that all have left have nobody to give power", async () => {
    const jan = await registerUser(server, "jan")
    const roomId = await jan.createRoom()
    await jan.ask("POST", `/v3/rooms/${encodeURIComponent(roomId)}/leave`, {})
    expect(await admin("POST", room(roomId, "/make_admin"), { user_id: jan.userId })).toMatchObject(forbidden)
  })
})

describe("files", () => {
  const upload = async (token: string) => {
    const answer = await fetch(`${server.base}/_matrix/media/v3/upload?filename=a.txt`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "text/plain" },
      body: "what nobody should see",
    })
    return ((await answer.json()) as { content_uri: string }).content_uri.split("/").at(-1)!
  }

  it("are put into quarantine under all their ids, and let out again", async () => {
    const [kim, lou] = [await registerUser(server, "kim"), await registerUser(server, "lou")]
    const [first, second] = [await upload(kim.token), await upload(lou.token)]
    const statuses = () =>
      Promise.all(
        [first, second].map(async (id) => {
          const headers = { authorization: `Bearer ${kim.token}` }
          return (await fetch(`${server.base}/_matrix/client/v1/media/download/test.example/${id}`, { headers })).status
        }),
      )
    expect(await statuses()).toEqual([200, 200])
    expect(await admin("PUT", `/media/${first}/quarantine`, { quarantined: true })).toMatchObject({ status: 200 })
    expect(await statuses()).toEqual([404, 404])
    expect((await admin("GET", user(lou, "/media"))).body["media"]).toMatchObject([
      { media_id: second, name: "a.txt", size_bytes: 22, quarantined: true },
    ])
    expect(await admin("PUT", `/media/${second}/quarantine`, { quarantined: false })).toMatchObject({ status: 200 })
    expect(await statuses()).toEqual([200, 200])
    expect(await admin("PUT", "/media/none/quarantine", { quarantined: true })).toMatchObject({ status: 404 })
    expect(await admin("GET", user(lou, "/media"), undefined, lou.token)).toMatchObject(forbidden)
  })
})

describe("operators look through", () => {
  it("what people have reported, the newest first", async () => {
    const eve = await registerUser(server, "eve")
    const report = (reason: string) =>
      eve.ask("POST", `/v3/users/${encodeURIComponent(owner.userId)}/report`, { reason })
    await report("first")
    await report("second")
    const { body } = await admin("GET", "/reports?limit=1")
    expect(body["reports"]).toMatchObject([{ reporter: eve.userId, user_id: owner.userId, reason: "second" }])
    const next = await admin("GET", `/reports?limit=1&from=${String(body["next_from"])}`)
    expect(next.body["reports"]).toMatchObject([{ reason: "first" }])
    expect(await admin("GET", "/reports?from=x")).toMatchObject({ status: 400 })
  })

  it("what was done by whom, with no password in it, and also what was refused", async () => {
    await admin("POST", "/users", { username: "frank", password: "nobody may read this" })
    await admin("POST", "/users", { username: "NUL \0", password: "nobody may read this" })
    await admin("PUT", user(owner, "/admin"), { admin: false })
    const { body } = await admin("GET", "/audit?limit=3")
    expect(body["entries"]).toMatchObject([
      {
        operator: owner.userId,
        operation: "adminSetUserAdmin",
        outcome: "M_FORBIDDEN",
        target: { userId: owner.userId },
      },
      { outcome: "M_INVALID_USERNAME", details: { username: "NUL \0" } },
      { operator: owner.userId, operation: "adminCreateUser", outcome: "done", details: { username: "frank" } },
    ])
    expect(JSON.stringify(body)).not.toContain("nobody may read this")
  })
})
