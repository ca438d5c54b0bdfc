/** Application services as callers: their users and devices, their namespaces, pings and networks. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startAppservice, type Appservice } from "../support/appservice.ts"
import { Person } from "../support/pages.ts"
import { startServer, type Server } from "../support/server.ts"
import { registerUser, request, type User } from "../support/user.ts"

let service: Appservice
let other: Appservice
let silent: Appservice
let server: Server
/** The first person on the server. */
let owner: User
beforeAll(async () => {
  service = await startAppservice({
    id: "irc",
    users: "@_irc_.*",
    aliases: "#_irc_.*",
    registration: { protocols: ["irc"], rate_limited: false },
  })
  other = await startAppservice({ id: "sms", users: "@_(sms|shared)_.*", registration: { protocols: ["sms", "irc"] } })
  silent = await startAppservice({ id: "silent", url: null })
  server = await startServer({ AS_REGISTRATIONS: [service, other, silent].map(({ file }) => file).join(", ") })
  owner = await registerUser(server, "owner")
})
afterAll(async () => {
  await server.stop()
  await Promise.all([service, other, silent].map((each) => each.close()))
})

let ghosts = 0
const registerGhost = async (by = service, name = `_irc_ghost${++ghosts}`) => {
  const body = { type: "m.login.application_service", username: name, inhibit_login: true }
  await by.ask(server, "POST", "/v3/register", body)
  return `@${name}:test.example`
}
const as = (userId: string, device?: string) =>
  `user_id=${encodeURIComponent(userId)}${device === undefined ? "" : `&device_id=${device}`}`

