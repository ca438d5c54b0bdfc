/** Which state a classic sync tells, for rooms that somebody is in, comes into and leaves. Spec: "Syncing". */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Server, startServer } from "../support/server.ts"
import { registerUser, type User } from "../support/user.ts"

let server: Server
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

interface StateEvent {
  readonly type: string
  readonly sender: string
  readonly state_key?: string
  readonly content: { readonly body?: string; readonly name?: string; readonly membership?: string }
}
interface Section {
  readonly events: ReadonlyArray<StateEvent>
}
interface Room {
  readonly ephemeral?: { readonly events: ReadonlyArray<{ readonly type: string; readonly content: object }> }
  readonly unread_notifications?: object
  readonly unread_thread_notifications?: object
  readonly summary?: { readonly "m.heroes"?: ReadonlyArray<string> }
  readonly timeline: Section & { readonly limited: boolean; readonly prev_batch: string }
  readonly state?: Section
  readonly state_after?: Section
  readonly account_data?: Section
}
interface Rooms {
  readonly [roomId: string]: Room
}
interface Answer {
  readonly next_batch: string
  readonly rooms: { readonly join: Rooms; readonly leave: Rooms; readonly invite: Rooms }
}

const sync = (
  user: User,
  query: { since?: string; filter?: object; after?: boolean; full?: boolean; timeout?: number },
) => {
  const parameters = new URLSearchParams({ timeout: String(query.timeout ?? 0) })
  if (query.since !== undefined) parameters.set("since", query.since)
  if (query.filter !== undefined) parameters.set("filter", JSON.stringify(query.filter))
  if (query.after === true) parameters.set("use_state_after", "true")
  if (query.full === true) parameters.set("full_state", "true")
  return user.ask<Answer>("GET", `/v3/sync?${parameters}`)
}

const bodies = (room: Room | undefined) =>
  room?.timeline.events.flatMap(({ content: { body } }) => (body === undefined ? [] : [body]))
const stateOf = (room: Room | undefined) => (room?.state ?? room?.state_after)?.events ?? []
const names = (room: Room | undefined) =>
  stateOf(room).flatMap(({ type, content }) => (type === "m.room.name" ? [content.name] : []))
const members = (room: Room | undefined) =>
  stateOf(room)
    .flatMap(({ type, state_key }) => (type === "m.room.member" ? [state_key] : []))
    .sort()

const pair = async (name: string) => {
  const [alice, bob] = [await registerUser(server, `${name}-alice`), await registerUser(server, `${name}-bob`)]
  const roomId = await alice.createRoom({ name: "before", invite: [bob.userId] })
  await bob.join(roomId)
  return { alice, bob, roomId }
}
const limit = (events: number, more: object = {}) => ({ room: { timeline: { limit: events }, ...more } })

