/** What administrators do about accounts, and what is left to those who own them. Spec: "Server administration". */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startServer, type Server } from "../support/server.ts"
import { registerUser, request, type User } from "../support/user.ts"

let server: Server
let owner: User
beforeAll(async () => {
  server = await startServer()
  // The first account of a server is its owner's.
  owner = await registerUser(server, "owner")
})
afterAll(() => server.stop())

type Measure = "lock" | "suspend"
const done = { lock: "locked", suspend: "suspended" }
const path = (measure: Measure, userId: string) => `/v1/admin/${measure}/${encodeURIComponent(userId)}`
const take = (measure: Measure, user: User, taken = true) =>
  owner.ask("PUT", path(measure, user.userId), { [done[measure]]: taken })

const login = (user: User) =>
  request(server.base, "POST", "/_matrix/client/v3/login", {
    type: "m.login.password",
    identifier: { type: "m.id.user", user: user.userId },
    password: "correct horse battery staple",
  })

const locked = { status: 401, body: { errcode: "M_USER_LOCKED", soft_logout: true } }
const suspended = { status: 403, body: { errcode: "M_USER_SUSPENDED" } }

describe("measures", () => {
  it("are taken by administrators, against people of this server who are none", async () => {
    const [alice, mallory] = [await registerUser(server, "alice"), await registerUser(server, "mallory")]
    for (const measure of ["lock", "suspend"] as const) {
      const ask = (user: User, target: string, method: "GET" | "PUT" = "PUT") =>
        user.call(method, path(measure, target), method === "GET" ? undefined : { [done[measure]]: true })
      // Who may not ask does not learn either who has an account.
      for (const target of [alice.userId, `@nobody:${server.serverName}`, "@x:elsewhere.example", mallory.userId]) {
        for (const method of ["GET", "PUT"] as const) {
          expect(await ask(mallory, target, method)).toMatchObject({ status: 403, body: { errcode: "M_FORBIDDEN" } })
        }
      }
      expect(await ask(owner, `@nobody:${server.serverName}`)).toMatchObject({ body: { errcode: "M_NOT_FOUND" } })
      expect(await ask(owner, "@x:elsewhere.example")).toMatchObject({ body: { errcode: "M_INVALID_PARAM" } })
      expect(await ask(owner, owner.userId)).toMatchObject({ status: 403, body: { errcode: "M_FORBIDDEN" } })

      expect(await owner.ask("GET", path(measure, alice.userId))).toEqual({ [done[measure]]: false })
      expect(await take(measure, alice)).toEqual({ [done[measure]]: true })
      expect(await owner.ask("GET", path(measure, alice.userId))).toEqual({ [done[measure]]: true })
      await take(measure, alice, false)
      expect(await alice.call("GET", "/v3/account/whoami")).toMatchObject({ status: 200 })
    }
  })

  it("are offered to who may take them", async () => {
    const moderation = { suspend: true, lock: true }
    expect(await owner.ask("GET", "/v3/capabilities")).toMatchObject({
      capabilities: { "m.account_moderation": moderation },
    })
    const { capabilities } = await (await registerUser(server, "alice")).ask("GET", "/v3/capabilities")
    expect(capabilities).not.toHaveProperty(["m.account_moderation"])
  })
})

describe("a locked account", () => {
  it("can do nothing but log out, until it is unlocked with its logins as they were", async () => {
    const alice = await registerUser(server, "alice")
    const { body: tablet } = await login(alice)
    await take("lock", alice)
    expect(await alice.call("GET", "/v3/account/whoami")).toMatchObject(locked)
    expect(await alice.call("POST", "/v3/createRoom", {})).toMatchObject(locked)
    expect(await login(alice)).toMatchObject(locked)

    const token = String(tablet["access_token"])
    const logout = () => request(server.base, "POST", "/_matrix/client/v3/logout", {}, token)
    expect(await logout()).toMatchObject({ status: 200 })
    expect(await logout()).toMatchObject({ status: 401, body: { errcode: "M_UNKNOWN_TOKEN" } })

    await take("lock", alice, false)
    expect(await alice.call("GET", "/v3/account/whoami")).toMatchObject({ status: 200 })
    expect(await login(alice)).toMatchObject({ status: 200 })
  })

  it("gets no new access tokens for the refresh tokens it has", async () => {
    const alice = await registerUser(server, "alice")
    const credentials = { type: "m.login.password", identifier: { type: "m.id.user", user: alice.userId } }
    const { body } = await request(server.base, "POST", "/_matrix/client/v3/login", {
      ...credentials,
      password: "correct horse battery staple",
      refresh_token: true,
    })
    const refresh = () =>
      request(server.base, "POST", "/_matrix/client/v3/refresh", { refresh_token: body["refresh_token"] })
    await take("lock", alice)
    expect(await refresh()).toMatchObject(locked)
    await take("lock", alice, false)
    expect(await refresh()).toMatchObject({ status: 200 })
  })
})

