/** What rooms call themselves: only what leads to them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startServer, type Server } from "../support/server.ts"
import { registerUser, type User } from "../support/user.ts"

let server: Server
let alice: User
let bob: User
beforeAll(async () => {
  server = await startServer()
  alice = await registerUser(server, "alice")
  bob = await registerUser(server, "bob")
})
afterAll(() => server.stop())

const aliasOf = (name: string) => `#${name}:test.example`
const addAlias = (user: User, name: string, roomId: string) =>
  user.ask("PUT", `/v3/directory/room/${encodeURIComponent(aliasOf(name))}`, { room_id: roomId })

const name = (user: User, roomId: string, content: object) =>
  user.call("PUT", `/v3/rooms/${encodeURIComponent(roomId)}/state/m.room.canonical_alias`, content)

describe("a canonical alias", () => {
  it.each([
    ["that leads nowhere", { alias: aliasOf("nowhere") }, "M_BAD_ALIAS"],
    ["that leads to another room", { alias: aliasOf("other") }, "M_BAD_ALIAS"],
    ["beside the main one that leads to another room", { alt_aliases: [aliasOf("other")] }, "M_BAD_ALIAS"],
    ["that is none", { alias: "own" }, "M_INVALID_PARAM"],
    ["that is no text", { alias: 7 }, "M_INVALID_PARAM"],
    ["beside the main one that is no list", { alt_aliases: aliasOf("other") }, "M_BAD_ALIAS"],
  ])("%s is refused", async (_, content, errcode) => {
    const other = await alice.createRoom()
    await alice.call("PUT", `/v3/directory/room/${encodeURIComponent(aliasOf("other"))}`, { room_id: other })
    const roomId = await alice.createRoom()
    expect(await name(alice, roomId, content)).toMatchObject({ status: 400, body: { errcode } })
  })

  it("that leads to the room is taken, may stay when it leads there no more, and can be taken back", async () => {
    const roomId = await alice.createRoom()
    await addAlias(alice, "main", roomId)
    await addAlias(alice, "second", roomId)
    const both = { alias: aliasOf("main"), alt_aliases: [aliasOf("second")] }
    expect((await name(alice, roomId, both)).status).toBe(200)

    await alice.ask("DELETE", `/v3/directory/room/${encodeURIComponent(aliasOf("second"))}`)
    expect((await name(alice, roomId, { ...both, more: "said" })).status).toBe(200)
    expect((await name(alice, roomId, { alias: "" })).status).toBe(200)
    expect(await name(alice, roomId, both)).toMatchObject({ status: 400, body: { errcode: "M_BAD_ALIAS" } })
  })

  it("is no stranger's to set, and no stranger's to take away", async () => {
    const roomId = await alice.createRoom()
    await addAlias(alice, "closed", roomId)
    expect((await name(bob, roomId, { alias: aliasOf("closed") })).status).toBe(403)
    const removing = await bob.call("DELETE", `/v3/directory/room/${encodeURIComponent(aliasOf("closed"))}`)
    expect(removing.status).toBe(403)
  })
})

describe("a new room", () => {
  it("is named after no alias but the one that it is made with", async () => {
    const withAlias = (room_alias_name: string, alias: string) =>
      alice.call("POST", "/v3/createRoom", {
        room_alias_name,
        initial_state: [{ type: "m.room.canonical_alias", state_key: "", content: { alias } }],
      })
    expect(await withAlias("fresh", aliasOf("foreign"))).toMatchObject({
      status: 400,
      body: { errcode: "M_BAD_ALIAS" },
    })
    expect((await withAlias("fresh", aliasOf("fresh"))).status).toBe(200)
  })
})
