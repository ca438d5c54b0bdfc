/** Following a room to its replacement: what people made of the room for themselves comes along. */
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

const account = (user: User, rest: string) => `/v3/user/${encodeURIComponent(user.userId)}${rest}`
const tags = (user: User, roomId: string) => account(user, `/rooms/${encodeURIComponent(roomId)}/tags`)
const rule = (roomId: string) => `/v3/pushrules/global/room/${encodeURIComponent(roomId)}`

const settle = async (user: User, roomId: string) => {
  await user.ask("PUT", `${tags(user, roomId)}/m.favourite`, { order: 0.5 })
  await user.ask("PUT", rule(roomId), { actions: [] })
  await user.ask("PUT", account(user, "/account_data/m.direct"), { "@carol:test.example": [roomId], note: "kept" })
}

const settings = async (user: User, roomId: string) => ({
  ...(await user.ask("GET", tags(user, roomId))),
  rule: await user.ask("GET", rule(roomId)),
  direct: await user.ask("GET", account(user, "/account_data/m.direct")),
})

const settled = (from: string, to: string) => ({
  tags: { "m.favourite": { order: 0.5 } },
  rule: { rule_id: to, actions: [], default: false, enabled: true },
  direct: { "@carol:test.example": [from, to], note: "kept" },
})

describe("personal settings", () => {
  it("go along with who upgrades the room, and with who joins the replacement", async () => {
    const old = await alice.createRoom({ preset: "public_chat" })
    await bob.join(old)
    await settle(alice, old)
    await settle(bob, old)
    const upgrade = `/v3/rooms/${encodeURIComponent(old)}/upgrade`
    const fresh = String((await alice.ask("POST", upgrade, { new_version: "12" }))["replacement_room"])
    expect(await settings(alice, fresh)).toEqual(settled(old, fresh))
    await bob.join(fresh)
    expect(await settings(bob, fresh)).toEqual(settled(old, fresh))
  })

  it("stay where a room only claims to replace another", async () => {
    const old = await alice.createRoom({ preset: "public_chat" })
    await bob.join(old)
    await settle(bob, old)
    const claiming = await alice.createRoom({
      preset: "public_chat",
      creation_content: { predecessor: { room_id: old } },
    })
    await bob.join(claiming)
    expect(await bob.ask("GET", tags(bob, claiming))).toEqual({ tags: {} })
    expect((await bob.call("GET", rule(claiming))).status).toBe(404)
  })
})