describe("a room that one is in", () => {
  it("is told whole with full_state, at once, its timeline only as far as it is new", async () => {
    const { alice, bob, roomId } = await pair("full")
    await alice.say(roomId, "old")
    const { next_batch: since } = await sync(bob, {})
    const quiet = await sync(bob, { since, full: true, timeout: 30_000 })
    expect(bodies(quiet.rooms.join[roomId])).toEqual([])
    expect(names(quiet.rooms.join[roomId])).toEqual(["before"])
    await alice.say(roomId, "new")
    const after = await sync(bob, { since, full: true, after: true })
    expect(bodies(after.rooms.join[roomId])).toEqual(["new"])
    expect(members(after.rooms.join[roomId])).toEqual([alice.userId, bob.userId].sort())
  })

  it("tells the state before a timeline with a gap, also of what the timeline changes again", async () => {
    const { alice, bob, roomId } = await pair("gap")
    const { next_batch: since } = await sync(bob, {})
    await alice.setState(roomId, "m.room.name", { name: "in the gap" })
    await alice.say(roomId, "hello")
    await alice.setState(roomId, "m.room.name", { name: "in the timeline" })
    const { join } = (await sync(bob, { since, filter: limit(2) })).rooms
    expect(join[roomId]!.timeline.limited).toBe(true)
    expect(names(join[roomId])).toEqual(["in the gap"])
    const after = await sync(bob, { since, filter: limit(2), after: true })
    expect(names(after.rooms.join[roomId])).toEqual(["in the timeline"])
  })

  it("tells the state after a timeline that the filter keeps state out of", async () => {
    const { alice, bob, roomId } = await pair("hidden")
    const { next_batch: since } = await sync(bob, {})
    await alice.setState(roomId, "m.room.name", { name: "changed" })
    const filter = { room: { timeline: { types: ["m.room.message"] } } }
    expect(names((await sync(bob, { since, filter, after: true })).rooms.join[roomId])).toEqual(["changed"])
  })

  it("pages back from a timeline without events to all that is new", async () => {
    const { alice, bob, roomId } = await pair("none")
    const { next_batch: since } = await sync(bob, {})
    await alice.say(roomId, "first")
    await alice.say(roomId, "second")
    const room = (await sync(bob, { since, filter: limit(0) })).rooms.join[roomId]!
    expect(room.timeline).toMatchObject({ events: [], limited: true })
    const query = new URLSearchParams({ dir: "b", from: room.timeline.prev_batch, limit: "2" })
    const page = await bob.ask<{ chunk: Section["events"] }>("GET", `/v3/rooms/${roomId}/messages?${query}`)
    expect(page.chunk.map(({ content }) => content.body)).toEqual(["second", "first"])
  })

  it("keeps to the rooms that each part of a filter names", async () => {
    const { alice, bob, roomId } = await pair("parts")
    const other = await alice.createRoom({ invite: [bob.userId] })
    await bob.join(other)
    for (const room of [roomId, other]) await alice.say(room, "hello")
    const filter = { room: { timeline: { not_rooms: [other] } } }
    const { join } = (await sync(bob, { filter })).rooms
    expect(bodies(join[roomId])).toEqual(["hello"])
    expect(bodies(join[other])).toEqual([])
  })

  it("loads members lazily, again where the answer may not have arrived", async () => {
    const { alice, bob, roomId } = await pair("lazy")
    const filter = limit(1, { state: { lazy_load_members: true } })
    await bob.say(roomId, "mine")
    const first = await sync(bob, { filter })
    expect(members(first.rooms.join[roomId])).toEqual([bob.userId])
    await alice.say(roomId, "hers")
    const second = await sync(bob, { filter, since: first.next_batch })
    expect(members(second.rooms.join[roomId])).toEqual([alice.userId])
    expect(members((await sync(bob, { filter, since: first.next_batch })).rooms.join[roomId])).toEqual([alice.userId])
    await alice.say(roomId, "hers again")
    expect(members((await sync(bob, { filter, since: second.next_batch })).rooms.join[roomId])).toEqual([])
  })
})