describe("an application service", () => {
  it("is its own user, and any registered one of its namespace", async () => {
    expect(await service.ask(server, "GET", "/v3/account/whoami")).toEqual({
      user_id: "@ircbot:test.example",
      is_guest: false,
    })
    const ghost = await registerGhost()
    expect(await service.ask(server, "GET", `/v3/account/whoami?${as(ghost)}`)).toMatchObject({ user_id: ghost })
    for (const userId of ["@_irc_nobody:test.example", "@alice:test.example", "@_irc_ghost1:other.example", "nobody"]) {
      expect(await service.call(server, "GET", `/v3/account/whoami?${as(userId)}`), userId).toMatchObject({
        status: 403,
        body: { errcode: "M_FORBIDDEN" },
      })
    }
  })

  it("may say its token in the query", async () => {
    const path = `/_matrix/client/v3/account/whoami?access_token=${service.asToken}`
    expect(await request(server.base, "GET", path)).toMatchObject({ status: 200 })
  })

  it("does not own the server, although it was there first", async () => {
    const lock = `/v1/admin/lock/${encodeURIComponent("@ircbot:test.example")}`
    expect(await owner.ask("GET", lock)).toEqual({ locked: false })
    expect(await service.call(server, "GET", lock)).toMatchObject({ status: 403 })
    expect(await request(server.base, "GET", "/_matrix/client/v3/profile/@ircbot:test.example")).toMatchObject({
      status: 200,
      body: { displayname: "ircbot" },
    })
  })

  it("makes and logs in its own users only, without a password", async () => {
    const ghost = await registerGhost()
    const login = (by: Appservice | undefined, user: string) =>
      request(
        server.base,
        "POST",
        "/_matrix/client/v3/login",
        { type: "m.login.application_service", identifier: { type: "m.id.user", user }, device_id: "BRIDGE" },
        by?.asToken,
      )
    const { status, body } = await login(service, ghost)
    expect([status, body["user_id"], body["device_id"]]).toEqual([200, ghost, "BRIDGE"])
    const whoami = await request(
      server.base,
      "GET",
      "/_matrix/client/v3/account/whoami",
      undefined,
      String(body["access_token"]),
    )
    expect(whoami.body).toMatchObject({ user_id: ghost, device_id: "BRIDGE" })
    expect(await login(other, ghost)).toMatchObject({ status: 400, body: { errcode: "M_EXCLUSIVE" } })
    expect(await login(service, "@_irc_never:test.example")).toMatchObject({ status: 403 })
    expect(await login(undefined, ghost)).toMatchObject({ status: 401, body: { errcode: "M_MISSING_TOKEN" } })
    for (const [username, errcode] of [
      ["bob", "M_EXCLUSIVE"],
      ["_sms_1", "M_EXCLUSIVE"],
      [ghost.slice(1, ghost.indexOf(":")), "M_USER_IN_USE"],
    ] as const) {
      const made = { type: "m.login.application_service", username }
      expect(await service.call(server, "POST", "/v3/register", made), username).toMatchObject({
        status: 400,
        body: { errcode },
      })
    }
  })

  it("cannot act as, or log in, a user whom an administrator has locked", async () => {
    const ghost = await registerGhost()
    const whoami = () => service.call(server, "GET", `/v3/account/whoami?${as(ghost)}`)
    const login = () =>
      service.call(server, "POST", "/v3/login", {
        type: "m.login.application_service",
        identifier: { type: "m.id.user", user: ghost },
      })
    const lock = (locked: boolean) => owner.ask("PUT", `/v1/admin/lock/${encodeURIComponent(ghost)}`, { locked })
    expect((await whoami()).status).toBe(200)
    await lock(true)
    for (const answer of [await whoami(), await login()]) {
      expect(answer).toMatchObject({ status: 401, body: { errcode: "M_USER_LOCKED" } })
    }
    await lock(false)
    for (const answer of [await whoami(), await login()]) expect(answer.status).toBe(200)
  })

  it("keeps its namespaces to itself", async () => {
    const alice = await registerUser(server, "alice")
    const dummy = { type: "m.login.dummy" }
    for (const username of ["_irc_mallory", "ircbot"]) {
      const answer = await alice.call("POST", "/v3/register", { username, password: "long enough", auth: dummy })
      expect([400, answer.body["errcode"]]).toEqual([
        answer.status,
        username === "ircbot" ? "M_USER_IN_USE" : "M_EXCLUSIVE",
      ])
    }
    expect(await alice.call("GET", "/v3/register/available?username=_irc_free")).toMatchObject({
      body: { errcode: "M_EXCLUSIVE" },
    })
    const person = new Person(server.base)
    const page = await person.open("/oauth2/sign-up")
    const refused = await person.send(page, { user: "_irc_mallory", password: "long enough" })
    expect(refused.text).toContain("kept for an application service")
    const roomId = await alice.createRoom({ preset: "public_chat" })
    const alias = `/v3/directory/room/${encodeURIComponent("#_irc_room:test.example")}`
    expect(await alice.call("PUT", alias, { room_id: roomId })).toMatchObject({
      status: 400,
      body: { errcode: "M_EXCLUSIVE" },
    })
    expect(await alice.call("POST", "/v3/createRoom", { room_alias_name: "_irc_room" })).toMatchObject({
      status: 400,
      body: { errcode: "M_EXCLUSIVE" },
    })
    const ghost = await registerGhost()
    await service.ask(server, "POST", `/v3/join/${encodeURIComponent(roomId)}?${as(ghost)}`, {})
    await service.ask(server, "PUT", `${alias}?${as(ghost)}`, { room_id: roomId })
    expect(await alice.call("DELETE", alias)).toMatchObject({ body: { errcode: "M_EXCLUSIVE" } })
    await service.ask(server, "DELETE", alias)
    const outside = `/v3/directory/room/${encodeURIComponent("#lobby:test.example")}?${as(ghost)}`
    expect(await service.call(server, "PUT", outside, { room_id: roomId })).toMatchObject({
      body: { errcode: "M_EXCLUSIVE" },
    })
  })

  it("makes devices, acts on them, and takes them away", async () => {
    const ghost = await registerGhost()
    const device = `/v3/devices/KITCHEN?${as(ghost)}`
    const unknown = { status: 400, body: { errcode: "M_UNKNOWN_DEVICE" } }
    expect(await service.call(server, "GET", `/v3/account/whoami?${as(ghost, "KITCHEN")}`)).toMatchObject(unknown)
    expect(await service.call(server, "PUT", device, { display_name: "Bridge" })).toMatchObject({ status: 201 })
    expect(await service.call(server, "PUT", device, { display_name: "Kitchen" })).toMatchObject({ status: 200 })
    expect(await service.ask(server, "GET", device)).toMatchObject({ device_id: "KITCHEN", display_name: "Kitchen" })
    for (const name of ["device_id", "org.matrix.msc3202.device_id"]) {
      const path = `/v3/account/whoami?${as(ghost)}&${name}=KITCHEN`
      expect(await service.ask(server, "GET", path)).toMatchObject({ user_id: ghost, device_id: "KITCHEN" })
    }
    await service.ask(server, "DELETE", device, {})
    expect(await service.call(server, "GET", `/v3/account/whoami?${as(ghost, "KITCHEN")}`)).toMatchObject(unknown)
  })

  it("may sync as one of its users' devices", async () => {
    const alice = await registerUser(server, "alice")
    const ghost = await registerGhost()
    await service.call(server, "PUT", `/v3/devices/PHONE?${as(ghost)}`, {})
    await alice.ask("PUT", "/v3/sendToDevice/m.test/1", { messages: { [ghost]: { PHONE: { body: "Hello" } } } })
    expect(await service.ask(server, "GET", `/v3/sync?${as(ghost, "PHONE")}`)).toMatchObject({
      to_device: { events: [{ type: "m.test", sender: alice.userId, content: { body: "Hello" } }] },
    })
    expect(await service.ask(server, "GET", `/v3/sync?${as(ghost)}`)).toMatchObject({ to_device: { events: [] } })
  })

  it("says when something happened", async () => {
    const alice = await registerUser(server, "alice")
    const ghost = await registerGhost()
    const roomId = await alice.createRoom({ preset: "public_chat" })
    const room = `/v3/rooms/${encodeURIComponent(roomId)}`
    await service.ask(server, "POST", `/v3/join/${encodeURIComponent(roomId)}?${as(ghost)}`, {})
    const sent = `${room}/send/m.room.message/1?${as(ghost)}&ts=1234567890123`
    const { event_id: message } = await service.ask(server, "PUT", sent, { msgtype: "m.text", body: "Late" })
    const set = `${room}/state/m.room.member/${encodeURIComponent(ghost)}?${as(ghost)}&ts=42`
    const { event_id: member } = await service.ask(server, "PUT", set, { membership: "join", displayname: "Ghost" })
    const { event_id: own } = await alice.ask("PUT", `${room}/send/m.room.message/1?ts=42`, { body: "Mine" })
    const time = async (id: unknown) =>
      (await alice.ask("GET", `${room}/event/${encodeURIComponent(String(id))}`))["origin_server_ts"] as number
    expect([await time(message), await time(member)]).toEqual([1234567890123, 42])
    expect(await time(own)).toBeGreaterThan(1234567890123)
    expect(await service.call(server, "PUT", `${room}/send/m.room.message/2?ts=soon`, {})).toMatchObject({
      status: 400,
      body: { errcode: "M_INVALID_PARAM" },
    })
  })
})

