/** People without an account: rooms that let them in, what they may do there, and how they come to stay. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startServer, type Server } from "../support/server.ts"
import { registerUser, request, type User, userOn } from "../support/user.ts"

let server: Server
let alice: User
beforeAll(async () => {
  server = await startServer({ GUESTS: "on" })
  alice = await registerUser(server, "alice")
})
afterAll(() => server.stop())

const register = (body: object, query = "", base = server.base) =>
  request(base, "POST", `/_matrix/client/v3/register${query}`, body)
const newGuest = async () => {
  const { status, body } = await register({ device_id: "MINE", initial_device_display_name: "Kiosk" }, "?kind=guest")
  expect(status).toBe(200)
  return userOn(server, { userId: String(body["user_id"]), token: String(body["access_token"]) } as User)
}
const openRoom = (guestAccess: string) =>
  alice.createRoom({
    preset: "public_chat",
    initial_state: [
      { type: "m.room.guest_access", state_key: "", content: { guest_access: guestAccess } },
      { type: "m.room.history_visibility", state_key: "", content: { history_visibility: "world_readable" } },
    ],
  })
const at = (roomId: string, rest: string) => `/v3/rooms/${encodeURIComponent(roomId)}${rest}`
const membershipOf = async (user: User, roomId: string) =>
  (await alice.ask("GET", at(roomId, `/state/m.room.member/${encodeURIComponent(user.userId)}`)))["membership"]

const closed = { status: 403, body: { errcode: "M_GUEST_ACCESS_FORBIDDEN" } }

describe("a guest", () => {
  it("gets an account without stages, whose device the server chooses", async () => {
    const guest = await newGuest()
    const me = await guest.ask("GET", "/v3/account/whoami")
    expect(me).toMatchObject({ user_id: guest.userId, is_guest: true })
    expect(me["device_id"]).not.toBe("MINE")
    expect(await guest.ask("GET", "/v3/devices")).toMatchObject({ devices: [{ display_name: "Kiosk" }] })
  })

  it("joins rooms that let guests in, and takes part there", async () => {
    const guest = await newGuest()
    const [open, shut] = [await openRoom("can_join"), await openRoom("forbidden")]
    expect(await guest.call("POST", at(shut, "/join"), {})).toMatchObject(closed)
    const join = { membership: "join" }
    const member = `/state/m.room.member/${encodeURIComponent(guest.userId)}`
    expect(await guest.call("PUT", at(shut, member), join)).toMatchObject(closed)

    expect(await guest.call("POST", at(open, "/join"), {})).toMatchObject({ status: 200 })
    await guest.say(open, "hello")
    await guest.ask("PUT", `/v3/profile/${encodeURIComponent(guest.userId)}/displayname`, { displayname: "Visitor" })
    expect(await membershipOf(guest, open)).toBe("join")
    const { chunk } = await alice.ask<{ chunk: ReadonlyArray<object> }>("GET", at(open, "/messages?dir=b&limit=5"))
    expect(chunk).toContainEqual(expect.objectContaining({ sender: guest.userId, type: "m.room.message" }))
  })

  it("looks into rooms that the world may read", async () => {
    const guest = await newGuest()
    const roomId = await openRoom("forbidden")
    const eventId = await alice.say(roomId, "for everyone")
    for (const path of [
      "/state",
      `/event/${eventId}`,
      `/context/${eventId}`,
      "/messages?dir=b",
      "/members",
      "/initialSync",
    ]) {
      expect(await guest.call("GET", at(roomId, path)), path).toMatchObject({ status: 200 })
    }
  })

  it.each([
    ["POST", "/v3/createRoom", {}],
    ["POST", "/v3/search", { search_categories: { room_events: { search_term: "x" } } }],
    ["POST", "/v3/user_directory/search", { search_term: "a" }],
    ["POST", "/v3/join/%23room:test.example", {}],
    ["POST", "/v3/knock/%23room:test.example", {}],
    ["POST", "/v3/publicRooms", {}],
    ["POST", "/v3/keys/device_signing/upload", {}],
    ["GET", "/v3/pushrules/", undefined],
    ["GET", "/v3/joined_rooms", undefined],
    ["POST", "/v3/account/deactivate", {}],
    ["POST", "/unstable/org.matrix.simplified_msc3575/sync", {}],
    ["POST", "/v1/login/get_token", {}],
  ] as const)("may not %s %s", async (method, path, body) => {
    expect(await (await newGuest()).call(method, path, body)).toMatchObject(closed)
  })

  it("has a name and nothing else to be seen by", async () => {
    const guest = await newGuest()
    const path = `/v3/profile/${encodeURIComponent(guest.userId)}/avatar_url`
    expect(await guest.call("PUT", path, { avatar_url: "mxc://test.example/x" })).toMatchObject(closed)
  })

  it("goes when the room lets guests in no more, however that is said", async () => {
    for (const end of ["set", "redact"] as const) {
      const [guest, member] = [await newGuest(), await registerUser(server, "member")]
      const roomId = await openRoom("can_join")
      await guest.ask("POST", at(roomId, "/join"), {})
      await member.join(roomId)
      if (end === "set") await alice.setState(roomId, "m.room.guest_access", { guest_access: "forbidden" })
      else {
        const state = await alice.ask<ReadonlyArray<{ type: string; event_id: string }>>("GET", at(roomId, "/state"))
        const { event_id: eventId = "" } = state.find(({ type }) => type === "m.room.guest_access") ?? {}
        await alice.ask("PUT", at(roomId, `/redact/${eventId}/txn`), {})
      }
      expect(await membershipOf(guest, roomId)).toBe("leave")
      expect(await membershipOf(member, roomId)).toBe("join")
      expect(await guest.call("POST", at(roomId, "/join"), {})).toMatchObject(closed)
    }
  })

  it("stays under the same name by making an account of it", async () => {
    const [guest, other] = [await newGuest(), await newGuest()]
    const username = guest.userId.slice(1, guest.userId.indexOf(":"))
    const upgrade = (options: object) =>
      register({
        username,
        password: "a good password",
        guest_access_token: guest.token,
        auth: { type: "m.login.dummy" },
        ...options,
      })
    expect(await upgrade({ username: "somebody" })).toMatchObject({ status: 400, body: { errcode: "M_INVALID_PARAM" } })
    expect(await upgrade({ guest_access_token: other.token })).toMatchObject({ status: 400 })
    expect(await upgrade({ guest_access_token: alice.token })).toMatchObject(closed)
    expect(await upgrade({ guest_access_token: "unknown" })).toMatchObject({ status: 401 })
    expect(await register({ username, password: "a good password", auth: { type: "m.login.dummy" } })).toMatchObject({
      body: { errcode: "M_USER_IN_USE" },
    })
    expect(await upgrade({})).toMatchObject({ status: 200, body: { user_id: guest.userId } })
    expect(await guest.ask("GET", "/v3/account/whoami")).toMatchObject({ is_guest: false })
    expect(await guest.call("GET", "/v3/joined_rooms")).toMatchObject({ status: 200 })
    expect(await upgrade({})).toMatchObject(closed)
  })
})

describe("a server without guests", () => {
  it("says so", async () => {
    const without = await startServer()
    expect(await register({}, "?kind=guest", without.base)).toMatchObject(closed)
    await without.stop()
  })
})
