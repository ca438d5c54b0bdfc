/** Finding what was said: by words of every language, in what one may read and nothing else. */
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

interface Result {
  readonly rank: number
  readonly result: { readonly event_id: string; readonly room_id: string }
  readonly context?: {
    readonly events_before: ReadonlyArray<{ readonly event_id: string }>
    readonly events_after: ReadonlyArray<{ readonly event_id: string }>
    readonly profile_info?: object
    readonly start: string
    readonly end: string
  }
}
interface Found {
  readonly count: number
  readonly highlights: ReadonlyArray<string>
  readonly results: ReadonlyArray<Result>
  readonly groups: Readonly<Record<string, Readonly<Record<string, { readonly results: ReadonlyArray<string> }>>>>
  readonly state?: Readonly<Record<string, ReadonlyArray<{ readonly type: string }>>>
  readonly next_batch?: string
}

const find = async (user: User, term: string, criteria: object = {}, next?: string): Promise<Found> => {
  const body = { search_categories: { room_events: { search_term: term, order_by: "recent", ...criteria } } }
  const query = next === undefined ? "" : `?next_batch=${next}`
  const { search_categories: found } = await user.ask<{ search_categories: { room_events: Found } }>(
    "POST",
    `/v3/search${query}`,
    body,
  )
  return found.room_events
}
const ids = ({ results }: Found) => results.map(({ result }) => result.event_id)
const redact = (user: User, roomId: string, eventId: string) =>
  user.ask("PUT", `/v3/rooms/${encodeURIComponent(roomId)}/redact/${encodeURIComponent(eventId)}/r${eventId}`, {})
const edit = (user: User, roomId: string, eventId: string, body: string) =>
  user.send(roomId, {
    msgtype: "m.text",
    body: `* ${body}`,
    "m.new_content": { msgtype: "m.text", body },
    "m.relates_to": { rel_type: "m.replace", event_id: eventId },
  })

