/** What comes into being when somebody asks for it, the rooms that networks list, and encryption over transactions. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startAppservice, type Appservice, type Heard } from "../support/appservice.ts"
import { startServer, type Server } from "../support/server.ts"
import { registerUser, request } from "../support/user.ts"

let service: Appservice
let server: Server
beforeAll(async () => {
  service = await startAppservice({
    id: "xmpp",
    users: "@_xmpp_.*",
    aliases: "#_xmpp_.*",
    registration: { protocols: ["xmpp"], "org.matrix.msc3202": true, receive_ephemeral: true },
  })
  server = await startServer({ AS_REGISTRATIONS: service.file })
})
afterAll(async () => {
  await server.stop()
  await service.close()
})

const asks = (path: string) => service.heard.filter((heard) => heard.path === `/_matrix/app/v1${path}`).length

const makeUser = async (userId: string) => {
  const username = userId.slice(1, userId.indexOf(":"))
  const body = { type: "m.login.application_service", username, inhibit_login: true }
  await service.ask(server, "POST", "/v3/register", body)
}

describe("somebody who asks", () => {
  it("for a room gets one that the service makes meanwhile", async () => {
    const alice = await registerUser(server, "alice")
    const alias = "#_xmpp_lobby:test.example"
    let made: unknown
    service.answer = async ({ path }) => {
      if (path !== `/_matrix/app/v1/rooms/${alias}`) return undefined
      const room = { preset: "public_chat", room_alias_name: "_xmpp_lobby" }
      made = (await service.ask(server, "POST", "/v3/createRoom", room))["room_id"]
      return { status: 200, body: {} }
    }
    expect(await alice.ask("POST", `/v3/join/${encodeURIComponent(alias)}`, {})).toEqual({ room_id: made })
    expect(await alice.ask("GET", `/v3/directory/room/${encodeURIComponent(alias)}`)).toMatchObject({ room_id: made })
    expect(asks(`/rooms/${alias}`)).toBe(1)
  })

  it("for what the service does not know either finds nothing", async () => {
    const alice = await registerUser(server, "alice")
    service.answer = ({ path }) =>
      path.includes("/rooms/") || path.includes("/users/")
        ? { status: 404, body: { errcode: "M_NOT_FOUND" } }
        : undefined
    const alias = encodeURIComponent("#_xmpp_nowhere:test.example")
    const ghost = encodeURIComponent("@_xmpp_nobody:test.example")
    const elsewhere = encodeURIComponent("#lobby:test.example")
    for (const path of [`/v3/directory/room/${alias}`, `/v3/profile/${ghost}`, `/v3/directory/room/${elsewhere}`]) {
      expect(await alice.call("GET", path), path).toMatchObject({ status: 404, body: { errcode: "M_NOT_FOUND" } })
    }
    expect(asks("/rooms/#_xmpp_nowhere:test.example")).toBe(1)
    expect(asks("/rooms/#lobby:test.example")).toBe(0)
    expect(await alice.call("POST", `/v3/join/${alias}`, {})).toMatchObject({ status: 404 })
    service.answer = () => undefined
  })

  it("for a user, or invites one, meets them with their name", async () => {
    const alice = await registerUser(server, "alice")
    service.answer = async ({ path }) => {
      const userId = path.slice("/_matrix/app/v1/users/".length)
      if (!path.startsWith("/_matrix/app/v1/users/")) return undefined
      await makeUser(userId)
      const profile = `/v3/profile/${encodeURIComponent(userId)}/displayname?user_id=${encodeURIComponent(userId)}`
      await service.ask(server, "PUT", profile, { displayname: `${userId.slice(7, 10)} (XMPP)` })
      return { status: 200, body: {} }
    }
    expect(await alice.ask("GET", `/v3/profile/${encodeURIComponent("@_xmpp_bob:test.example")}`)).toEqual({
      displayname: "bob (XMPP)",
    })
    const roomId = await alice.createRoom()
    const room = `/v3/rooms/${encodeURIComponent(roomId)}`
    await alice.ask("POST", `${room}/invite`, { user_id: "@_xmpp_eve:test.example" })
    expect(
      await alice.ask("GET", `${room}/state/m.room.member/${encodeURIComponent("@_xmpp_eve:test.example")}`),
    ).toEqual({ membership: "invite", displayname: "eve (XMPP)" })
    service.answer = () => undefined
  })
})

describe("a network's list of rooms", () => {
  it("is kept by its service, and asked for by name", async () => {
    const alice = await registerUser(server, "alice")
    const roomId = await alice.createRoom({ preset: "public_chat", name: "Bridged" })
    const listed = `/v3/directory/list/appservice/jabber/${encodeURIComponent(roomId)}`
    expect(await alice.call("PUT", listed, { visibility: "public" })).toMatchObject({ status: 403 })
    await service.ask(server, "PUT", listed, { visibility: "public" })
    await service.ask(server, "PUT", listed, { visibility: "public" })
    const rooms = async (asked: object) => {
      const { chunk } = await alice.ask<{ readonly chunk: ReadonlyArray<{ readonly room_id: string }> }>(
        "POST",
        "/v3/publicRooms",
        asked,
      )
      return chunk.some(({ room_id: id }) => id === roomId)
    }
    expect(await rooms({})).toBe(false)
    expect(await rooms({ third_party_instance_id: "xmpp|jabber" })).toBe(true)
    expect(await rooms({ third_party_instance_id: "xmpp|icq" })).toBe(false)
    expect(await rooms({ include_all_networks: true })).toBe(true)
    await service.ask(server, "PUT", listed, { visibility: "private" })
    expect(await rooms({ include_all_networks: true })).toBe(false)
  })
})

describe("encryption", () => {
  const device = "BRIDGE"
  const told = (heard: ReadonlyArray<Heard>, key: string) =>
    heard.filter(({ path }) => path.includes("/transactions/")).flatMap(({ body }) => (key in body ? [body[key]] : []))

  it("goes over transactions: messages, key counts and whose devices changed", async () => {
    const alice = await registerUser(server, "alice")
    const ghost = "@_xmpp_crypt:test.example"
    await makeUser(ghost)
    const as = `user_id=${encodeURIComponent(ghost)}`
    await service.call(server, "PUT", `/v3/devices/${device}?${as}`, {})
    const encryption = { type: "m.room.encryption", content: { algorithm: "m.megolm.v1.aes-sha2" } }
    const roomId = await alice.createRoom({ preset: "public_chat", initial_state: [encryption] })
    await service.ask(server, "POST", `/v3/join/${encodeURIComponent(roomId)}?${as}`, {})

    const key = (name: string) => ({ key: name, signatures: {} })
    const keys = `/v3/keys/upload?${as}&device_id=${device}`
    await service.ask(server, "POST", keys, {
      one_time_keys: { "signed_curve25519:A": key("a"), "signed_curve25519:B": key("b") },
      fallback_keys: { "signed_curve25519:F": { ...key("f"), fallback: true } },
    })
    expect(await service.call(server, "POST", `/v3/keys/upload?${as}`, {})).toMatchObject({ status: 400 })
    await alice.ask("POST", "/v3/keys/claim", { one_time_keys: { [ghost]: { [device]: "signed_curve25519" } } })
    const count = (left: number) => ({ [ghost]: { [device]: { signed_curve25519: left } } })
    await service.until((heard) =>
      told(heard, "org.matrix.msc3202.device_one_time_keys_count").find(
        (counts) => JSON.stringify(counts) === JSON.stringify(count(1)),
      ),
    )
    expect(told(service.heard, "org.matrix.msc3202.device_unused_fallback_key_types").at(-1)).toEqual({
      [ghost]: { [device]: ["signed_curve25519"] },
    })

    // Neither for the first identity nor for the next it has a password to give.
    const identity = (userId: string, name: string) => ({
      master_key: { user_id: userId, usage: ["master"], keys: { [`ed25519:${name}`]: name } },
    })
    for (const name of ["one", "two"]) {
      await service.ask(server, "POST", `/v3/keys/device_signing/upload?${as}`, identity(ghost, name))
    }
    await alice.ask("POST", "/v3/keys/device_signing/upload", identity(alice.userId, "one"))
    expect(await alice.call("POST", "/v3/keys/device_signing/upload", identity(alice.userId, "two"))).toMatchObject({
      status: 401,
      body: { flows: [{ stages: ["m.login.password"] }] },
    })

    const messages = { [ghost]: { [device]: { body: "secret" } }, [alice.userId]: { "*": { body: "not for you" } } }
    await alice.ask("PUT", "/v3/sendToDevice/m.test/1", { messages })
    const toDevice = await service.until((heard) => told(heard, "de.sorunome.msc2409.to_device")[0])
    expect(toDevice).toEqual([
      { sender: alice.userId, type: "m.test", content: { body: "secret" }, to_user_id: ghost, to_device_id: device },
    ])

    const { device_id: own } = await alice.ask("GET", "/v3/account/whoami")
    const deviceKeys = { user_id: alice.userId, device_id: own, algorithms: [], keys: {}, signatures: {} }
    await alice.ask("POST", "/v3/keys/upload", { device_keys: deviceKeys })
    const changed = await service.until((heard) => {
      const lists = told(heard, "org.matrix.msc3202.device_lists") as ReadonlyArray<{ readonly changed: Array<string> }>
      return lists.findLast((list) => list.changed.includes(alice.userId))
    })
    expect(changed).toMatchObject({ left: [] })
    await alice.ask("POST", `/v3/rooms/${encodeURIComponent(roomId)}/leave`, {})
    await service.until((heard) => {
      const lists = told(heard, "org.matrix.msc3202.device_lists") as ReadonlyArray<{ readonly left: Array<string> }>
      return lists.find((list) => list.left.includes(alice.userId))
    })

    // What the service has got waits for its device no more.
    const login = await request(
      server.base,
      "POST",
      "/_matrix/client/v3/login",
      {
        type: "m.login.application_service",
        identifier: { type: "m.id.user", user: ghost },
        device_id: device,
      },
      service.asToken,
    )
    const synced = await request(
      server.base,
      "GET",
      "/_matrix/client/v3/sync",
      undefined,
      String(login.body["access_token"]),
    )
    expect(JSON.stringify(synced.body)).not.toContain("secret")
  })
})
