/** Who may do what in a room, and who may read what of it: every way in is tried by those who may not. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startServer, type Server } from "../support/server.ts"
import { registerUser, request, type User } from "../support/user.ts"

let server: Server
let alice: User
let bob: User
let eve: User
beforeAll(async () => {
  server = await startServer()
  alice = await registerUser(server, "alice")
  bob = await registerUser(server, "bob")
  eve = await registerUser(server, "eve")
})
afterAll(() => server.stop())

interface ClientEvent {
  readonly event_id: string
  readonly type: string
  readonly sender: string
  readonly state_key?: string
  readonly content: Readonly<Record<string, unknown>>
  readonly unsigned: { readonly redacted_because?: ClientEvent; readonly "m.relations"?: Relations }
}
interface Relations {
  readonly "m.replace": ClientEvent
  readonly "m.thread": { readonly count: number; readonly latest_event: ClientEvent }
  readonly "m.reference": unknown
  readonly "m.annotation"?: unknown
}
interface Page {
  readonly chunk: ReadonlyArray<ClientEvent>
  readonly start: string
  readonly end?: string
  readonly state?: ReadonlyArray<ClientEvent>
  readonly next_batch?: string
}
interface Context {
  readonly start: string
  readonly end: string
  readonly event: ClientEvent
  readonly events_before: ReadonlyArray<ClientEvent>
  readonly events_after: ReadonlyArray<ClientEvent>
}
interface JoinedRoom {
  readonly timeline: { readonly events: ReadonlyArray<ClientEvent>; readonly prev_batch: string }
  readonly ephemeral: { readonly events: ReadonlyArray<ClientEvent> }
  readonly unread_notifications: { readonly notification_count: number }
  readonly unread_thread_notifications?: unknown
}
interface SyncAnswer {
  readonly next_batch: string
  readonly rooms: {
    readonly join: Readonly<Record<string, JoinedRoom>>
    readonly leave: Readonly<Record<string, unknown>>
  }
}
interface Listed {
  readonly chunk: ReadonlyArray<{ readonly room_id: string; readonly num_joined_members: number }>
  readonly next_batch?: string
}

const room = (roomId: string, rest: string, version = "v3") => `/${version}/rooms/${encodeURIComponent(roomId)}${rest}`
const event = (eventId: string) => encodeURIComponent(eventId)
const messages = (user: User, roomId: string, query = "dir=b") =>
  user.ask<Page>("GET", room(roomId, `/messages?${query}`))
const bodies = (page: Page) =>
  page.chunk.filter(({ type }) => type === "m.room.message").map(({ content }) => content["body"])
const sync = (user: User, since?: string, filter = {}) =>
  user.ask<SyncAnswer>(
    "GET",
    `/v3/sync?filter=${encodeURIComponent(JSON.stringify(filter))}${since === undefined ? "" : `&since=${since}`}`,
  )
const ownMember = async (user: User, roomId: string, target: User) =>
  (await user.ask("GET", room(roomId, `/state/m.room.member/${encodeURIComponent(target.userId)}`)))["membership"]
const act = (user: User, roomId: string, verb: string, target: User, reason?: string) =>
  user.call("POST", room(roomId, `/${verb}`), { user_id: target.userId, ...(reason === undefined ? {} : { reason }) })

describe("membership", () => {
  it("goes from invited to joined to kicked to banned and back", async () => {
    const roomId = await alice.createRoom()
    expect((await bob.call("POST", `/v3/join/${encodeURIComponent(roomId)}`, {})).status).toBe(403)
    expect((await act(alice, roomId, "invite", bob)).status).toBe(200)
    expect((await act(alice, roomId, "invite", bob)).status).toBe(200) // once more changes nothing
    await bob.join(roomId)
    expect((await act(alice, roomId, "invite", bob)).status).toBe(403)
    expect((await act(bob, roomId, "kick", alice)).status).toBe(403)
    expect((await act(alice, roomId, "kick", bob, "too loud")).status).toBe(200)
    expect((await act(alice, roomId, "kick", bob)).status).toBe(403)
    expect((await act(alice, roomId, "ban", bob)).status).toBe(200)
    expect((await act(alice, roomId, "invite", bob)).status).toBe(403)
    expect(await ownMember(alice, roomId, bob)).toBe("ban")
    expect((await act(alice, roomId, "unban", bob)).status).toBe(200)
    expect((await act(alice, roomId, "unban", bob)).status).toBe(403)
    expect(await ownMember(alice, roomId, bob)).toBe("leave")
  })

  it("leaves a name for this room alone when its owner joins once more", async () => {
    const roomId = await alice.createRoom()
    await alice.setState(roomId, "m.room.member", { membership: "join", displayname: "Here only" }, alice.userId)
    await alice.join(roomId)
    const member = await alice.ask("GET", room(roomId, `/state/m.room.member/${encodeURIComponent(alice.userId)}`))
    expect(member["displayname"]).toBe("Here only")
  })

  it("is knocked for, and accepted", async () => {
    const roomId = await alice.createRoom({
      initial_state: [{ type: "m.room.join_rules", content: { join_rule: "knock" } }],
    })
    const knocked = await bob.ask("POST", `/v3/knock/${encodeURIComponent(roomId)}`, { reason: "please" })
    expect(knocked["room_id"]).toBe(roomId)
    expect(await ownMember(alice, roomId, bob)).toBe("knock")
    expect((await act(alice, roomId, "invite", bob)).status).toBe(200)
    await bob.join(roomId)
    expect(await ownMember(alice, roomId, bob)).toBe("join")
  })

  it("is left, forgotten, and only then", async () => {
    const roomId = await alice.createRoom({ invite: [bob.userId] })
    await bob.join(roomId)
    const early = await bob.call("POST", room(roomId, "/forget"), {})
    expect([early.status, early.body["errcode"]]).toEqual([400, "M_UNKNOWN"])
    await bob.ask("POST", room(roomId, "/leave"), { reason: "bye" })
    await bob.ask("POST", room(roomId, "/leave"), {})
    expect((await bob.call("GET", room(roomId, "/messages?dir=b"))).status).toBe(200)
    await bob.ask("POST", room(roomId, "/forget"), {})
    expect((await bob.call("GET", room(roomId, "/messages?dir=b"))).status).toBe(403)
    const left = await sync(bob, undefined, { room: { include_leave: true } })
    expect(Object.keys(left.rooms.leave)).not.toContain(roomId)
    expect(
      (await bob.ask<{ joined_rooms: ReadonlyArray<string> }>("GET", "/v3/joined_rooms")).joined_rooms,
    ).not.toContain(roomId)
  })
})

describe("someone who is not in the room", () => {
  it("learns nothing by any path, not even whether it exists", async () => {
    const roomId = await alice.createRoom({ name: "secret", room_alias_name: "secret" })
    const said = await alice.say(roomId, "between us")
    const unknown = `${roomId}x`
    const missing = `${said}x`
    const attempts = (id: string, eventId: string): ReadonlyArray<Parameters<User["call"]>> => [
      ["GET", room(id, "/messages?dir=b")],
      ["GET", room(id, "/state")],
      ["GET", room(id, "/state/m.room.name/")],
      ["GET", room(id, "/state/m.room.name")],
      ["GET", room(id, "/members")],
      ["GET", room(id, "/joined_members")],
      ["GET", room(id, "/aliases")],
      ["GET", room(id, `/event/${event(eventId)}`)],
      ["GET", room(id, `/context/${event(eventId)}`)],
      ["GET", room(id, `/relations/${event(eventId)}`, "v1")],
      ["GET", room(id, "/threads", "v1")],
      ["GET", `/v3/directory/list/room/${encodeURIComponent(id)}`],
      ["PUT", `/v3/directory/list/room/${encodeURIComponent(id)}`, { visibility: "public" }],
      ["PUT", "/v3/directory/room/%23mine:test.example", { room_id: id }],
      ["POST", room(id, `/receipt/m.read/${event(eventId)}`), {}],
      ["POST", room(id, "/read_markers"), { "m.read": eventId }],
      ["PUT", room(id, `/typing/${encodeURIComponent(eve.userId)}`), { typing: true }],
      ["PUT", room(id, `/redact/${event(eventId)}/t1`), {}],
      ["POST", room(id, "/kick"), { user_id: alice.userId }],
      ["POST", room(id, "/ban"), { user_id: alice.userId }],
      ["POST", room(id, "/unban"), { user_id: alice.userId }],
      ["POST", room(id, "/invite"), { user_id: bob.userId }],
      ["POST", room(id, "/upgrade"), { new_version: "12" }],
      ["POST", room(id, "/join"), {}],
      ["POST", `/v3/join/${encodeURIComponent(id)}`, {}],
      ["POST", `/v3/knock/${encodeURIComponent(id)}`, {}],
      ["PUT", room(id, "/send/m.room.message/t2"), { body: "x" }],
      ["PUT", room(id, "/send/m.reaction/t3"), { "m.relates_to": { rel_type: "m.thread", event_id: eventId } }],
      ["PUT", room(id, "/send/m.room.redaction/t4"), { redacts: eventId }],
      ["PUT", room(id, "/state/m.room.name/"), { name: "x" }],
      ["GET", room(id, "/timestamp_to_event?ts=0&dir=f", "v1")],
      ["POST", room(id, "/leave"), {}],
      ["POST", room(id, "/forget"), {}],
    ]
    for (const [index, attempt] of attempts(roomId, said).entries()) {
      const real = await eve.call(...attempt)
      const madeUp = await eve.call(...attempts(unknown, missing)[index]!)
      expect([attempt[1], real.status >= 400]).toEqual([attempt[1], true])
      expect([attempt[1], real]).toEqual([attempt[1], madeUp])
    }
  })

  it("reads no state after declining an invitation", async () => {
    const roomId = await alice.createRoom({ name: "secret", invite: [eve.userId] })
    await eve.ask("POST", room(roomId, "/leave"), {})
    for (const path of ["/state", "/members", "/messages?dir=b", "/state/m.room.name"]) {
      expect((await eve.call("GET", room(roomId, path))).status).toBe(403)
    }
  })

  it("may look into a room that is open to the world", async () => {
    const roomId = await alice.createRoom({
      initial_state: [{ type: "m.room.history_visibility", content: { history_visibility: "world_readable" } }],
    })
    await alice.say(roomId, "hello world")
    expect(bodies(await messages(eve, roomId))).toEqual(["hello world"])
    await alice.setState(roomId, "m.room.history_visibility", { history_visibility: "shared" })
    expect((await eve.call("GET", room(roomId, "/messages?dir=b"))).status).toBe(403)
  })
})

describe("history", () => {
  it("comes in pages, both ways, and ends", async () => {
    const roomId = await alice.createRoom()
    for (let n = 1; n <= 7; n++) await alice.say(roomId, `${n}`)
    const seen: Array<unknown> = []
    let from: string | undefined
    do {
      const page: Page = await messages(alice, roomId, `dir=b&limit=3${from === undefined ? "" : `&from=${from}`}`)
      seen.push(...page.chunk.map(({ event_id }) => event_id))
      from = page.end
    } while (from !== undefined)
    expect(new Set(seen).size).toBe(seen.length)
    const forward = await messages(alice, roomId, "dir=f&limit=100")
    expect(forward.chunk.map(({ event_id }) => event_id)).toEqual(seen.toReversed())
    expect(forward.chunk[0]?.type).toBe("m.room.create")
    expect(forward.end).toBeUndefined()
  })

  it("begins where a sync ended, and filters without losing anything", async () => {
    const roomId = await alice.createRoom()
    for (let n = 1; n <= 30; n++) {
      await alice.say(roomId, `${n}`)
      await alice.send(roomId, { n }, "com.example.noise")
    }
    const first = await sync(alice, undefined, { room: { timeline: { limit: 1, types: ["m.room.message"] } } })
    const prev = first.rooms.join[roomId]!.timeline.prev_batch
    const filter = encodeURIComponent(JSON.stringify({ types: ["m.room.message"] }))
    const seen: Array<unknown> = []
    for (let from: string | undefined = prev; from !== undefined;) {
      const page: Page = await messages(alice, roomId, `dir=b&limit=4&filter=${filter}&from=${from}`)
      expect(page.chunk.length).toBeLessThanOrEqual(4)
      seen.push(...bodies(page))
      from = page.end
    }
    expect(seen).toEqual(Array.from({ length: 29 }, (_, n) => `${29 - n}`))
    await alice.say(roomId, "new")
    expect(bodies(await messages(alice, roomId, `dir=f&from=${first.next_batch}`))).toEqual(["new"])
  })

  it("stops for those who left at their leaving, on every path", async () => {
    const roomId = await alice.createRoom({ invite: [bob.userId], name: "before" })
    await bob.join(roomId)
    const heard = await alice.say(roomId, "bob hears")
    const present = await sync(alice)
    await bob.ask("POST", room(roomId, "/leave"), {})
    const unheard = await alice.say(roomId, "bob is gone")
    await alice.setState(roomId, "m.room.name", { name: "renamed" })
    await alice.setState(roomId, "m.room.member", { membership: "join", displayname: "Secret" }, alice.userId)
    await alice.ask("POST", room(roomId, "/invite"), { user_id: eve.userId })

    expect(bodies(await messages(bob, roomId))).toEqual(["bob hears"])
    expect(bodies(await messages(bob, roomId, "dir=f&limit=50"))).toEqual(["bob hears"])
    expect(bodies(await messages(bob, roomId, `dir=f&from=${present.next_batch}`))).toEqual([])
    const lazy = encodeURIComponent('{"lazy_load_members":true}')
    expect(JSON.stringify(await messages(bob, roomId, `dir=b&filter=${lazy}`))).not.toContain("Secret")
    expect((await bob.call("GET", room(roomId, `/event/${event(unheard)}`))).status).toBe(404)
    expect((await bob.call("GET", room(roomId, `/context/${event(unheard)}`))).status).toBe(404)
    const context = await bob.ask<Context>("GET", room(roomId, `/context/${event(heard)}?limit=50`))
    expect(JSON.stringify(context)).not.toMatch(/bob is gone|renamed|Secret/)
    expect(await bob.ask("GET", room(roomId, "/state/m.room.name"))).toEqual({ name: "before" })
    expect(JSON.stringify(await bob.ask("GET", room(roomId, "/state")))).not.toMatch(/renamed|Secret|@eve/)
    expect(JSON.stringify(await bob.ask("GET", room(roomId, "/members")))).not.toMatch(/Secret|@eve/)
    expect(await ownMember(bob, roomId, bob)).toBe("leave")
  })

  it("begins for newcomers where the room lets it", async () => {
    for (const [visibility, expected] of [
      ["shared", ["after", "invited", "before"]],
      ["invited", ["after", "invited"]],
      ["joined", ["after"]],
    ] as const) {
      const roomId = await alice.createRoom({
        initial_state: [{ type: "m.room.history_visibility", content: { history_visibility: visibility } }],
      })
      const before = await alice.say(roomId, "before")
      await act(alice, roomId, "invite", bob)
      await alice.say(roomId, "invited")
      await bob.join(roomId)
      await alice.say(roomId, "after")
      const page = await messages(bob, roomId, "dir=b&limit=100")
      expect([visibility, bodies(page)]).toEqual([visibility, expected])
      expect(page.end).toBeUndefined()
      const whole = await sync(bob, undefined, { room: { timeline: { limit: 50 } } })
      const shown = whole.rooms.join[roomId]!.timeline.events.map((one) => one.content["body"])
      expect(shown.filter((body: unknown) => body !== undefined).toReversed()).toEqual(expected)
      const receipt = await bob.call("POST", room(roomId, `/receipt/m.read/${event(before)}`), {})
      expect(receipt.status).toBe(visibility === "shared" ? 200 : 404)
    }
  })

  it("shows an event in what is around it", async () => {
    const roomId = await alice.createRoom()
    const ids: Array<string> = []
    for (let n = 1; n <= 5; n++) ids.push(await alice.say(roomId, `${n}`))
    const context = await alice.ask<Context>("GET", room(roomId, `/context/${event(ids[2]!)}?limit=2`))
    expect(context.event.event_id).toBe(ids[2])
    expect(context.events_before.map((one) => one.content["body"])).toEqual(["2"])
    expect(context.events_after.map((one) => one.content["body"])).toEqual(["4"])
    expect(bodies(await messages(alice, roomId, `dir=b&limit=1&from=${context.start}`))).toEqual(["1"])
    expect(bodies(await messages(alice, roomId, `dir=f&limit=1&from=${context.end}`))).toEqual(["5"])
    const alone = await alice.ask<Context>("GET", room(roomId, `/context/${event(ids[2]!)}?limit=0`))
    expect([alone.events_before, alone.events_after]).toEqual([[], []])
  })

  it("finds the event of a time, among those that may be read", async () => {
    const roomId = await alice.createRoom({
      initial_state: [{ type: "m.room.history_visibility", content: { history_visibility: "joined" } }],
      invite: [bob.userId],
    })
    const hidden = await alice.say(roomId, "0")
    await bob.join(roomId)
    const ids = [hidden, await alice.say(roomId, "1"), await alice.say(roomId, "2")]
    const whole = await Promise.all(
      ids.map((id) => alice.ask<{ origin_server_ts: number }>("GET", room(roomId, `/event/${event(id)}`))),
    )
    const at = (user: User, ts: number, dir: string) =>
      user.call("GET", room(roomId, `/timestamp_to_event?ts=${ts}&dir=${dir}`, "v1"))
    const [early, , last] = whole.map(({ origin_server_ts: ts }) => ts) as [number, number, number]
    expect((await at(alice, last, "b")).body).toEqual({ event_id: ids[2], origin_server_ts: last })
    expect((await at(alice, last + 1_000_000, "b")).body).toEqual({ event_id: ids[2], origin_server_ts: last })
    expect((await at(alice, last + 1, "f")).status).toBe(404)
    expect((await at(alice, early, "f")).body["event_id"]).toBe(hidden)
    expect((await at(bob, early, "f")).body["event_id"]).not.toBe(hidden)
    expect((await at(eve, early, "f")).status).toBe(403)
  })

  it("refuses tokens and filters that are none", async () => {
    const roomId = await alice.createRoom()
    for (const query of ["dir=b&from=nonsense", "dir=x", "dir=b&limit=-1", "dir=b&filter=%7B", "dir=b&to=%00"]) {
      const answer = await alice.call("GET", room(roomId, `/messages?${query}`))
      expect([query, answer.status, answer.body["errcode"]]).toEqual([query, 400, "M_INVALID_PARAM"])
    }
    expect((await alice.call("GET", room(roomId, "/members?at=nonsense"))).status).toBe(400)
  })
})

describe("members and state", () => {
  it("are given as they were, filtered by membership", async () => {
    const roomId = await alice.createRoom({ invite: [bob.userId, eve.userId] })
    const { next_batch: then } = await sync(alice)
    await bob.join(roomId)
    const members = async (query: string) =>
      (await alice.ask<Page>("GET", room(roomId, `/members?${query}`))).chunk.map(({ state_key }) => state_key).sort()
    expect(await members("membership=join")).toEqual([alice.userId, bob.userId].sort())
    expect(await members("not_membership=join")).toEqual([eve.userId])
    expect(await members(`at=${then}&membership=join`)).toEqual([alice.userId])
    const { joined } = await alice.ask<{ joined: object }>("GET", room(roomId, "/joined_members"))
    expect(Object.keys(joined).sort()).toEqual([alice.userId, bob.userId].sort())
  })

  it("can be asked for as content or as an event", async () => {
    const roomId = await alice.createRoom({ name: "a name" })
    expect(await alice.ask("GET", room(roomId, "/state/m.room.name/"))).toEqual({ name: "a name" })
    const whole = await alice.ask<ClientEvent>("GET", room(roomId, "/state/m.room.name?format=event"))
    expect(whole).toMatchObject({ type: "m.room.name", state_key: "", content: { name: "a name" }, room_id: roomId })
    expect((await alice.call("GET", room(roomId, "/state/m.room.topic"))).status).toBe(404)
  })
})

describe("redaction", () => {
  it("takes the content away everywhere, now and after a restart", async () => {
    const roomId = await alice.createRoom({ invite: [bob.userId] })
    await bob.join(roomId)
    const said = await bob.say(roomId, "regretted words")
    await alice.setState(roomId, "m.room.topic", { topic: "regretted topic" })
    const topic = await alice.ask<ClientEvent>("GET", room(roomId, "/state/m.room.topic?format=event"))
    const redact = (user: User, eventId: string, txn: string) =>
      user.call("PUT", room(roomId, `/redact/${event(eventId)}/${txn}`), { reason: "sorry" })
    expect((await redact(bob, topic.event_id, "t1")).status).toBe(403)
    const first = await redact(alice, said, "t1")
    expect((await redact(alice, said, "t1")).body).toEqual(first.body)
    expect((await redact(alice, topic.event_id, "t2")).status).toBe(200)
    const { next_batch: before } = await sync(bob)
    await alice.setState(roomId, "m.room.topic", { topic: "better" })

    const check = async () => {
      const shown = [
        await messages(bob, roomId),
        await bob.ask("GET", room(roomId, `/event/${event(said)}`)),
        await bob.ask("GET", room(roomId, `/event/${event(topic.event_id)}`)),
        await bob.ask("GET", room(roomId, `/context/${event(said)}?limit=20`)),
        await bob.ask("GET", room(roomId, "/state")),
        await sync(bob, undefined, { room: { timeline: { limit: 50 } } }),
        await sync(bob, before),
      ]
      expect(JSON.stringify(shown)).not.toContain("regretted")
      const one = await bob.ask<ClientEvent>("GET", room(roomId, `/event/${event(said)}`))
      expect(one.content).toEqual({})
      expect(one.unsigned["redacted_because"]).toMatchObject({
        event_id: first.body["event_id"],
        type: "m.room.redaction",
        content: { reason: "sorry", redacts: said },
      })
    }
    await check()
    await server.restart()
    await check()
    // The state is no longer what it was, so setting it again is a change.
    const again = await alice.setState(roomId, "m.room.topic", { topic: "regretted topic" })
    expect(again).not.toBe(topic.event_id)
  })

  it("lets a redacted state be set again", async () => {
    const roomId = await alice.createRoom()
    const first = await alice.setState(roomId, "m.room.topic", { topic: "x" })
    await alice.ask("PUT", room(roomId, `/redact/${event(first)}/t`), {})
    expect(await alice.ask("GET", room(roomId, "/state/m.room.topic"))).toEqual({})
    expect(await alice.setState(roomId, "m.room.topic", { topic: "x" })).not.toBe(first)
    expect(await alice.ask("GET", room(roomId, "/state/m.room.topic"))).toEqual({ topic: "x" })
  })
})

describe("receipts", () => {
  it("move forward only, and private ones stay private", async () => {
    const roomId = await alice.createRoom({ invite: [bob.userId] })
    await bob.join(roomId)
    const first = await alice.say(roomId, "1")
    const second = await alice.say(roomId, "2")
    const unread = async () => (await sync(bob)).rooms.join[roomId]!.unread_notifications.notification_count
    const read = (type: string, eventId: string, body = {}) =>
      bob.call("POST", room(roomId, `/receipt/${type}/${event(eventId)}`), body)
    expect(await unread()).toBe(2)
    expect((await read("m.read.private", first)).status).toBe(200)
    expect(await unread()).toBe(1)
    expect((await read("m.read", second)).status).toBe(200)
    expect((await read("m.read", first)).status).toBe(200)
    expect(await unread()).toBe(0)
    const receipts = async (user: User) =>
      (await sync(user)).rooms.join[roomId]!.ephemeral.events.find((one) => one.type === "m.receipt")?.content
    expect(await receipts(alice)).toEqual({ [second]: { "m.read": { [bob.userId]: { ts: expect.any(Number) } } } })
    expect(await receipts(bob)).toMatchObject({ [first]: { "m.read.private": { [bob.userId]: {} } } })

    expect((await read("m.read", second, { thread_id: "main" })).status).toBe(200)
    for (const [type, body] of [
      ["m.read", { thread_id: "" }],
      ["m.read", { thread_id: "x" }],
      ["m.fully_read", { thread_id: "main" }],
    ] as const) {
      expect((await read(type, second, body)).body["errcode"]).toBe("M_INVALID_PARAM")
    }
    expect((await read("m.read", "$unknown")).status).toBe(404)
    expect((await read("m.unknown", second)).status).toBe(400)
  })

  it("count threads apart where that is asked for", async () => {
    const roomId = await alice.createRoom({ invite: [bob.userId] })
    await bob.join(roomId)
    const root = await alice.say(roomId, "root")
    const relation = { "m.relates_to": { rel_type: "m.thread", event_id: root } }
    const reply = await alice.send(roomId, { msgtype: "m.text", body: "reply", ...relation })
    const main = await alice.say(roomId, "main")
    const together = async () => (await sync(bob)).rooms.join[roomId]!.unread_notifications.notification_count
    const apart = async () => {
      const joined = (await sync(bob, undefined, { room: { timeline: { unread_thread_notifications: true } } })).rooms
        .join[roomId]!
      return [joined.unread_notifications.notification_count, joined.unread_thread_notifications]
    }
    const read = (eventId: string, threadId: string) =>
      bob.ask("POST", room(roomId, `/receipt/m.read/${event(eventId)}`), { thread_id: threadId })
    const inThread = { [root]: { notification_count: 1, highlight_count: 0 } }
    expect([await together(), await apart()]).toEqual([3, [2, inThread]])
    await read(main, "main")
    expect([await together(), await apart()]).toEqual([1, [0, inThread]])
    await read(reply, root)
    expect([await together(), await apart()]).toEqual([0, [0, {}]])
    await alice.say(roomId, "one more")
    expect([await together(), await apart()]).toEqual([1, [1, {}]])
  })

  it("are not needed by someone who answers", async () => {
    const roomId = await alice.createRoom({ invite: [bob.userId] })
    await bob.join(roomId)
    const root = await alice.say(roomId, "root")
    const relation = { "m.relates_to": { rel_type: "m.thread", event_id: root } }
    await alice.send(roomId, { msgtype: "m.text", body: "in a thread", ...relation })
    const apart = async () => {
      const joined = (await sync(bob, undefined, { room: { timeline: { unread_thread_notifications: true } } })).rooms
        .join[roomId]!
      return [joined.unread_notifications.notification_count, joined.unread_thread_notifications]
    }
    const inThread = { [root]: { notification_count: 1, highlight_count: 0 } }
    expect(await apart()).toEqual([1, inThread])
    await bob.ask("PUT", `/v3/profile/${encodeURIComponent(bob.userId)}/displayname`, {
      displayname: "B",
    })
    expect(await apart()).toEqual([1, inThread]) // a new name is no answer
    await bob.say(roomId, "answer")
    expect(await apart()).toEqual([0, inThread])
    await alice.say(roomId, "one more")
    expect(await apart()).toEqual([1, inThread])
    await bob.send(roomId, { msgtype: "m.text", body: "answer", ...relation })
    expect(await apart()).toEqual([1, {}])
  })

  it("never go back, however they race", async () => {
    const roomId = await alice.createRoom({ invite: [bob.userId] })
    await bob.join(roomId)
    const ids: Array<string> = []
    for (let n = 0; n < 8; n++) ids.push(await alice.say(roomId, `${n}`))
    const all = ids.toReversed().map((id) => bob.ask("POST", room(roomId, `/receipt/m.read/${event(id)}`), {}))
    await Promise.all(all)
    const receipts = async () =>
      (await sync(alice)).rooms.join[roomId]!.ephemeral.events.find((one) => one.type === "m.receipt")?.content
    const expected = { [ids.at(-1)!]: { "m.read": { [bob.userId]: { ts: expect.any(Number) } } } }
    expect(await receipts()).toEqual(expected)
    await server.restart()
    expect(await receipts()).toEqual(expected)
  })

  it("keep a fully read marker, which moves forward only, too", async () => {
    const roomId = await alice.createRoom()
    const first = await alice.say(roomId, "1")
    const second = await alice.say(roomId, "2")
    const marker = () =>
      alice.ask(
        "GET",
        `/v3/user/${encodeURIComponent(alice.userId)}/rooms/${encodeURIComponent(roomId)}/account_data/m.fully_read`,
      )
    await alice.ask("POST", room(roomId, "/read_markers"), { "m.fully_read": second, "m.read": second })
    await alice.ask("POST", room(roomId, "/read_markers"), { "m.fully_read": first })
    expect(await marker()).toEqual({ event_id: second })
    expect((await alice.call("POST", room(roomId, "/read_markers"), { "m.fully_read": "$x" })).status).toBe(404)
  })
})

describe("typing", () => {
  it("is told to the others, by oneself only", async () => {
    const roomId = await alice.createRoom({ invite: [bob.userId] })
    await bob.join(roomId)
    const { next_batch: since } = await sync(alice)
    const path = room(roomId, `/typing/${encodeURIComponent(bob.userId)}`)
    expect((await alice.call("PUT", path, { typing: true })).status).toBe(403)
    await bob.ask("PUT", path, { typing: true, timeout: 20_000 })
    const typing = async () =>
      (await sync(alice, since)).rooms.join[roomId]?.ephemeral.events.find((one) => one.type === "m.typing")?.content[
        "user_ids"
      ]
    expect(await typing()).toEqual([bob.userId])
    await bob.ask("PUT", path, { typing: false })
    expect(await typing()).toEqual([])
  })
})

describe("relations", () => {
  it("are found, paged, and bundled: edits, threads, references", async () => {
    const roomId = await alice.createRoom({ invite: [bob.userId] })
    await bob.join(roomId)
    const root = await alice.say(roomId, "root")
    const about = (relType: string, eventId: string) => ({ "m.relates_to": { rel_type: relType, event_id: eventId } })
    const text = (body: string) => ({ msgtype: "m.text", body })
    const edit = (target: string, body: string) => ({
      ...text(`* ${body}`),
      "m.new_content": text(body),
      ...about("m.replace", target),
    })
    await bob.send(roomId, edit(root, "forged"))
    await alice.send(roomId, edit(root, "first edit"))
    const last = await alice.send(roomId, edit(root, "second edit"))
    const reply = await bob.send(roomId, { ...text("reply"), ...about("m.thread", root) })
    const latest = await bob.send(roomId, { ...text("later reply"), ...about("m.thread", root) })
    const latestEdit = await bob.send(roomId, edit(latest, "edited reply"))
    const reaction = await bob.send(
      roomId,
      { "m.relates_to": { rel_type: "m.annotation", event_id: root, key: "+" } },
      "m.reaction",
    )
    const reference = await bob.send(roomId, about("m.reference", root), "com.example.note")

    const check = (shown: ClientEvent) => {
      const relations = shown.unsigned["m.relations"]!
      expect(relations["m.replace"].event_id).toBe(last)
      expect(relations["m.thread"]).toMatchObject({ count: 2, current_user_participated: true })
      expect(relations["m.thread"].latest_event.event_id).toBe(latest)
      expect(relations["m.thread"].latest_event.unsigned["m.relations"]?.["m.replace"].event_id).toBe(latestEdit)
      expect(relations["m.reference"]).toEqual({ chunk: [{ event_id: reference }] })
      expect(relations["m.annotation"]).toBeUndefined()
    }
    const isRoot = ({ event_id }: ClientEvent) => event_id === root
    check(await alice.ask("GET", room(roomId, `/event/${event(root)}`)))
    check((await messages(alice, roomId, "dir=b&limit=50")).chunk.find(isRoot)!)
    const whole = await sync(alice, undefined, { room: { timeline: { limit: 50 } } })
    check(whole.rooms.join[roomId]!.timeline.events.find(isRoot)!)
    check((await alice.ask<Context>("GET", room(roomId, `/context/${event(root)}`))).event)
    check((await alice.ask<Page>("GET", room(roomId, "/threads", "v1"))).chunk[0]!)

    const relating = async (path: string) =>
      (await alice.ask<Page>("GET", room(roomId, `/relations/${event(root)}${path}`, "v1"))).chunk.map(
        (one) => one.event_id,
      )
    expect(await relating("/m.thread")).toEqual([latest, reply])
    expect(await relating("/m.thread?dir=f")).toEqual([reply, latest])
    expect(await relating("/m.annotation/m.reaction")).toEqual([reaction])
    expect(await relating("/m.annotation/m.other")).toEqual([])
    expect(await relating("?limit=2")).toEqual([reference, reaction])
    expect(await relating("")).not.toContain(latestEdit)
    expect(await relating("?recurse=true")).toContain(latestEdit)
    const first = await alice.ask<Page>("GET", room(roomId, `/relations/${event(root)}/m.thread?limit=1`, "v1"))
    expect(await relating(`/m.thread?limit=1&from=${first.next_batch}`)).toEqual([reply])

    await alice.ask("PUT", room(roomId, `/redact/${event(last)}/t`), {})
    const after = await alice.ask<ClientEvent>("GET", room(roomId, `/event/${event(root)}`))
    expect(after.unsigned["m.relations"]?.["m.replace"].content["body"]).toBe("* first edit")
    expect(await relating("/m.replace")).not.toContain(last)
  })

  it("are refused where they make no sense, and given once", async () => {
    const roomId = await alice.createRoom()
    const root = await alice.say(roomId, "root")
    const thread = (eventId: string) => ({ body: "x", "m.relates_to": { rel_type: "m.thread", event_id: eventId } })
    const reply = await alice.send(roomId, thread(root))
    const put = (type: string, txnId: string, content: object) =>
      alice.call("PUT", room(roomId, `/send/${type}/${txnId}`), content)
    const nested = await put("m.room.message", "t1", thread(reply))
    expect([nested.status, nested.body["errcode"]]).toEqual([400, "M_UNKNOWN"])
    const like = (key: string) => ({ "m.relates_to": { rel_type: "m.annotation", event_id: root, key } })
    const first = await put("m.reaction", "t2", like("+"))
    expect(await put("m.reaction", "t2", like("+"))).toEqual(first)
    const again = await put("m.reaction", "t3", like("+"))
    expect([again.status, again.body["errcode"]]).toEqual([400, "M_DUPLICATE_ANNOTATION"])
    expect((await put("m.reaction", "t4", like("-"))).status).toBe(200)
    await alice.ask("PUT", room(roomId, `/redact/${event(String(first.body["event_id"]))}/t`), {})
    expect((await put("m.reaction", "t5", like("+"))).status).toBe(200)
  })

  it("bear whatever text people write", async () => {
    const roomId = await alice.createRoom()
    const odd = '\u0000 \u2028 "quoted" 𝒳'
    const root = await alice.say(roomId, odd)
    const content = { msgtype: "m.text", body: odd }
    const relation = { rel_type: "m.replace", event_id: root, odd }
    await alice.send(roomId, { ...content, "m.new_content": content, "m.relates_to": relation })
    await alice.send(roomId, { "m.relates_to": { rel_type: "m.annotation", event_id: root, key: odd } }, "m.reaction")
    await alice.send(roomId, { "m.relates_to": { rel_type: odd, event_id: root } }, "com.example")
    for (const topic of [`${odd}1`, `${odd}2`]) await alice.setState(roomId, "m.room.topic", { topic })
    const page = await messages(alice, roomId, "dir=b&limit=50")
    expect(page.chunk[0]).toMatchObject({
      content: { topic: `${odd}2` },
      unsigned: { prev_content: { topic: `${odd}1` } },
    })
    const shown = page.chunk.find(({ event_id }) => event_id === root)
    expect(shown?.unsigned["m.relations"]?.["m.replace"].content).toMatchObject(content)
    const related = await alice.ask<Page>("GET", room(roomId, `/relations/${event(root)}`, "v1"))
    expect(related.chunk.map(({ type }) => type)).toEqual(["m.reaction", "m.room.message"])
  })

  it("lists threads by their latest reply, all or one's own", async () => {
    const roomId = await alice.createRoom({ invite: [bob.userId] })
    await bob.join(roomId)
    const hers = await alice.say(roomId, "hers")
    const his = await bob.say(roomId, "his")
    const reply = (user: User, root: string) =>
      user.send(roomId, { body: "reply", msgtype: "m.text", "m.relates_to": { rel_type: "m.thread", event_id: root } })
    await reply(bob, his)
    await reply(bob, hers)
    const threads = async (user: User, query: string) => {
      const page = await user.ask<Page>("GET", room(roomId, `/threads?${query}`, "v1"))
      return { ids: page.chunk.map((one) => one.event_id), next: page.next_batch }
    }
    expect((await threads(alice, "")).ids).toEqual([hers, his])
    expect((await threads(alice, "include=participated")).ids).toEqual([hers])
    const first = await threads(alice, "limit=1")
    expect(first.ids).toEqual([hers])
    expect(await threads(alice, `limit=1&from=${first.next}`)).toEqual({ ids: [his], next: undefined })
  })
})

describe("the directory", () => {
  it("gives aliases to those who may", async () => {
    const roomId = await alice.createRoom({ invite: [bob.userId] })
    await bob.join(roomId)
    const alias = "/v3/directory/room/%23office:test.example"
    expect((await bob.call("PUT", "/v3/directory/room/%23x:elsewhere.example", { room_id: roomId })).status).toBe(400)
    expect((await alice.call("PUT", alias, { room_id: roomId })).status).toBe(200)
    const taken = await alice.call("PUT", alias, { room_id: roomId })
    expect([taken.status, taken.body["errcode"]]).toEqual([409, "M_UNKNOWN"])
    expect(await eve.ask("GET", alias)).toEqual({ room_id: roomId, servers: ["test.example"] })
    expect(await bob.ask("GET", room(roomId, "/aliases"))).toEqual({ aliases: ["#office:test.example"] })
    expect((await bob.call("DELETE", alias)).status).toBe(403)
    expect((await alice.call("DELETE", alias)).status).toBe(200)
    expect((await alice.call("GET", alias)).status).toBe(404)
  })

  it("lists published rooms, largest first, by words and in pages", async () => {
    const small = await alice.createRoom({ name: "Listed one", visibility: "public" })
    const large = await alice.createRoom({ name: "Listed two", preset: "public_chat", visibility: "public" })
    await alice.createRoom({ name: "Listed never", preset: "public_chat" })
    await bob.join(large)
    const search = (body: object) =>
      eve.ask<Listed>("POST", "/v3/publicRooms", { filter: { generic_search_term: "listed" }, ...body })
    const all = await search({})
    expect(all.chunk.map((one) => [one.room_id, one.num_joined_members])).toEqual([
      [large, 2],
      [small, 1],
    ])
    const first = await search({ limit: 1 })
    const second = await search({ limit: 1, since: first.next_batch })
    expect([first, second].map((page) => page.chunk[0]?.room_id)).toEqual([large, small])
    expect(second.next_batch).toBeUndefined()
    expect((await search({ filter: { room_types: ["m.space"] } })).chunk).toEqual([])
    const anonymous = await request(server.base, "GET", "/_matrix/client/v3/publicRooms")
    expect(anonymous.status).toBe(200)

    const listed = `/v3/directory/list/room/${encodeURIComponent(small)}`
    expect(await eve.ask("GET", listed)).toEqual({ visibility: "public" })
    expect((await bob.call("PUT", listed, { visibility: "private" })).status).toBe(403)
    await alice.ask("PUT", listed, { visibility: "private" })
    expect((await search({})).chunk.map((one) => one.room_id)).toEqual([large])
    expect(await alice.ask("GET", listed)).toEqual({ visibility: "private" })
  })
})

describe("an upgrade", () => {
  it.each([
    ["11", "12"],
    ["12", "11"],
    ["6", "10"],
    ["12", "12"],
  ])("from version %s to %s takes the room's settings along", async (from, to) => {
    const roomId = await alice.createRoom({
      room_version: from,
      name: "Old",
      room_alias_name: `upgrade${from}to${to}`,
      invite: [bob.userId],
      power_level_content_override: { events_default: 7 },
    })
    await bob.join(roomId)
    await act(alice, roomId, "ban", eve)
    expect((await bob.call("POST", room(roomId, "/upgrade"), { new_version: to })).status).toBe(403)
    const unknown = await alice.call("POST", room(roomId, "/upgrade"), { new_version: "none" })
    expect(unknown.body["errcode"]).toBe("M_UNSUPPORTED_ROOM_VERSION")
    const { replacement_room: fresh } = await alice.ask<{ replacement_room: string }>(
      "POST",
      room(roomId, "/upgrade"),
      { new_version: to },
    )

    const state = (id: string, type: string) => alice.ask("GET", room(id, `/state/${type}`))
    expect(await state(fresh, "m.room.create")).toMatchObject({ room_version: to, predecessor: { room_id: roomId } })
    expect(await state(fresh, "m.room.name")).toEqual({ name: "Old" })
    expect(await state(fresh, "m.room.power_levels")).toMatchObject({ events_default: 7 })
    expect(await ownMember(alice, fresh, eve)).toBe("ban")
    expect(await state(roomId, "m.room.tombstone")).toMatchObject({ replacement_room: fresh })
    expect(await state(roomId, "m.room.power_levels")).toMatchObject({ events_default: 50, invite: 50 })
    const alias = `%23upgrade${from}to${to}:test.example`
    expect((await alice.ask("GET", `/v3/directory/room/${alias}`))["room_id"]).toBe(fresh)
    // Whoever upgraded keeps their power.
    await alice.setState(fresh, "m.room.power_levels", await state(fresh, "m.room.power_levels"))
    await alice.setState(fresh, "m.room.history_visibility", { history_visibility: "joined" })
  })
})