describe("a suspended account", () => {
  it("reads on and withdraws, and takes no part", async () => {
    const [alice, bob] = [await registerUser(server, "alice"), await registerUser(server, "bob")]
    const roomId = await bob.createRoom({ preset: "public_chat" })
    const other = await bob.createRoom({ preset: "public_chat" })
    await alice.join(roomId)
    const [hers, his] = [await alice.say(roomId, "hello"), await bob.say(roomId, "hi")]
    const [hersToo, hisToo] = [await alice.say(roomId, "again"), await bob.say(roomId, "and again")]
    await bob.setState(roomId, "m.room.power_levels", { users: { [alice.userId]: 100 } })
    await take("suspend", alice)

    const room = `/v3/rooms/${encodeURIComponent(roomId)}`
    expect(await alice.call("PUT", `${room}/send/m.room.message/1`, { body: "x" })).toMatchObject(suspended)
    expect(await alice.call("PUT", `${room}/state/m.room.topic/`, { topic: "x" })).toMatchObject(suspended)
    expect(await alice.call("POST", `${room}/invite`, { user_id: owner.userId })).toMatchObject(suspended)
    expect(await alice.call("POST", `/v3/join/${encodeURIComponent(other)}`, {})).toMatchObject(suspended)
    expect(await alice.call("POST", "/v3/createRoom", {})).toMatchObject(suspended)
    const name = `/v3/profile/${encodeURIComponent(alice.userId)}/displayname`
    expect(await alice.call("PUT", name, { displayname: "x" })).toMatchObject(suspended)
    expect(await alice.call("PUT", `${room}/redact/${encodeURIComponent(his)}/2`, {})).toMatchObject(suspended)

    expect(await alice.call("GET", `${room}/messages?dir=b`)).toMatchObject({ status: 200 })
    expect(await alice.call("GET", "/v3/sync")).toMatchObject({ status: 200 })
    expect(await alice.call("PUT", `${room}/redact/${encodeURIComponent(hers)}/3`, {})).toMatchObject({ status: 200 })
    const redact = (content: object, txn: string, query = "") =>
      alice.call("PUT", `${room}/send/m.room.redaction/${txn}${query}`, content)
    expect(await redact({ redacts: hisToo }, "4")).toMatchObject(suspended)
    expect(await redact({ redacts: "no event", body: "x" }, "5")).toMatchObject(suspended)
    expect(await redact({ redacts: hersToo }, "6", "?org.matrix.msc4140.delay=60000")).toMatchObject(suspended)
    expect(await redact({ redacts: hersToo }, "7")).toMatchObject({ status: 200 })
    expect(await alice.call("POST", `${room}/leave`, {})).toMatchObject({ status: 200 })
    expect(await login(alice)).toMatchObject({ status: 200 })

    await take("suspend", alice, false)
    await alice.join(other)
  })
})

describe("where somebody is logged in", () => {
  it("administrators see, and everyone for themselves", async () => {
    const [alice, bob] = [await registerUser(server, "alice"), await registerUser(server, "bob")]
    const { device_id: deviceId } = await alice.ask("GET", "/v3/account/whoami")
    const whois = `/v3/admin/whois/${encodeURIComponent(alice.userId)}`
    const formerly = `/_matrix/client/r0/admin/whois/${encodeURIComponent(alice.userId)}`
    expect(await request(server.base, "GET", formerly, undefined, alice.token)).toMatchObject({ status: 200 })
    const seen = { sessions: [{ connections: [{ ip: expect.any(String), last_seen: expect.any(Number) }] }] }
    for (const user of [alice, owner]) {
      expect(await user.ask("GET", whois)).toEqual({ user_id: alice.userId, devices: { [String(deviceId)]: seen } })
    }
    expect(await bob.call("GET", whois)).toMatchObject({ status: 403, body: { errcode: "M_FORBIDDEN" } })
  })
})
