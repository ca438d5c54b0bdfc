/** Rooms as those see them who are not in them: summaries, spaces, peeking; what two people share; what is reported. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startServer, type Server } from "../support/server.ts"
import { registerUser, request, type User } from "../support/user.ts"

let server: Server
let alice: User
let bob: User
beforeAll(async () => {
  server = await startServer()
  alice = await registerUser(server, "alice")
  bob = await registerUser(server, "bob")
})
afterAll(() => server.stop())

const path = (roomId: string, rest: string, version = "v3") => `/${version}/rooms/${encodeURIComponent(roomId)}/${rest}`
const summaryPath = (name: string) => `/v1/room_summary/${encodeURIComponent(name)}`
const children = (body: { readonly children_state: ReadonlyArray<{ readonly state_key: string }> }) =>
  body.children_state.map((child) => child.state_key)

interface Hierarchy {
  readonly rooms: ReadonlyArray<{
    readonly room_id: string
    readonly children_state: ReadonlyArray<{ readonly state_key: string }>
  }>
  readonly next_batch?: string
}

describe("a room's summary", () => {
  it("is for everybody where the room is open, by its id and by an alias", async () => {
    const roomId = await alice.createRoom({ preset: "public_chat", name: "Tea", room_alias_name: "tea" })
    const expected = { room_id: roomId, name: "Tea", join_rule: "public", num_joined_members: 1, room_version: "12" }
    for (const name of [roomId, `#tea:${server.serverName}`]) {
      expect(
        (await request(server.base, "GET", `/_matrix/client${summaryPath(name)}?via=a.example`)).body,
      ).toMatchObject(expected)
    }
    expect((await alice.ask("GET", summaryPath(roomId)))["membership"]).toBe("join")
    expect((await bob.ask("GET", summaryPath(roomId)))["membership"]).toBeUndefined()
    for (const old of [`rooms/${encodeURIComponent(roomId)}/summary`, `summary/${encodeURIComponent(roomId)}`]) {
      expect(await bob.ask("GET", `/unstable/im.nheko.summary/${old}`)).toMatchObject(expected)
    }
  })

  it("of a closed room is not found but by who is in it or invited", async () => {
    const roomId = await alice.createRoom({ preset: "private_chat" })
    const unknown = await bob.call("GET", summaryPath("!unknown"))
    expect(unknown).toMatchObject({ status: 404, body: { errcode: "M_NOT_FOUND" } })
    expect(await bob.call("GET", summaryPath(roomId))).toEqual(unknown)
    await alice.ask("POST", path(roomId, "invite"), { user_id: bob.userId })
    expect(await bob.ask("GET", summaryPath(roomId))).toMatchObject({ room_id: roomId, membership: "invite" })
  })

  it("of a restricted room names the rooms whose members may join, and is for those", async () => {
    const office = await alice.createRoom({ preset: "public_chat" })
    const allow = [{ type: "m.room_membership", room_id: office }]
    const roomId = await alice.createRoom({
      initial_state: [
        { type: "m.room.join_rules", content: { join_rule: "restricted", allow } },
        { type: "m.room.encryption", content: { algorithm: "m.megolm.v1.aes-sha2" } },
      ],
    })
    expect((await bob.call("GET", summaryPath(roomId))).status).toBe(404)
    await bob.join(office)
    expect(await bob.ask("GET", summaryPath(roomId))).toMatchObject({
      allowed_room_ids: [office],
      encryption: "m.megolm.v1.aes-sha2",
    })
    await bob.join(roomId)
    const member = await bob.ask("GET", path(roomId, `state/m.room.member/${encodeURIComponent(bob.userId)}`))
    expect(member["join_authorised_via_users_server"]).toBe(alice.userId)
  })
})

describe("a space", () => {
  const room = (name: string, type?: string) =>
    alice.createRoom({ preset: "public_chat", name, ...(type === undefined ? {} : { creation_content: { type } }) })
  const link = (space: string, child: string, content: object = {}) =>
    alice.setState(space, "m.space.child", { via: ["test.example"], ...content }, child)
  const hierarchy = (space: string, query = "") => bob.ask<Hierarchy>("GET", path(space, `hierarchy${query}`, "v1"))
  const ids = ({ rooms }: Hierarchy) => rooms.map(({ room_id: id }) => id)

  it("is walked in depth, in its order, round no loop and into no closed room", async () => {
    const [space, inner, first, second, late] = [
      await room("Space", "m.space"),
      await room("Inner", "m.space"),
      await room("First"),
      await room("Second"),
      await room("Late"),
    ]
    const closed = await alice.createRoom()
    await link(space, late)
    await link(space, inner, { order: "b", suggested: true })
    await link(space, first, { order: "a" })
    await link(space, closed, { order: "c" })
    await link(space, "!unknown", { order: "d" })
    await link(inner, second)
    await link(inner, space)
    await link(space, await room("Unlinked"), { via: [] })

    const all = await hierarchy(space)
    expect(ids(all)).toEqual([space, first, inner, second, late])
    expect(children(all.rooms[0]!)).toEqual([first, inner, closed, "!unknown", late])
    expect(children(all.rooms[1]!)).toEqual([])
    expect(ids(await hierarchy(space, "?max_depth=1"))).toEqual([space, first, inner, late])
    expect(ids(await hierarchy(space, "?max_depth=0"))).toEqual([space])
    expect(ids(await hierarchy(space, "?suggested_only=true"))).toEqual([space, inner])

    const pages: Array<string> = []
    for (let from = ""; ;) {
      const page = await hierarchy(space, `?limit=2${from}`)
      pages.push(...ids(page))
      if (page.next_batch === undefined) break
      from = `&from=${page.next_batch}`
    }
    expect(pages).toEqual(ids(all))
    const { next_batch: token } = await hierarchy(space, "?limit=2")
    const other = await bob.call("GET", path(space, `hierarchy?limit=2&max_depth=1&from=${token}`, "v1"))
    expect(other).toMatchObject({ status: 400, body: { errcode: "M_INVALID_PARAM" } })
    expect(await bob.call("GET", path(closed, "hierarchy", "v1"))).toMatchObject({ status: 403 })
    expect(await bob.call("GET", path("!unknown", "hierarchy", "v1"))).toMatchObject({ status: 403 })
  })
})

describe("mutual rooms", () => {
  it("are those that both are in", async () => {
    const [carol, dave] = [await registerUser(server, "carol"), await registerUser(server, "dave")]
    const both = [await carol.createRoom({ preset: "public_chat" }), await carol.createRoom({ preset: "public_chat" })]
    await carol.createRoom()
    for (const roomId of both) await dave.join(roomId)
    const query = `user_id=${encodeURIComponent(carol.userId)}`
    expect(await dave.ask("GET", `/v1/mutual_rooms?${query}`)).toEqual({ joined: both.toSorted(), count: 2 })
    const old = await dave.ask("GET", `/unstable/uk.half-shot.msc2666/user/mutual_rooms?${query}`)
    expect(old).toEqual({ joined: both.toSorted(), count: 2 })
    const nobody = await dave.ask("GET", `/v1/mutual_rooms?user_id=${encodeURIComponent("@nobody:test.example")}`)
    expect(nobody).toEqual({ joined: [], count: 0 })
    expect(await dave.call("GET", "/v1/mutual_rooms?user_id=nobody")).toMatchObject({ status: 400 })
    expect(await dave.call("GET", `/v1/mutual_rooms?${query}&from=x`)).toMatchObject({ status: 400 })
  })

  it("come in pages where they are many", async () => {
    const [carol, dave] = [await registerUser(server, "carol"), await registerUser(server, "dave")]
    const all: Array<string> = []
    for (let count = 0; count < 101; count++) {
      all.push(await carol.createRoom({ preset: "public_chat" }))
      await dave.join(all.at(-1)!)
    }
    const query = `/v1/mutual_rooms?user_id=${encodeURIComponent(dave.userId)}`
    const first = await carol.ask<{ joined: Array<string>; next_batch: string }>("GET", query)
    const second = await carol.ask<{ joined: Array<string> }>("GET", `${query}&from=${first.next_batch}`)
    expect([...first.joined, ...second.joined]).toEqual(all.toSorted())
    expect(second).toMatchObject({ count: 101 })
    expect(second).not.toHaveProperty("next_batch")
  })
})

describe("peeking", () => {
  it("shows a room that is open to the world, and what happens in it", async () => {
    const roomId = await alice.createRoom({
      initial_state: [{ type: "m.room.history_visibility", content: { history_visibility: "world_readable" } }],
    })
    await alice.say(roomId, "before")
    const now = await bob.ask<{ messages: { chunk: ReadonlyArray<{ content: object }>; end: string } }>(
      "GET",
      path(roomId, "initialSync"),
    )
    expect(now.messages.chunk.at(-1)?.content).toMatchObject({ body: "before" })
    const peek = (from: string, timeout: number) =>
      bob.ask<{ chunk: ReadonlyArray<object>; end: string }>(
        "GET",
        `/v3/events?room_id=${encodeURIComponent(roomId)}&from=${from}&timeout=${timeout}`,
      )
    const nothing = await peek(now.messages.end, 0)
    expect(nothing.chunk).toEqual([])
    const waiting = peek(nothing.end, 60_000)
    const eventId = await alice.say(roomId, "after")
    const seen = await waiting
    expect(seen.chunk).toMatchObject([{ event_id: eventId, room_id: roomId }])
    expect((await peek(seen.end, 0)).chunk).toEqual([])

    await alice.setState(roomId, "m.room.history_visibility", { history_visibility: "shared" })
    expect(await bob.call("GET", path(roomId, "initialSync"))).toMatchObject({ status: 403 })
    expect(await bob.call("GET", `/v3/events?room_id=${encodeURIComponent(roomId)}`)).toMatchObject({ status: 403 })
  })
})

describe("a report", () => {
  it("of an event, a room or a person is taken from those who may know of them", async () => {
    const roomId = await alice.createRoom({ preset: "private_chat" })
    const eventId = await alice.say(roomId, "rude")
    const reason = { reason: "this makes me sad" }
    const event = path(roomId, `report/${encodeURIComponent(eventId)}`)
    expect(await alice.ask("POST", event, {})).toEqual({})
    expect(await alice.ask("POST", event, { ...reason, score: -100 })).toEqual({})
    expect(await alice.ask("POST", path(roomId, "report"), reason)).toEqual({})
    expect(await alice.ask("POST", `/v3/users/${encodeURIComponent(bob.userId)}/report`, reason)).toEqual({})
    const refused = [
      bob.call("POST", event, reason),
      bob.call("POST", path(roomId, "report"), reason),
      bob.call("POST", path("!unknown", "report"), reason),
      alice.call("POST", path(roomId, `report/${encodeURIComponent("$unknown")}`), reason),
      alice.call("POST", `/v3/users/${encodeURIComponent("@nobody:test.example")}/report`, reason),
    ]
    for (const answer of await Promise.all(refused)) {
      expect(answer).toMatchObject({ status: 404, body: { errcode: "M_NOT_FOUND" } })
    }
    expect(await alice.call("POST", path(roomId, "report"), {})).toMatchObject({ status: 400 })
  })
})
