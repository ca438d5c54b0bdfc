/** Notifications, to a real HTTP push gateway and as a list. Spec: "Push Notifications", Push Gateway API. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type PushGateway, startPushGateway } from "../support/pushGateway.ts"
import { type Server, startServer } from "../support/server.ts"
import { registerUser, type User } from "../support/user.ts"

let server: Server
let gateway: PushGateway
beforeAll(async () => {
  gateway = await startPushGateway()
  server = await startServer({ ALLOW_PRIVATE_ADDRESSES: "on" })
})
afterAll(async () => {
  await server.stop()
  gateway.stop()
})

const setPusher = (user: User, pushkey: string, data: object = {}) =>
  user.ask("POST", "/v3/pushers/set", {
    app_id: "app.test",
    pushkey,
    kind: "http",
    app_display_name: "Test",
    device_display_name: "Phone",
    lang: "en",
    data: { url: gateway.url, ...data },
  })
const together = async (one: User, other: User, options: object = {}) => {
  const roomId = await one.createRoom({ invite: [other.userId], ...options })
  await other.join(roomId)
  return roomId
}
const bodies = (pushkey: string) =>
  gateway.received.filter(({ devices }) => devices[0]!.pushkey === pushkey).map(({ content }) => content?.body)

describe("a push gateway", () => {
  it("gets what a person is to be told of, with all it needs, and then the number when it was read", async () => {
    const [alice, bob] = [await registerUser(server, "pushed"), await registerUser(server, "pusher")]
    await bob.ask("PUT", `/v3/profile/${bob.userId}/displayname`, { displayname: "Bob" })
    const roomId = await together(bob, alice, { name: "Talk", preset: "trusted_private_chat", is_direct: true })
    await setPusher(alice, "full", { brand: "b" })
    const eventId = await bob.say(roomId, "are you there?")
    const told = await gateway.until((one) => one.event_id === eventId)
    expect(told).toMatchObject({
      room_id: roomId,
      type: "m.room.message",
      sender: bob.userId,
      sender_display_name: "Bob",
      room_name: "Talk",
      content: { body: "are you there?" },
      prio: "high",
      counts: { unread: 1 },
      devices: [{ app_id: "app.test", pushkey: "full", data: { brand: "b" }, tweaks: { sound: "default" } }],
    })
    expect(JSON.stringify(told)).not.toContain(gateway.url)
    await alice.ask("POST", `/v3/rooms/${roomId}/receipt/m.read/${eventId}`, {})
    await gateway.until(({ devices, counts }) => devices[0]!.pushkey === "full" && counts.unread === 0)
    await alice.say(roomId, "my own words")
    const last = await bob.say(roomId, "the last")
    await gateway.until((one) => one.event_id === last)
    expect(bodies("full").filter((body) => body !== undefined)).toEqual(["are you there?", "the last"])
  })

  it("gets only the ids, if that is what was asked for, and invitations", async () => {
    const [alice, bob] = [await registerUser(server, "private"), await registerUser(server, "inviter")]
    await setPusher(alice, "ids", { format: "event_id_only" })
    const roomId = await bob.createRoom({ invite: [alice.userId] })
    const invited = await gateway.until(({ devices, room_id: id }) => devices[0]!.pushkey === "ids" && id === roomId)
    expect(invited).toEqual({
      event_id: expect.any(String),
      room_id: roomId,
      prio: "high",
      counts: { unread: 1 },
      devices: [
        { app_id: "app.test", pushkey: "ids", pushkey_ts: expect.any(Number), data: { format: "event_id_only" } },
      ],
    })
  })

  it("that fails gets everything later, in order, once, also over a crash of the server", async () => {
    const [alice, bob] = [await registerUser(server, "patient"), await registerUser(server, "talker")]
    const roomId = await together(bob, alice)
    await setPusher(alice, "later")
    gateway.status = 500
    for (const text of ["one", "two"]) await bob.say(roomId, text)
    await server.crash()
    await server.restart()
    await bob.say(roomId, "three")
    gateway.status = 200
    await gateway.until(({ content }) => content?.body === "three")
    expect(bodies("later")).toEqual(["one", "two", "three"])
  })

  it("gets the number of all that is unread, whichever room it is in, and of no invitation that is not wanted", async () => {
    const [alice, bob] = [await registerUser(server, "counted"), await registerUser(server, "counter")]
    const [one, two] = [await together(bob, alice), await together(bob, alice)]
    await together(bob, alice)
    await bob.createRoom({ invite: [alice.userId] })
    await alice.ask("PUT", `/v3/user/${alice.userId}/account_data/m.invite_permission_config`, {
      default_action: "block",
    })
    await setPusher(alice, "badge")
    const badgeAt = async (eventId: string) => (await gateway.until((told) => told.event_id === eventId)).counts.unread
    const first = await bob.say(one, "one")
    expect(await badgeAt(first)).toBe(1)
    expect(await badgeAt(await bob.say(two, "two"))).toBe(2)
    await alice.ask("POST", `/v3/rooms/${one}/receipt/m.read/${first}`, {})
    await gateway.until(
      ({ event_id: id, counts, devices }) => id === undefined && devices[0]!.pushkey === "badge" && counts.unread === 1,
    )
    await server.restart()
    const last = await bob.say(two, "three")
    expect(await badgeAt(last)).toBe(2)
    for (const rule of [".m.rule.message", ".m.rule.room_one_to_one"]) {
      await alice.ask("PUT", `/v3/pushrules/global/underride/${rule}/enabled`, { enabled: false })
    }
    expect(
      await badgeAt(
        await bob.send(two, { msgtype: "m.text", body: "you", "m.mentions": { user_ids: [alice.userId] } }),
      ),
    ).toBe(1)
  })

  it("that knows a device no more is not asked again", async () => {
    const [alice, bob] = [await registerUser(server, "gone"), await registerUser(server, "speaker")]
    const roomId = await together(bob, alice)
    await setPusher(alice, "rejected")
    gateway.rejected.add("rejected")
    await bob.say(roomId, "anybody?")
    await gateway.until(({ devices }) => devices[0]!.pushkey === "rejected")
    await expect.poll(() => alice.ask("GET", "/v3/pushers"), { timeout: 10_000 }).toEqual({ pushers: [] })
  })
})

describe("the list of notifications", () => {
  it("has what notified, newest first, in pages, with what was read", async () => {
    const [alice, bob] = [await registerUser(server, "listed"), await registerUser(server, "lister")]
    const roomId = await together(bob, alice, { preset: "trusted_private_chat" })
    const first = await bob.say(roomId, "first")
    await bob.send(roomId, { msgtype: "m.notice", body: "silent" })
    await alice.say(roomId, "mine")
    const loud = await bob.send(roomId, { msgtype: "m.text", body: "look", "m.mentions": { user_ids: [alice.userId] } })
    await alice.ask("POST", `/v3/rooms/${roomId}/receipt/m.read/${first}`, {})
    interface Page {
      readonly next_token?: string
      readonly notifications: ReadonlyArray<{
        readonly event: { readonly event_id: string }
        readonly read: boolean
        readonly room_id: string
        readonly actions: ReadonlyArray<unknown>
      }>
    }
    const all = await alice.ask<Page>("GET", "/v3/notifications")
    expect(all.notifications.map(({ event, read }) => [event.event_id, read])).toEqual([
      [loud, false],
      [first, true],
    ])
    expect(all.notifications[0]).toMatchObject({ room_id: roomId, actions: expect.arrayContaining(["notify"]) })
    const page = await alice.ask<Page>("GET", "/v3/notifications?limit=1")
    expect(page.notifications).toHaveLength(1)
    const rest = await alice.ask<Page>("GET", `/v3/notifications?from=${page.next_token!}`)
    expect(rest.notifications.map(({ event }) => event.event_id)).toEqual([first])
    const highlights = await alice.ask<Page>("GET", "/v3/notifications?only=highlight")
    expect(highlights.notifications.map(({ event }) => event.event_id)).toEqual([loud])
    expect(await alice.call("GET", "/v3/notifications?from=x")).toMatchObject({
      status: 400,
      body: { errcode: "M_INVALID_PARAM" },
    })
  })
})
