/** Events that the server sends later unless told not to, in both forms that clients use. Proposal: MSC4140. */
import { createHmac } from "node:crypto"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Server, startServer } from "../support/server.ts"
import { registerUser, request, type User } from "../support/user.ts"

let server: Server
beforeAll(async () => {
  server = await startServer({
    TURN_URIS: "turn:turn.test.example?transport=udp,turns:turn.test.example",
    TURN_SECRET: "a relay's secret",
    LIVEKIT_URL: "https://livekit.test.example",
  })
})
afterAll(() => server.stop())

const base = "/unstable/org.matrix.msc4140"
let transactions = 0

const schedule = async (user: User, roomId: string, body: object, type = "m.room.message") =>
  (await user.ask<{ delay_id: string }>("PUT", `${base}/rooms/${roomId}/delayed_event/${type}/${++transactions}`, body))
    .delay_id

const manage = (delayId: string, action: string) =>
  request(server.base, "POST", `/_matrix/client${base}/delayed_events/${delayId}/${action}`, {})

/** Waits until a message with this text is in the room, and gives how often it is there then. */
const arrived = async (user: User, roomId: string, text: string) => {
  let since: string | undefined
  while (true) {
    const path: string = `/v3/sync?timeout=30000${since === undefined ? "" : `&since=${since}`}`
    const answer = await user.ask<{
      next_batch: string
      rooms: { join: { [id: string]: { timeline: { events: ReadonlyArray<{ content: { body?: string } }> } } } }
    }>("GET", path)
    since = answer.next_batch
    const found = answer.rooms.join[roomId]?.timeline.events.filter(({ content }) => content.body === text) ?? []
    if (found.length > 0) return found.length
  }
}

const said = async (user: User, roomId: string) => {
  const page = await user.ask<{ chunk: ReadonlyArray<{ content: { body?: string } }> }>(
    "GET",
    `/v3/rooms/${roomId}/messages?dir=b&limit=50`,
  )
  return page.chunk.map(({ content }) => content.body).filter((body) => body !== undefined)
}