describe("limits", () => {
  it("are not for a service itself, and for its users only where its registration leaves them", async () => {
    const limited = await startServer({
      AS_REGISTRATIONS: `${service.file},${other.file}`,
      RATE_LIMITS: "on",
      REGISTRATION: "token",
    })
    const calls = async (by: Appservice, userId: string) => {
      const path = `/v3/profile/${encodeURIComponent(userId)}/displayname?${as(userId)}`
      // More at once than the limit lets through in many seconds.
      const answers = await Promise.all(
        Array.from({ length: 150 }, () => by.call(limited, "PUT", path, { displayname: "A" })),
      )
      return [...new Set(answers.map(({ status }) => status))].sort()
    }
    for (let user = 0; user < 30; user++) {
      const body = { type: "m.login.application_service", username: `_irc_${user}`, inhibit_login: true }
      await service.ask(limited, "POST", "/v3/register", body)
    }
    await other.ask(limited, "POST", "/v3/register", { type: "m.login.application_service", username: "_sms_1" })
    expect(await calls(service, "@_irc_1:test.example")).toEqual([200])
    expect(await calls(other, "@smsbot:test.example")).toEqual([200])
    expect(await calls(other, "@_sms_1:test.example")).toEqual([200, 429])
    await limited.stop()
  })
})