describe("a search", () => {
  it("finds words however they are written", async () => {
    const roomId = await alice.createRoom()
    const texts = {
      code: "Please pay INV-1042 today",
      hebrew: "שָׁלוֹם לְכֻלָּם",
      arabic: "ذَهَبَ أَحْمَد إِلَى المَدْرَسَة",
      japanese: "東京都の天気",
      scattered: "京 and 東",
    }
    const sent: Record<string, string> = {}
    for (const [name, text] of Object.entries(texts)) sent[name] = await alice.say(roomId, text)
    for (const [term, name] of [
      ["1042", "code"],
      ["inv-1042", "code"],
      ["pleas", "code"],
      ["שלום", "hebrew"],
      ["احمد", "arabic"],
      ["المدرسه", "arabic"],
      ["京都", "japanese"],
      ["東京", "japanese"],
    ] as const) {
      expect(ids(await find(alice, term)), term).toEqual([sent[name]])
    }
    expect(ids(await find(alice, "104"))).toEqual([])
    expect(ids(await find(alice, "…"))).toEqual([])
    expect((await find(alice, "שלום 1042 ")).results).toEqual([])
    expect((await find(alice, "שלום")).highlights).toEqual(["שָׁלוֹם"])
  })

  it("finds names and topics, each by its key", async () => {
    const roomId = await alice.createRoom({ name: "Zanzibar", topic: "Cloves from Zanzibar" })
    await alice.say(roomId, "Zanzibar it is")
    const types = async (...keys: ReadonlyArray<string>) =>
      (await find(alice, "zanzibar", keys.length === 0 ? {} : { keys })).results.map(
        ({ result }) => (result as unknown as { type: string }).type,
      )
    expect(await types()).toEqual(["m.room.message", "m.room.topic", "m.room.name"])
    expect(await types("content.body")).toEqual(["m.room.message"])
    expect(await types("content.name", "content.topic")).toEqual(["m.room.topic", "m.room.name"])
  })

  it("comes in pages, newest or best first, and everything once", async () => {
    const roomId = await alice.createRoom()
    const more = ["more", "and", "yet", "again", "some", "others"]
    const sent: Array<string> = []
    for (let count = 0; count < 7; count++)
      sent.push(await alice.say(roomId, ["pagination", ...more.slice(0, count)].join(" ")))
    for (const [order, expected] of [
      ["recent", sent.toReversed()],
      ["rank", sent],
    ] as const) {
      const pages: Array<string> = []
      let next: string | undefined
      do {
        const page: Found = await find(alice, "pagination", { order_by: order, filter: { limit: 3 } }, next)
        expect(page.count).toBe(7)
        pages.push(...ids(page))
        next = page.next_batch
      } while (next !== undefined)
      expect(pages, order).toEqual(expected)
    }
    expect(
      (
        await alice.call("POST", "/v3/search?next_batch=x", {
          search_categories: { room_events: { search_term: "x" } },
        })
      ).status,
    ).toBe(400)
  })

  it("brings what stood around, groups, state and profiles", async () => {
    const roomId = await alice.createRoom({ name: "Around" })
    const sent: Array<string> = []
    for (const text of ["one", "two", "surrounded", "four", "five"]) sent.push(await alice.say(roomId, text))
    const found = await find(alice, "surrounded", {
      event_context: { before_limit: 2, after_limit: 1, include_profile: true },
      groupings: { group_by: [{ key: "room_id" }, { key: "sender" }] },
      include_state: true,
    })
    const [{ context, result }] = found.results as unknown as [Required<Result>]
    expect(result).toMatchObject({ event_id: sent[2], room_id: roomId })
    expect(context.events_before.map((event) => event.event_id)).toEqual(sent.slice(0, 2))
    expect(context.events_after.map((event) => event.event_id)).toEqual([sent[3]])
    expect(Object.keys(context.profile_info!)).toEqual([alice.userId])
    expect(found.groups["room_id"]).toEqual({ [roomId]: { order: 0, results: [sent[2]] } })
    expect(found.groups["sender"]).toEqual({ [alice.userId]: { order: 0, results: [sent[2]] } })
    expect(found.state?.[roomId]?.some(({ type }) => type === "m.room.name")).toBe(true)
    const more = await alice.ask<{ chunk: ReadonlyArray<{ event_id: string }> }>(
      "GET",
      `/v3/rooms/${encodeURIComponent(roomId)}/messages?dir=f&from=${context.end}`,
    )
    expect(more.chunk[0]).toMatchObject({ event_id: sent[4] })
  })

  it("goes through filters", async () => {
    const [one, two] = [await alice.createRoom({ preset: "public_chat" }), await alice.createRoom()]
    await bob.join(one)
    const [mine, other, his] = [
      await alice.say(one, "filtered"),
      await alice.say(two, "filtered"),
      await bob.say(one, "filtered"),
    ]
    const by = async (filter: object) => ids(await find(alice, "filtered", { filter }))
    expect(await by({ rooms: [one] })).toEqual([his, mine])
    expect(await by({ not_rooms: [one] })).toEqual([other])
    expect(await by({ senders: [bob.userId] })).toEqual([his])
    expect(await by({ not_senders: [alice.userId] })).toEqual([his])
    expect(await by({ types: ["m.room.name"] })).toEqual([])
    expect(await by({ contains_url: true })).toEqual([])
  })

  it("knows what an edited message says now, and nothing of a redacted one", async () => {
    const roomId = await alice.createRoom()
    const eventId = await alice.say(roomId, "draughty castle")
    const change = await edit(alice, roomId, eventId, "cosy cottage")
    expect(ids(await find(alice, "draughty"))).toEqual([])
    expect(ids(await find(alice, "cottage"))).toEqual([eventId])
    await redact(alice, roomId, change)
    expect(ids(await find(alice, "cottage"))).toEqual([])
    expect(ids(await find(alice, "draughty"))).toEqual([eventId])
    await redact(alice, roomId, eventId)
    expect(await find(alice, "draughty")).toMatchObject({ count: 0, results: [] })
  })

  it("looks into no encrypted room", async () => {
    const roomId = await alice.createRoom()
    await alice.say(roomId, "confidential")
    expect((await find(alice, "confidential")).count).toBe(1)
    await alice.setState(roomId, "m.room.encryption", { algorithm: "m.megolm.v1.aes-sha2" })
    expect((await find(alice, "confidential")).count).toBe(0)
  })

  it("finds what one may read, to the message", async () => {
    const roomId = await alice.createRoom({
      preset: "public_chat",
      initial_state: [{ type: "m.room.history_visibility", content: { history_visibility: "joined" } }],
    })
    const root = await alice.say(roomId, "secretive before")
    await bob.join(roomId)
    const during = await alice.say(roomId, "secretive during")
    await bob.ask("POST", `/v3/rooms/${encodeURIComponent(roomId)}/leave`, {})
    await alice.say(roomId, "secretive after")
    await edit(alice, roomId, during, "otherwise")
    expect(ids(await find(bob, "secretive"))).toEqual([])
    expect(ids(await find(bob, "otherwise"))).toEqual([])
    expect(ids(await find(alice, "secretive"))).toHaveLength(2)
    expect(ids(await find(alice, "before"))).toContain(root)
    const stranger = await registerUser(server, "stranger")
    expect(await find(stranger, "secretive", { filter: { rooms: [roomId] } })).toMatchObject({ count: 0, results: [] })
  })

  it("leaves out what ignored people say", async () => {
    const roomId = await alice.createRoom({ preset: "public_chat" })
    await bob.join(roomId)
    await bob.say(roomId, "ignorable")
    expect((await find(alice, "ignorable")).count).toBe(1)
    const list = { ignored_users: { [bob.userId]: {} } }
    const path = `/v3/user/${encodeURIComponent(alice.userId)}/account_data/m.ignored_user_list`
    await alice.ask("PUT", path, list)
    expect(await find(alice, "ignorable")).toMatchObject({ count: 0, results: [] })
    await alice.ask("PUT", path, { ignored_users: {} })
  })

  it("of a room reaches into those it replaced", async () => {
    const old = await alice.createRoom()
    const eventId = await alice.say(old, "heirloom")
    const { replacement_room: roomId } = await alice.ask<{ replacement_room: string }>(
      "POST",
      `/v3/rooms/${encodeURIComponent(old)}/upgrade`,
      { new_version: "11" },
    )
    expect(ids(await find(alice, "heirloom", { filter: { rooms: [roomId] } }))).toEqual([eventId])
  })

  it("goes on where it was when the server is killed", async () => {
    const roomId = await alice.createRoom()
    const sent: Array<string> = []
    for (let count = 0; count < 20; count++) sent.push(await alice.say(roomId, `persistent ${count}`))
    await server.crash()
    sent.push(await alice.say(roomId, "persistent at last"))
    expect(ids(await find(alice, "persistent", { filter: { limit: 50 } }))).toEqual(sent.toReversed())
  })

  it("bears words of any length", async () => {
    const roomId = await alice.createRoom()
    const eventId = await alice.say(roomId, "𐐀".repeat(5000))
    expect(ids(await find(alice, "𐐨".repeat(200)))).toEqual([eventId])
    const next = await alice.say(roomId, "after the long word")
    expect(ids(await find(alice, "after the long word"))).toEqual([next])
  })
})