describe("what is beside the state", () => {
  it("tells receipts of one user in several threads, each on its own", async () => {
    const { alice, bob, roomId } = await pair("receipts")
    const eventId = await alice.say(roomId, "read me twice")
    const path = `/v3/rooms/${roomId}/receipt/m.read/${eventId}`
    await alice.ask("POST", path, { thread_id: "main" })
    await alice.ask("POST", path, {})
    const receipts = (await sync(bob, {})).rooms.join[roomId]!.ephemeral!.events.filter(
      ({ type }) => type === "m.receipt",
    )
    const threads = receipts.map(({ content }) => {
      const ofEvent = (content as { [id: string]: { "m.read": { [userId: string]: { thread_id?: string } } } })[eventId]
      return ofEvent!["m.read"][alice.userId]!.thread_id
    })
    expect(threads.sort()).toEqual(["main", undefined])
  })

  it("counts what is about an event of a thread in the thread", async () => {
    const { alice, bob, roomId } = await pair("threads")
    const root = await bob.say(roomId, "root")
    const inThread = { rel_type: "m.thread", event_id: root }
    const poll = await alice.send(roomId, { msgtype: "m.text", body: "poll", "m.relates_to": inThread })
    const about = { rel_type: "m.reference", event_id: poll }
    await alice.send(roomId, { algorithm: "m.megolm.v1.aes-sha2", "m.relates_to": about }, "m.room.encrypted")
    const filter = { room: { timeline: { unread_thread_notifications: true } } }
    const count = async () => {
      const room = (await sync(bob, { filter })).rooms.join[roomId]!
      return [room.unread_notifications, room.unread_thread_notifications]
    }
    const nothing = { notification_count: 0, highlight_count: 0 }
    expect(await count()).toEqual([nothing, { [root]: { notification_count: 2, highlight_count: 0 } }])
    await bob.ask("POST", `/v3/rooms/${roomId}/receipt/m.read/${poll}`, { thread_id: root })
    expect(await count()).toEqual([nothing, { [root]: { notification_count: 1, highlight_count: 0 } }])
  })

  it("names those to call a room after whose name was taken away", async () => {
    const { alice, bob, roomId } = await pair("heroes")
    expect((await sync(bob, {})).rooms.join[roomId]!.summary).not.toHaveProperty("m.heroes")
    await alice.setState(roomId, "m.room.name", { name: "" })
    expect((await sync(bob, {})).rooms.join[roomId]!.summary!["m.heroes"]).toEqual([alice.userId])
  })

  it("pages through what others are about", async () => {
    const { alice, bob, roomId } = await pair("about")
    const [root, liked] = [await alice.say(roomId, "root"), await alice.say(roomId, "liked")]
    await alice.say(roomId, "neither")
    await bob.send(roomId, {
      msgtype: "m.text",
      body: "reply",
      "m.relates_to": { rel_type: "m.thread", event_id: root },
    })
    const like = { rel_type: "m.annotation", event_id: liked, key: "+1" }
    await alice.send(roomId, { "m.relates_to": like }, "m.reaction")
    const page = async (filter: object) => {
      const query = new URLSearchParams({ dir: "b", limit: "50", filter: JSON.stringify(filter) })
      const { chunk } = await alice.ask<{ chunk: ReadonlyArray<{ event_id: string }> }>(
        "GET",
        `/v3/rooms/${roomId}/messages?${query}`,
      )
      return chunk.map(({ event_id: id }) => id)
    }
    expect(await page({ related_by_rel_types: ["m.thread"] })).toEqual([root])
    expect(await page({ related_by_senders: [alice.userId] })).toEqual([liked])
    expect(await page({ related_by_rel_types: ["m.thread"], related_by_senders: [alice.userId] })).toEqual([])
    expect(await page({ related_by_senders: [alice.userId, bob.userId] })).toEqual([liked, root])
  })

  it("lists members of a kind, or not of another", async () => {
    const { alice, bob, roomId } = await pair("kinds")
    const carol = await registerUser(server, "kinds-carol")
    await alice.ask("POST", `/v3/rooms/${roomId}/invite`, { user_id: carol.userId })
    await bob.ask("POST", `/v3/rooms/${roomId}/leave`, {})
    const list = async (query: string) => {
      const { chunk } = await alice.ask<{ chunk: ReadonlyArray<{ state_key: string }> }>(
        "GET",
        `/v3/rooms/${roomId}/members?${query}`,
      )
      return chunk.map(({ state_key: member }) => member).sort()
    }
    expect(await list("membership=join")).toEqual([alice.userId])
    expect(await list("not_membership=leave")).toEqual([alice.userId, carol.userId].sort())
    expect(await list("membership=leave&not_membership=invite")).toEqual([alice.userId, bob.userId].sort())
  })
})

