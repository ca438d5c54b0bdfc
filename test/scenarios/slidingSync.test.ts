/** Simplified sliding sync, in the encoding of deployed clients and in the accepted one. Proposal: MSC4186. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Server, startServer } from "../support/server.ts"
import { registerUser, type User } from "../support/user.ts"

let server: Server
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

interface Room {
  readonly initial?: boolean
  readonly name?: string | null
  readonly limited?: boolean
  readonly num_live?: number
  readonly unstable_expanded_timeline?: boolean
  readonly timeline?: ReadonlyArray<{ readonly event_id: string; readonly content: { readonly body?: string } }>
  readonly required_state?: ReadonlyArray<{ readonly type: string; readonly state_key: string }>
  readonly invite_state?: ReadonlyArray<{ readonly type: string }>
  readonly is_dm?: boolean
  readonly notification_count?: number
  readonly joined_count?: number
}

interface Answer {
  readonly pos: string
  readonly lists: { readonly [name: string]: { readonly count: number } }
  readonly rooms: { readonly [roomId: string]: Room }
  readonly extensions: { readonly [name: string]: never }
}

const path = "/unstable/org.matrix.simplified_msc3575/sync"
const slide = (user: User, body: object, pos?: string, timeout = 0) =>
  user.ask<Answer>("POST", `${path}?timeout=${timeout}${pos === undefined ? "" : `&pos=${pos}`}`, body)

const list = (last: number, more: object = {}) => ({
  conn_id: "list",
  lists: { all: { ranges: [[0, last]], timeline_limit: 1, required_state: [["m.room.name", ""]], ...more } },
})
const bodies = (room: Room | undefined) => room?.timeline?.map(({ content }) => content.body)

describe("a window on the rooms", () => {
  it("shows the latest rooms first, then what is new, once, and the same again to who repeats a position", async () => {
    const [alice, bob] = [await registerUser(server, "slide-alice"), await registerUser(server, "slide-bob")]
    const rooms: Array<string> = []
    for (const name of ["one", "two", "three"]) {
      const roomId = await alice.createRoom({ name, invite: [bob.userId] })
      await bob.join(roomId)
      rooms.push(roomId)
    }
    const [one, two, three] = rooms as [string, string, string]
    const first = await slide(alice, list(1))
    expect(first.lists["all"]).toEqual({ count: 3 })
    expect(Object.keys(first.rooms).sort()).toEqual([two, three].sort())
    expect(first.rooms[three]).toMatchObject({ initial: true, name: "three", joined_count: 2 })
    expect(first.rooms[three]!.required_state).toMatchObject([{ type: "m.room.name", state_key: "" }])

    const waiting = slide(alice, list(1), first.pos, 30_000)
    await bob.say(three, "hello")
    const second = await waiting
    expect(Object.keys(second.rooms)).toEqual([three])
    expect(second.rooms[three]!.initial).toBeUndefined()
    expect(second.rooms[three]!.name).toBeUndefined()
    expect(second.rooms[three]).toMatchObject({ num_live: 1, notification_count: 1 })
    expect(bodies(second.rooms[three])).toEqual(["hello"])
    const withoutAge = (rooms: object) => JSON.stringify(rooms).replaceAll(/"age":\d+/g, "")
    expect(withoutAge((await slide(alice, list(1), first.pos)).rooms)).toEqual(withoutAge(second.rooms))

    // A room moves into the window, another out of it, and back with all that it missed.
    await bob.say(one, "now me")
    const third = await slide(alice, list(1), second.pos)
    expect(Object.keys(third.rooms)).toEqual([one])
    expect(third.rooms[one]).toMatchObject({ initial: true, num_live: 1 })
    await bob.say(two, "and me")
    const fourth = await slide(alice, list(1), third.pos)
    expect(Object.keys(fourth.rooms)).toEqual([two])
    expect(fourth.rooms[two]!.initial).toBeUndefined()
    await bob.say(three, "missed 1")
    await bob.say(one, "more")
    const fifth = await slide(alice, { ...list(1), room_subscriptions: { [three]: { timeline_limit: 5 } } }, fourth.pos)
    expect(Object.keys(fifth.rooms).sort()).toEqual([one, three].sort())
    expect(bodies(fifth.rooms[three])).toContain("missed 1")
  })

  it("survives a restart of the server, and says so when it has forgotten a position", async () => {
    const alice = await registerUser(server, "slide-restart")
    const roomId = await alice.createRoom({ name: "lasting" })
    const first = await slide(alice, list(9))
    await server.restart()
    await alice.say(roomId, "after")
    const second = await slide(alice, list(9), first.pos)
    expect(second.rooms[roomId]).toMatchObject({ num_live: 1 })
    expect(second.rooms[roomId]!.initial).toBeUndefined()
    for (const pos of ["nonsense", `${first.pos.split("~")[0]}~999999`]) {
      const refused = await alice.call("POST", `${path}?pos=${encodeURIComponent(pos)}`, list(9))
      expect(refused).toMatchObject({ status: 400, body: { errcode: "M_UNKNOWN_POS" } })
    }
  })

  it("fetches more of a timeline when more is wanted", async () => {
    const alice = await registerUser(server, "slide-more")
    const roomId = await alice.createRoom()
    for (const text of ["a", "b", "c"]) await alice.say(roomId, text)
    const first = await slide(alice, list(9))
    expect(bodies(first.rooms[roomId])).toEqual(["c"])
    expect(first.rooms[roomId]!.limited).toBe(true)
    const second = await slide(alice, list(9, { timeline_limit: 3 }), first.pos)
    expect(second.rooms[roomId]).toMatchObject({ unstable_expanded_timeline: true, num_live: 0 })
    expect(bodies(second.rooms[roomId])).toEqual(["a", "b", "c"])
    expect((await slide(alice, list(9, { timeline_limit: 3 }), second.pos)).rooms).toEqual({})
  })

  it("filters", async () => {
    const [alice, bob] = [await registerUser(server, "slide-filter"), await registerUser(server, "slide-friend")]
    const secret = await alice.createRoom({
      initial_state: [{ type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } }],
    })
    const space = await alice.createRoom({ creation_content: { type: "m.space" } })
    const child = await alice.createRoom()
    await alice.setState(space, "m.space.child", { via: ["test.example"] }, child)
    await alice.ask("PUT", `/v3/user/${alice.userId}/account_data/m.direct`, { [bob.userId]: [child] })
    await alice.ask("PUT", `/v3/user/${alice.userId}/rooms/${secret}/tags/m.favourite`, {})
    const invited = await bob.createRoom({ invite: [alice.userId] })
    const shown = async (filters: object) =>
      Object.keys((await slide(alice, { ...list(9, { filters }), conn_id: JSON.stringify(filters) })).rooms).sort()
    expect(await shown({ is_encrypted: true })).toEqual([secret])
    expect(await shown({ room_types: ["m.space"] })).toEqual([space])
    expect(await shown({ not_room_types: ["m.space"] })).toEqual([secret, child, invited].sort())
    expect(await shown({ is_dm: true })).toEqual([child])
    expect(await shown({ spaces: [space] })).toEqual([child])
    expect(await shown({ tags: ["m.favourite"] })).toEqual([secret])
    expect(await shown({ not_tags: ["m.favourite"], is_dm: false, is_invite: false })).toEqual([space])
    expect(await shown({ is_invite: true })).toEqual([invited])
    await alice.setState(child, "m.room.name", { name: "Steuererklärung" })
    expect(await shown({ room_name_like: "ERKLÄR" })).toEqual([child])
    const answer = await slide(alice, list(9, { filters: { is_invite: true } }))
    expect(answer.rooms[invited]!.invite_state!.map(({ type }) => type)).toContain("m.room.create")
    expect(answer.rooms[invited]).toMatchObject({ timeline: [], required_state: [] })
  })

  it("tells of a room that is left once more, and of nothing after that", async () => {
    const [alice, bob] = [await registerUser(server, "slide-leave"), await registerUser(server, "slide-stay")]
    const roomId = await bob.createRoom({ invite: [alice.userId] })
    await alice.join(roomId)
    const first = await slide(alice, list(9))
    await bob.say(roomId, "before")
    await alice.ask("POST", `/v3/rooms/${roomId}/leave`, {})
    await bob.say(roomId, "after")
    await bob.setState(roomId, "m.room.name", { name: "after" })
    const second = await slide(alice, list(9, { timeline_limit: 10 }), first.pos)
    const seen = JSON.stringify(second.rooms[roomId])
    expect(bodies(second.rooms[roomId])).toContain("before")
    expect(seen).not.toContain("after")
    const third = await slide(alice, list(9), second.pos)
    expect(third.rooms).toEqual({})
    expect((await slide(alice, { ...list(9), room_subscriptions: { [roomId]: { timeline_limit: 9 } } })).rooms).toEqual(
      {},
    )
  })

  it("tells nothing of what is inside to who was never in it", async () => {
    const [alice, bob] = [await registerUser(server, "never-in"), await registerUser(server, "never-host")]
    const everything = list(9, { timeline_limit: 10, required_state: [["*", "*"]] })
    const name = "what is said inside"
    const [refused, withdrawn] = [
      await bob.createRoom({ topic: name, invite: [alice.userId] }),
      await bob.createRoom({ topic: name, invite: [alice.userId] }),
    ]
    await bob.setState(refused, "org.example.secret", { name })
    const first = await slide(alice, everything)
    await alice.ask("POST", `/v3/rooms/${refused}/leave`, {})
    await bob.ask("POST", `/v3/rooms/${withdrawn}/kick`, { user_id: alice.userId })
    const second = await slide(alice, everything, first.pos)
    expect(Object.keys(second.rooms).sort()).toEqual([refused, withdrawn].sort())
    for (const room of Object.values(second.rooms)) {
      expect(room.required_state).toMatchObject([{ type: "m.room.member", state_key: alice.userId }])
      expect(JSON.stringify(room)).not.toContain(name)
    }
    const fresh = await slide(alice, { ...everything, conn_id: "fresh" })
    expect(fresh).toMatchObject({ rooms: {}, lists: { all: { count: 0 } } })
    const third = await slide(alice, everything, second.pos)
    expect((await slide(alice, everything, third.pos)).lists["all"]).toEqual({ count: 0 })
  })

  it("tells who was put out of a room of it as it was then, also on a fresh connection", async () => {
    const [alice, bob] = [await registerUser(server, "slide-kicked"), await registerUser(server, "slide-kicker")]
    const roomId = await bob.createRoom({ name: "then", invite: [alice.userId] })
    await alice.join(roomId)
    await bob.ask("POST", `/v3/rooms/${roomId}/kick`, { user_id: alice.userId })
    await bob.setState(roomId, "m.room.name", { name: "now" })
    const { rooms } = await slide(alice, list(9))
    expect(rooms[roomId]).toMatchObject({
      initial: true,
      name: "then",
      required_state: [{ content: { name: "then" } }],
    })
    expect(JSON.stringify(rooms)).not.toContain("now")
    expect((await slide(alice, list(9, { filters: { room_name_like: "NOW" } }))).lists["all"]).toEqual({ count: 0 })
  })

  it("tells members again after a gap, and only then", async () => {
    const [alice, bob] = [await registerUser(server, "slide-lazy"), await registerUser(server, "slide-speaker")]
    const roomId = await alice.createRoom({ invite: [bob.userId] })
    await bob.join(roomId)
    const lazy = list(9, { required_state: [["m.room.member", "$LAZY"]] })
    const told = (answer: Answer) => answer.rooms[roomId]!.required_state!.map(({ state_key: member }) => member)
    await bob.say(roomId, "one")
    const first = await slide(alice, lazy)
    expect(told(first)).toEqual([bob.userId])
    await bob.say(roomId, "two")
    const second = await slide(alice, lazy, first.pos)
    expect(told(second)).toEqual([])
    for (const text of ["three", "four"]) await bob.say(roomId, text)
    const third = await slide(alice, lazy, second.pos)
    expect(third.rooms[roomId]!.limited).toBe(true)
    expect(told(third)).toEqual([bob.userId])
  })

  it("shows a room whose creation holds what the database's JSON does not", async () => {
    const alice = await registerUser(server, "slide-nul")
    const roomId = await alice.createRoom({ creation_content: { "org.example.note": "\u0000" }, name: "a\u0000b" })
    expect(Object.keys((await slide(alice, list(9))).rooms)).toEqual([roomId])
  })
})

describe("extensions", () => {
  it("bring messages for the device once each, receipts, typing and account data", async () => {
    const [alice, bob] = [await registerUser(server, "ext-alice"), await registerUser(server, "ext-bob")]
    const roomId = await alice.createRoom({ invite: [bob.userId] })
    await bob.join(roomId)
    const enabled = { enabled: true }
    const body = (since?: string) => ({
      ...list(9),
      extensions: {
        to_device: since === undefined ? enabled : { ...enabled, since },
        e2ee: enabled,
        receipts: enabled,
        typing: enabled,
        account_data: enabled,
      },
    })
    const send = (text: string) =>
      bob.ask("PUT", `/v3/sendToDevice/m.test/${text}`, { messages: { [alice.userId]: { "*": { text } } } })
    const extensions = (answer: Answer) =>
      answer.extensions as unknown as {
        to_device: { next_batch: string; events: ReadonlyArray<{ content: { text: string } }> }
        receipts: { rooms: { [id: string]: { content: object } } }
        typing: { rooms: { [id: string]: { content: { user_ids: ReadonlyArray<string> } } } }
        account_data: { global: ReadonlyArray<{ type: string }>; rooms: { [id: string]: ReadonlyArray<object> } }
      }
    await send("one")
    const first = await slide(alice, body())
    expect(extensions(first).to_device.events.map(({ content }) => content.text)).toEqual(["one"])
    expect(extensions(first).account_data.global.map(({ type }) => type)).toContain("m.push_rules")

    const read = await alice.say(roomId, "read me")
    const second = await slide(alice, body(extensions(first).to_device.next_batch), first.pos)
    expect(extensions(second).to_device.events).toEqual([])
    const waiting = slide(alice, body(extensions(second).to_device.next_batch), second.pos, 30_000)
    await bob.ask("POST", `/v3/rooms/${roomId}/receipt/m.read/${read}`, {})
    expect(extensions(await waiting).receipts.rooms[roomId]!.content).toHaveProperty([read, "m.read", bob.userId])

    let { pos } = await waiting
    const typed = slide(alice, body("0"), pos, 30_000)
    await bob.ask("PUT", `/v3/rooms/${roomId}/typing/${bob.userId}`, { typing: true, timeout: 20_000 })
    expect(extensions(await typed).typing.rooms[roomId]!.content.user_ids).toEqual([bob.userId])
    pos = (await typed).pos
    const told = slide(alice, body("0"), pos, 30_000)
    await alice.ask("PUT", `/v3/user/${alice.userId}/rooms/${roomId}/account_data/my.note`, { text: "hi" })
    expect(extensions(await told).account_data.rooms[roomId]).toMatchObject([{ type: "my.note" }])
  })
})

describe("the accepted encoding", () => {
  it("tells the end of an invitation with its own member event alone", async () => {
    const [alice, bob] = [await registerUser(server, "slide-declines"), await registerUser(server, "slide-asks")]
    const roomId = await bob.createRoom({ name: "inside", invite: [alice.userId] })
    const body = { lists: { all: { timeline_limit: 2, required_state: { include: [{}] } } } }
    const first = await alice.ask<Answer>("POST", "/v4/sync", body)
    expect(first.rooms[roomId]).toMatchObject({ membership: "invite", stripped_state: expect.any(Array) })
    await alice.ask("POST", `/v3/rooms/${roomId}/leave`, {})
    const second = await alice.ask<Answer>("POST", "/v4/sync", { ...body, pos: first.pos })
    const own = { type: "m.room.member", sender: alice.userId, state_key: alice.userId }
    expect(second.rooms[roomId]).toEqual({
      membership: "leave",
      bump_stamp: expect.any(Number),
      lists: ["all"],
      stripped_state: [{ ...own, content: { membership: "leave" } }],
    })
  })

  it("tells memberships, lists and the timeline by their new names", async () => {
    const alice = await registerUser(server, "slide-v4")
    const roomId = await alice.createRoom({ name: "accepted" })
    const required_state = { include: [{ type: "m.room.create" }], lazy_members: true }
    const body = { lists: { all: { range: [0, 9], timeline_limit: 2, required_state } } }
    const first = await alice.ask<Answer>("POST", "/v4/sync", body)
    expect(first.rooms[roomId]).toMatchObject({ initial: true, membership: "join", lists: ["all"], name: "accepted" })
    const waiting = alice.ask<Answer>("POST", "/v4/sync", { ...body, pos: first.pos, timeout: 30_000 })
    await alice.say(roomId, "new names")
    expect((await waiting).rooms[roomId]).toMatchObject({
      timeline_events: [{ content: { body: "new names" } }],
      required_state: [],
    })
  })
})
