/** The specification's rules of history visibility, as who reads a room's messages afterwards meets them. */
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

const room = (roomId: string, rest: string) => `/v3/rooms/${encodeURIComponent(roomId)}${rest}`
const sees = async (user: User, roomId: string, eventId: string) =>
  (await user.call("GET", room(roomId, `/event/${encodeURIComponent(eventId)}`))).status === 200

/** One message in each of Bob's memberships, and which of them he can read while he is in and after he has left. */
const life = async (history_visibility: string) => {
  const roomId = await alice.createRoom({
    initial_state: [{ type: "m.room.history_visibility", content: { history_visibility } }],
  })
  const outside = await alice.say(roomId, "before")
  await alice.ask("POST", room(roomId, "/invite"), { user_id: bob.userId })
  const invited = await alice.say(roomId, "invited")
  const whileInvited = await sees(bob, roomId, invited)
  await bob.join(roomId)
  const joined = await alice.say(roomId, "joined")
  const read = async (...events: ReadonlyArray<string>) => Promise.all(events.map((event) => sees(bob, roomId, event)))
  const member = await read(outside, invited, joined)
  await bob.ask("POST", room(roomId, "/leave"), {})
  const left = await alice.say(roomId, "left")
  return { whileInvited, member, former: await read(outside, invited, joined, left) }
}

// "In all cases except `world_readable`, a user needs to join a room to view events in that room."
describe("history that is", () => {
  it.each([
    ["world_readable", true, [true, true, true], [true, true, true, true]],
    ["shared", false, [true, true, true], [true, true, true, false]],
    ["invited", false, [false, true, true], [false, true, true, false]],
    ["joined", false, [false, false, true], [false, false, true, false]],
    ["not known to the specification", false, [true, true, true], [true, true, true, false]],
  ])(
    "%s shows what it should to an invited, a present and a former member",
    async (visibility, whileInvited, member, former) => {
      expect(await life(visibility)).toEqual({ whileInvited, member, former })
    },
  )
})