describe("a room that one was put out of", () => {
  it("is told of once more when one may come back", async () => {
    const { alice, bob, roomId } = await pair("unbanned")
    await alice.ask("POST", `/v3/rooms/${roomId}/ban`, { user_id: bob.userId })
    const { next_batch: since } = await sync(bob, {})
    await alice.ask("POST", `/v3/rooms/${roomId}/unban`, { user_id: bob.userId })
    for (const after of [false, true]) {
      const room = (await sync(bob, { since, after })).rooms.leave[roomId]
      const told = [...room!.timeline.events, ...stateOf(room)].filter(({ state_key: member }) => member === bob.userId)
      expect(told).toMatchObject([{ content: { membership: "leave" } }])
    }
  })

  it("is told as it was then, whoever asks for it and in whichever section", async () => {
    const { alice, bob, roomId } = await pair("kicked")
    await bob.ask("PUT", `/v3/user/${bob.userId}/rooms/${roomId}/tags/u.mine`, {})
    const { next_batch: since } = await sync(bob, {})
    await alice.setState(roomId, "m.room.name", { name: "at the end" })
    await alice.say(roomId, "last words")
    await alice.ask("POST", `/v3/rooms/${roomId}/ban`, { user_id: bob.userId })
    await alice.setState(roomId, "m.room.name", { name: "secret" })
    await alice.say(roomId, "behind his back")

    const seen = async (query: Parameters<typeof sync>[1]) => {
      const { leave, join } = (await sync(bob, query)).rooms
      expect(join).toEqual({})
      expect(JSON.stringify(leave)).not.toMatch(/secret|behind his back/)
      return leave[roomId]
    }
    const news = await seen({ since })
    expect(bodies(news)).toEqual(["last words"])
    expect(news!.timeline.events.at(-1)).toMatchObject({ content: { membership: "ban" } })
    expect(names(await seen({ since, filter: limit(1) }))).toEqual(["at the end"])
    expect(names(await seen({ since, after: true }))).toEqual(["at the end"])
    const filter = limit(1, { include_leave: true })
    const [before, after] = [await seen({ filter }), await seen({ filter, after: true })]
    for (const room of [before, after]) {
      expect(names(room)).toEqual(["at the end"])
      expect(members(room)).toEqual([alice.userId, bob.userId].sort())
      expect(room!.account_data!.events.map(({ type }) => type)).toEqual(["m.tag"])
    }
    const { next_batch: now } = await sync(bob, { since })
    expect(await seen({ since: now })).toBeUndefined()
    expect(await seen({ since: now, full: true })).toBeUndefined()
    expect(names(await seen({ since: now, full: true, filter: { room: { include_leave: true } } }))).toEqual([
      "at the end",
    ])
    expect(await seen({})).toBeUndefined()
    await bob.ask("POST", `/v3/rooms/${roomId}/forget`, {})
    expect(await seen({ filter })).toBeUndefined()
  })

  it("is told whole to who came and went unnoticed", async () => {
    const [alice, bob] = [await registerUser(server, "brief-host"), await registerUser(server, "brief-guest")]
    const roomId = await alice.createRoom({ name: "short", preset: "public_chat" })
    const { next_batch: since } = await sync(bob, {})
    await bob.join(roomId)
    await bob.ask("POST", `/v3/rooms/${roomId}/leave`, {})
    expect(names((await sync(bob, { since, filter: limit(1) })).rooms.leave[roomId])).toEqual(["short"])
  })

  it("tells who declined an invitation only that", async () => {
    const [alice, bob] = [await registerUser(server, "decline-host"), await registerUser(server, "decline-guest")]
    const roomId = await alice.createRoom({ invite: [bob.userId] })
    const { next_batch: since } = await sync(bob, {})
    await alice.setState(roomId, "m.room.topic", { topic: "secret" })
    await bob.ask("POST", `/v3/rooms/${roomId}/leave`, {})
    for (const after of [false, true]) {
      const { leave } = (await sync(bob, { since, after })).rooms
      expect(stateOf(leave[roomId])).toMatchObject([{ state_key: bob.userId, content: { membership: "leave" } }])
      expect(bodies(leave[roomId])).toEqual([])
      expect(JSON.stringify(leave)).not.toContain("secret")
    }
  })
})