describe("a delayed event", () => {
  it("is sent when its time has come, once, also if the server was away meanwhile", async () => {
    const alice = await registerUser(server, "later")
    const roomId = await alice.createRoom()
    const delayId = await schedule(alice, roomId, { delay_ms: 300, content: { msgtype: "m.text", body: "later" } })
    expect(await arrived(alice, roomId, "later")).toBe(1)
    const waiting = await schedule(alice, roomId, { delay: 200, content: { msgtype: "m.text", body: "through" } })
    await server.crash()
    await server.restart()
    expect(await arrived(alice, roomId, "through")).toBe(1)
    expect((await said(alice, roomId)).filter((body) => body === "later")).toHaveLength(1)
    const told = await alice.ask("GET", `${base}/delayed_events/${delayId}`)
    expect(told).toMatchObject({ delay_id: delayId, room_id: roomId, delay: 300, event_id: expect.any(String) })
    expect(waiting).not.toBe(delayId)
  })

  it("is cancelled, restarted or sent at once by whoever knows its id", async () => {
    const alice = await registerUser(server, "handled")
    const roomId = await alice.createRoom()
    const hour = 3_600_000
    const content = (body: string) => ({ delay: hour, content: { msgtype: "m.text", body } })
    const [gone, now] = [await schedule(alice, roomId, content("gone")), await schedule(alice, roomId, content("now"))]
    const list = await alice.ask<{ delayed_events: ReadonlyArray<object> }>("GET", `${base}/delayed_events`)
    expect(list.delayed_events).toMatchObject([{ delay_id: gone }, { delay_id: now, content: { body: "now" } }])

    expect((await manage(now, "restart")).status).toBe(200)
    expect((await manage(now, "send")).status).toBe(200)
    expect((await manage(now, "send")).status).toBe(200)
    expect(await manage(now, "cancel")).toMatchObject({ status: 409, body: { errcode: "M_UNKNOWN" } })
    expect((await manage(gone, "cancel")).status).toBe(200)
    expect((await manage(gone, "cancel")).status).toBe(200)
    expect(await manage(gone, "restart")).toMatchObject({ status: 409, body: { errcode: "M_UNKNOWN" } })
    expect(await manage("nothing", "send")).toMatchObject({ status: 404, body: { errcode: "M_NOT_FOUND" } })
    expect(await said(alice, roomId)).toEqual(["now"])
    expect(await alice.ask("GET", `${base}/delayed_events`)).toEqual({ delayed_events: [] })
  })

  it("is made and managed in the older form, too", async () => {
    const alice = await registerUser(server, "older")
    const roomId = await alice.createRoom()
    const later = "org.matrix.msc4140.delay=3600000"
    const path = `/v3/rooms/${roomId}/send/m.room.message/older?${later}`
    const { delay_id: delayId } = await alice.ask("PUT", path, { msgtype: "m.text", body: "older" })
    expect((await alice.ask("PUT", path, { msgtype: "m.text", body: "older" }))["delay_id"]).toBe(delayId)
    await alice.ask("POST", `${base}/delayed_events/${String(delayId)}`, { action: "send" })
    expect(await said(alice, roomId)).toEqual(["older"])
    const state = await alice.ask("PUT", `/v3/rooms/${roomId}/state/m.room.topic?${later}`, { topic: "set later" })
    expect(state["event_id"]).toBeUndefined()
    expect((await manage(String(state["delay_id"]), "send")).status).toBe(200)
    expect(await alice.ask("GET", `/v3/rooms/${roomId}/state/m.room.topic`)).toEqual({ topic: "set later" })
  })

  it("gives way to what somebody else has set meanwhile", async () => {
    const [alice, bob] = [await registerUser(server, "first"), await registerUser(server, "second")]
    const roomId = await alice.createRoom({
      invite: [bob.userId],
      power_level_content_override: { events: { "m.room.topic": 0 } },
    })
    await bob.join(roomId)
    const delayId = await schedule(
      alice,
      roomId,
      { delay: 3_600_000, state_key: "", content: { topic: "old" } },
      "m.room.topic",
    )
    await bob.setState(roomId, "m.room.topic", { topic: "new" })
    expect(await manage(delayId, "send")).toMatchObject({ status: 403, body: { errcode: "M_FORBIDDEN" } })
    expect(await alice.ask("GET", `/v3/rooms/${roomId}/state/m.room.topic`)).toEqual({ topic: "new" })
  })

  it("may wait for a day, in a room that its sender is in", async () => {
    const [alice, bob] = [await registerUser(server, "bound"), await registerUser(server, "outside")]
    const roomId = await alice.createRoom()
    const put = (user: User, delay: number) =>
      user.call("PUT", `${base}/rooms/${roomId}/delayed_event/m.room.message/${++transactions}`, { delay, content: {} })
    expect(await put(alice, 2_678_400_001)).toMatchObject({
      status: 400,
      body: { errcode: "M_MAX_DELAY_EXCEEDED", max_delay: 2_678_400_000 },
    })
    expect(await put(bob, 1000)).toMatchObject({ status: 403, body: { errcode: "M_FORBIDDEN" } })
    expect(await put(alice, 0)).toMatchObject({ status: 400 })
  })
})

describe("calls", () => {
  it("get relays with a password that the relays can check, and the media server for groups", async () => {
    const alice = await registerUser(server, "caller")
    const turn = await alice.ask<{ username: string; password: string }>("GET", "/v3/voip/turnServer")
    expect(turn).toMatchObject({ ttl: 86_400, uris: [expect.stringContaining("turn:"), "turns:turn.test.example"] })
    expect(turn.username.endsWith(`:${alice.userId}`)).toBe(true)
    expect(turn.password).toBe(createHmac("sha1", "a relay's secret").update(turn.username).digest("base64"))
    expect(await alice.ask("GET", "/unstable/org.matrix.msc4143/rtc/transports")).toEqual({
      rtc_transports: [{ type: "livekit", livekit_service_url: "https://livekit.test.example" }],
    })
  })
})
