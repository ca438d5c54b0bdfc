/** Every room version that the server offers, from making the room to replacing it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { roomVersions } from "@biz1/core/roomVersion"
import { startServer, type Server } from "../support/server.ts"
import { registerUser, type User } from "../support/user.ts"

let server: Server
let alice: User
let bob: User
let carol: User
beforeAll(async () => {
  server = await startServer()
  alice = await registerUser(server, "alice")
  bob = await registerUser(server, "bob")
  carol = await registerUser(server, "carol")
})
afterAll(() => server.stop())

const room = (roomId: string, rest: string) => `/v3/rooms/${encodeURIComponent(roomId)}${rest}`
const memberOf = async (roomId: string, user: User) =>
  (await alice.ask("GET", room(roomId, `/state/m.room.member/${encodeURIComponent(user.userId)}`)))["membership"]

describe.each([...roomVersions.values()])("room version $id", (version) => {
  it("is made, entered, spoken in and redacted", async () => {
    const roomId = await alice.createRoom({ room_version: version.id, invite: [bob.userId] })
    await bob.join(roomId)
    const eventId = await bob.say(roomId, "hello")
    const event = room(roomId, `/event/${encodeURIComponent(eventId)}`)
    expect(await alice.ask("GET", event)).toMatchObject({ content: { body: "hello" }, sender: bob.userId })
    await bob.ask("PUT", room(roomId, `/redact/${encodeURIComponent(eventId)}/once`), {})
    expect(await alice.ask("GET", event)).toMatchObject({ content: {} })
    expect(await alice.ask("GET", room(roomId, "/state/m.room.create"))).toMatchObject({ room_version: version.id })
  })

  it("takes knocks and members of another room where it knows them", async () => {
    const space = await alice.createRoom({ preset: "public_chat" })
    await bob.join(space)
    const allow = [{ type: "m.room_membership", room_id: space }]
    const rules = (join_rule: string) => ({
      room_version: version.id,
      initial_state: [{ type: "m.room.join_rules", content: { join_rule, allow } }],
    })
    const knockable = await alice.createRoom(rules("knock"))
    const knocked = await carol.call("POST", `/v3/knock/${encodeURIComponent(knockable)}`, {})
    expect(knocked.status).toBe(Number(version.id) >= 7 ? 200 : 403)

    const restricted = await alice.createRoom(rules("restricted"))
    const joins = async (user: User) => (await user.call("POST", room(restricted, "/join"), {})).status
    expect([await joins(bob), await joins(carol)]).toEqual([Number(version.id) >= 8 ? 200 : 403, 403])

    const both = await alice.createRoom(rules("knock_restricted"))
    const knows = Number(version.id) >= 10
    expect((await carol.call("POST", `/v3/knock/${encodeURIComponent(both)}`, {})).status).toBe(knows ? 200 : 403)
    expect((await bob.call("POST", room(both, "/join"), {})).status).toBe(knows ? 200 : 403)
  })

  it("is replaced by the newest, with bans and power", async () => {
    const roomId = await alice.createRoom({ room_version: version.id, preset: "public_chat", name: "Tea" })
    await alice.ask("POST", room(roomId, "/ban"), { user_id: carol.userId })
    const answer = await alice.ask("POST", room(roomId, "/upgrade"), {
      new_version: "12",
      additional_creators: [bob.userId],
    })
    const fresh = String(answer["replacement_room"])
    await bob.join(fresh)
    expect(await memberOf(fresh, carol)).toBe("ban")
    await bob.setState(fresh, "m.room.tombstone", { body: "as its creator", replacement_room: roomId })
    const create = await alice.ask("GET", room(fresh, "/state/m.room.create"))
    expect(create).toMatchObject({ additional_creators: [bob.userId], predecessor: { room_id: roomId } })
  })
})