describe("a ping", () => {
  const ping = (by: Appservice, id = by.id) =>
    by.call(server, "POST", `/v1/appservice/${id}/ping`, { transaction_id: "meow" })

  it("goes there and back", async () => {
    const answer = await ping(service)
    expect(answer.status).toBe(200)
    expect(answer.body["duration_ms"]).toBeTypeOf("number")
    expect(service.heard.findLast(({ path }) => path === "/_matrix/app/v1/ping")).toMatchObject({
      authorization: `Bearer ${service.hsToken}`,
      body: { transaction_id: "meow" },
    })
  })

  it("says what went wrong", async () => {
    const alice = await registerUser(server, "alice")
    expect(await ping(service, "sms")).toMatchObject({ status: 403, body: { errcode: "M_FORBIDDEN" } })
    expect(await alice.call("POST", "/v1/appservice/irc/ping", {})).toMatchObject({ status: 403 })
    expect(await ping(silent)).toMatchObject({ status: 400, body: { errcode: "M_URL_NOT_SET" } })
    other.answer = () => ({ status: 403, body: { errcode: "M_FORBIDDEN" } })
    expect(await ping(other)).toMatchObject({
      status: 502,
      body: { errcode: "M_BAD_STATUS", status: 403, body: '{"errcode":"M_FORBIDDEN"}' },
    })
    other.answer = () => undefined
    await other.stop()
    expect(await ping(other)).toMatchObject({ status: 502, body: { errcode: "M_CONNECTION_FAILED" } })
    await other.start()
  })
})

describe("networks", () => {
  const about = (desc: string) => ({
    user_fields: ["nick"],
    location_fields: ["channel"],
    icon: "mxc://test.example/irc",
    field_types: {},
    instances: [{ desc, fields: {}, network_id: desc }],
  })

  it("are described and searched by all services that speak them", async () => {
    const alice = await registerUser(server, "alice")
    service.answer = ({ path, query }) => {
      if (path.endsWith("/protocol/irc")) return { status: 200, body: about("libera") }
      if (path.endsWith("/location/irc")) {
        const fields = { channel: query.get("channel") }
        return { status: 200, body: [{ alias: "#_irc_x:test.example", protocol: "irc", fields }, "nonsense"] }
      }
      if (path.endsWith("/thirdparty/user")) return { status: 404, body: { errcode: "M_NOT_FOUND" } }
      return undefined
    }
    // This one is from before there were versions.
    other.answer = ({ path }) => {
      if (path.startsWith("/_matrix/app/v1/")) return { status: 404, body: { errcode: "M_UNRECOGNIZED" } }
      if (path === "/_matrix/app/unstable/thirdparty/protocol/irc") return { status: 200, body: about("oftc") }
      return { status: 500, body: {} }
    }
    const irc = await alice.ask<{ readonly instances: ReadonlyArray<object> }>("GET", "/v3/thirdparty/protocol/irc")
    expect(irc.instances).toMatchObject([{ instance_id: "irc|libera" }, { instance_id: "sms|oftc" }])
    expect(Object.keys(await alice.ask("GET", "/v3/thirdparty/protocols"))).toEqual(["irc"])
    expect(await alice.ask("GET", "/v3/thirdparty/location/irc?channel=%23x")).toEqual([
      { alias: "#_irc_x:test.example", protocol: "irc", fields: { channel: "#x" } },
    ])
    for (const path of ["protocol/xmpp", "user/xmpp", "user?userid=%40alice%3Atest.example"]) {
      expect(await alice.call("GET", `/v3/thirdparty/${path}`), path).toMatchObject({
        status: 404,
        body: { errcode: "M_NOT_FOUND" },
      })
    }
    service.answer = other.answer = () => undefined
  })
})

describe("a registration that cannot be used", () => {
  const folder = mkdtempSync(join(tmpdir(), "biz1-registrations-"))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const good = {
    id: "a",
    url: null,
    as_token: "a1",
    hs_token: "a2",
    sender_localpart: "a",
    namespaces: { users: [{ exclusive: true, regex: "@a_.*" }] },
  }

  it.each([
    ["a missing token", [{ ...good, as_token: undefined }], "as_token"],
    ["a repeated token", [good, { ...good, id: "b", sender_localpart: "b" }], "its as_token is the same as that of a"],
    ["a repeated id", [good, { ...good, as_token: "b1", sender_localpart: "b" }], "another one has the same id"],
    [
      "a repeated sender",
      [good, { ...good, id: "b", as_token: "b1" }],
      "its sender_localpart is the same as that of a",
    ],
    [
      "a pattern without an end",
      [{ ...good, namespaces: { users: [{ exclusive: true, regex: "@(a+)+$" }] } }],
      "cannot be used",
    ],
  ])("stops the start with a sentence: %s", async (name, registrations, sentence) => {
    const files = registrations.map((registration, index) => {
      const file = join(folder, `${name}${index}.yaml`)
      writeFileSync(file, JSON.stringify(registration))
      return file
    })
    await expect(startServer({ AS_REGISTRATIONS: files.join(",") })).rejects.toThrow(sentence)
  })
})
