/** What each field of a filter leaves of a sync. Spec: client-server API, "Filtering". */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Server, startServer } from "../support/server.ts"
import { registerUser, type User } from "../support/user.ts"

let server: Server
let alice: User
let bob: User
let roomId: string
let otherId: string

beforeAll(async () => {
  server = await startServer()
  ;[alice, bob] = [await registerUser(server, "alice"), await registerUser(server, "bob")]
  roomId = await alice.createRoom({ preset: "public_chat", name: "One" })
  otherId = await alice.createRoom({ name: "Two" })
  await bob.join(roomId)
  const said = await bob.say(roomId, "from bob")
  await alice.send(roomId, { msgtype: "m.image", body: "a picture", url: "mxc://test.example/a", info: { w: 1, h: 2 } })
  await alice.send(roomId, { note: "hidden" }, "org.example.note")
  await alice.ask("POST", `/v3/rooms/${roomId}/receipt/m.read/${said}`, {})
  await alice.ask("PUT", `/v3/rooms/${roomId}/typing/${alice.userId}`, { typing: true, timeout: 60_000 })
  await alice.ask("PUT", `/v3/user/${alice.userId}/rooms/${roomId}/tags/m.favourite`, {})
  await alice.ask("PUT", `/v3/user/${alice.userId}/account_data/org.example.mine`, {})
  await bob.ask("PUT", `/v3/presence/${bob.userId}/status`, { presence: "online", status_msg: "here" })
})
afterAll(() => server.stop())

interface Event {
  readonly type: string
  readonly sender: string
  readonly content?: { readonly body?: string; readonly note?: string }
}
type Section = { readonly events: ReadonlyArray<Event> }
interface Answer {
  readonly rooms: {
    readonly join: Readonly<Record<string, Record<"timeline" | "state" | "ephemeral" | "account_data", Section>>>
  }
  readonly presence: Section
  readonly account_data: Section
}

const sync = (filter: object) =>
  alice.ask<Answer>("GET", `/v3/sync?filter=${encodeURIComponent(JSON.stringify(filter))}`)
const inRoom = async (filter: object) => (await sync({ room: filter })).rooms.join[roomId]!
const types = ({ events }: Section) => events.map(({ type }) => type)

describe("a timeline", () => {
  const timeline = async (filter: object) => (await inRoom({ timeline: { limit: 50, ...filter } })).timeline.events

  it.each<[string, () => object, () => ReadonlyArray<string>]>([
    ["types", () => ({ types: ["m.room.message"] }), () => ["from bob", "a picture"]],
    ["types with a wildcard", () => ({ types: ["org.*"] }), () => ["hidden"]],
    ["types left out", () => ({ not_types: ["m.room.*", "com.*"] }), () => ["hidden"]],
    ["senders", () => ({ types: ["*.message"], senders: [bob.userId] }), () => ["from bob"]],
    ["senders left out", () => ({ types: ["m.room.message"], not_senders: [bob.userId] }), () => ["a picture"]],
    ["a url", () => ({ contains_url: true }), () => ["a picture"]],
    ["no url", () => ({ contains_url: false, types: ["m.room.message"] }), () => ["from bob"]],
    ["another room", () => ({ rooms: [otherId] }), () => []],
    ["rooms left out", () => ({ not_rooms: [roomId] }), () => []],
    ["its room", () => ({ types: ["m.room.message"], rooms: [roomId] }), () => ["from bob", "a picture"]],
    ["a limit", () => ({ limit: 1 }), () => ["hidden"]],
    ["no event at all", () => ({ limit: 0 }), () => []],
  ])("is kept to %s", async (_, filter, expected) => {
    const events = await timeline(filter())
    expect(events.map(({ content }) => content?.body ?? content?.note)).toEqual(expected())
  })
})

describe("the other parts of a sync", () => {
  it("are filtered each for itself", async () => {
    expect(types((await inRoom({ timeline: { limit: 0 }, state: { types: ["m.room.name"] } })).state)).toEqual([
      "m.room.name",
    ])
    expect(types((await inRoom({ ephemeral: { not_types: ["m.typing"] } })).ephemeral)).toEqual(["m.receipt"])
    expect(types((await inRoom({ ephemeral: { types: ["m.typing"] } })).ephemeral)).toEqual(["m.typing"])
    expect(types((await inRoom({ ephemeral: { not_rooms: [roomId] } })).ephemeral)).toEqual([])
    expect(types((await inRoom({ account_data: { types: ["m.tag"] } })).account_data)).toEqual(["m.tag"])
    expect(types((await inRoom({ account_data: { not_types: ["m.*"] } })).account_data)).toEqual([])
    expect(types((await sync({ account_data: { types: ["org.*"] } })).account_data)).toEqual(["org.example.mine"])
    const present = async (presence: object) =>
      (await sync({ presence })).presence.events.map(({ sender }) => sender).sort()
    expect(await present({ senders: [bob.userId] })).toEqual([bob.userId])
    expect(await present({ types: [] })).toEqual([])
  })

  it("are only of the rooms that are wanted", async () => {
    const rooms = async (room: object) => Object.keys((await sync({ room })).rooms.join).sort()
    expect(await rooms({})).toEqual([otherId, roomId].sort())
    expect(await rooms({ rooms: [roomId] })).toEqual([roomId])
    expect(await rooms({ not_rooms: [roomId] })).toEqual([otherId])
    expect(await rooms({ rooms: [roomId], not_rooms: [roomId] })).toEqual([])
    expect(await rooms({ rooms: [] })).toEqual([])
  })

  it("have the fields of events that are wanted", async () => {
    const room = { rooms: [roomId], timeline: { types: ["m.room.message"] }, state: { types: ["m.room.name"] } }
    const { rooms } = await sync({ room, event_fields: ["type", "content.body", "content.info.w"] })
    expect(rooms.join[roomId]!.timeline.events).toEqual([
      { type: "m.room.message", content: { body: "from bob" } },
      { type: "m.room.message", content: { body: "a picture", info: { w: 1 } } },
    ])
    expect(rooms.join[roomId]!.state.events).toEqual([{ type: "m.room.name" }])
  })
})
