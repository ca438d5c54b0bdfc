/** What people keep beside the rooms, and what they want to be notified of. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startServer, type Server } from "../support/server.ts"
import { registerUser, type User } from "../support/user.ts"

let server: Server
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

interface Synced {
  readonly next_batch: string
  readonly account_data: { readonly events: ReadonlyArray<{ readonly type: string; readonly content: unknown }> }
  readonly rooms: { readonly join: Readonly<Record<string, Synced>> }
}

const sync = (user: User, since?: string) =>
  user.ask<Synced>("GET", since === undefined ? "/v3/sync" : `/v3/sync?since=${since}&timeout=10000`)

const dataOf = ({ account_data: { events } }: Synced, type: string) =>
  events.find((event) => event.type === type)?.content

const pathOf = (user: User, type: string, roomId?: string) => {
  const room = roomId === undefined ? "" : `/rooms/${encodeURIComponent(roomId)}`
  return `/v3/user/${encodeURIComponent(user.userId)}${room}/account_data/${type}`
}

describe("account data", () => {
  it("is kept for the account and for a room apart, and comes by sync", async () => {
    const alice = await registerUser(server, "alice")
    const roomId = await alice.createRoom()
    const { next_batch: since } = await sync(alice)
    expect(await alice.call("GET", pathOf(alice, "org.example.a"))).toMatchObject({
      status: 404,
      body: { errcode: "M_NOT_FOUND" },
    })

    await alice.ask("PUT", pathOf(alice, "org.example.a"), { of: "account" })
    await alice.ask("PUT", pathOf(alice, "org.example.a", roomId), { of: "room" })

    expect(await alice.ask("GET", pathOf(alice, "org.example.a"))).toEqual({ of: "account" })
    expect(await alice.ask("GET", pathOf(alice, "org.example.a", roomId))).toEqual({ of: "room" })
    const synced = await sync(alice, since)
    expect(dataOf(synced, "org.example.a")).toEqual({ of: "account" })
    expect(dataOf(synced.rooms.join[roomId]!, "org.example.a")).toEqual({ of: "room" })
  })

  it("may hold any number, as it never becomes an event", async () => {
    const alice = await registerUser(server, "alice")
    const content = { order: 0.25, big: 2 ** 60, negative: -1.5 }
    await alice.ask("PUT", pathOf(alice, "org.example.numbers"), content)
    expect(await alice.ask("GET", pathOf(alice, "org.example.numbers"))).toEqual(content)
  })

  it("is the user's own alone", async () => {
    const [alice, bob] = [await registerUser(server, "alice"), await registerUser(server, "bob")]
    await alice.ask("PUT", pathOf(alice, "org.example.a"), { secret: true })
    for (const answer of [
      await bob.call("GET", pathOf(alice, "org.example.a")),
      await bob.call("PUT", pathOf(alice, "org.example.a"), {}),
    ]) {
      expect(answer).toMatchObject({ status: 403, body: { errcode: "M_FORBIDDEN" } })
    }
  })

  it("leaves to the server what is the server's", async () => {
    const alice = await registerUser(server, "alice")
    const roomId = await alice.createRoom()
    for (const path of [
      pathOf(alice, "m.push_rules"),
      pathOf(alice, "m.fully_read"),
      pathOf(alice, "m.fully_read", roomId),
    ]) {
      expect(await alice.call("PUT", path, {})).toMatchObject({ status: 405, body: { errcode: "M_BAD_JSON" } })
    }
  })
})

describe("tags", () => {
  it("put a room into lists, at places between any two", async () => {
    const [alice, bob] = [await registerUser(server, "alice"), await registerUser(server, "bob")]
    const roomId = await alice.createRoom()
    const path = `/v3/user/${encodeURIComponent(alice.userId)}/rooms/${encodeURIComponent(roomId)}/tags`
    const { next_batch: since } = await sync(alice)
    expect(await alice.ask("GET", path)).toEqual({ tags: {} })
    await Promise.all([
      alice.ask("PUT", `${path}/m.favourite`, { order: 0.25 }),
      alice.ask("PUT", `${path}/u.work`, {}),
      alice.ask("PUT", `${path}/u.gone`, {}),
    ])
    await alice.ask("DELETE", `${path}/u.gone`)
    await alice.ask("DELETE", `${path}/u.never`)
    const content = { tags: { "m.favourite": { order: 0.25 }, "u.work": {} } }
    expect(await alice.ask("GET", path)).toEqual(content)
    expect(dataOf((await sync(alice, since)).rooms.join[roomId]!, "m.tag")).toEqual(content)

    expect(await bob.call("GET", path)).toMatchObject({ status: 403 })
    expect(await bob.call("DELETE", `${path}/u.work`)).toMatchObject({ status: 403 })
    expect(await alice.call("PUT", `${path}/u.${"x".repeat(254)}`, {})).toMatchObject({ status: 400 })
    expect(await alice.call("PUT", `${path}/u.x`, { order: "first" })).toMatchObject({ status: 400 })
  })
})

describe("push rules", () => {
  const path = "/v3/pushrules/global"
  const loud = { actions: ["notify", { set_tweak: "volume", value: 0.5 }] }

  interface Ruleset {
    readonly override: ReadonlyArray<{ readonly rule_id: string; readonly enabled: boolean }>
  }
  const overrideIds = async (user: User) =>
    (await user.ask<Ruleset>("GET", `${path}/`)).override.map(({ rule_id: id }) => id)

  it("are there from the start, in account data, too", async () => {
    const alice = await registerUser(server, "alice")
    const rules = await alice.ask("GET", "/v3/pushrules/")
    expect(await alice.ask("GET", pathOf(alice, "m.push_rules"))).toEqual(rules)
    expect(dataOf(await sync(alice), "m.push_rules")).toEqual(rules)
  })

  it("are made, moved, changed and deleted, and every change comes by sync", async () => {
    const alice = await registerUser(server, "alice")
    const { next_batch: since } = await sync(alice)
    await alice.ask("PUT", `${path}/override/first`, loud)
    await alice.ask("PUT", `${path}/override/second?after=first`, loud)
    await alice.ask("PUT", `${path}/override/third?before=first`, loud)
    expect((await overrideIds(alice)).slice(0, 4)).toEqual([".m.rule.master", "third", "first", "second"])

    await alice.ask("PUT", `${path}/override/first/enabled`, { enabled: false })
    await alice.ask("PUT", `${path}/override/first/actions`, { actions: [] })
    expect(await alice.ask("GET", `${path}/override/first/enabled`)).toEqual({ enabled: false })
    expect(await alice.ask("GET", `${path}/override/first/actions`)).toEqual({ actions: [] })
    expect(await alice.ask("GET", `${path}/override/second`)).toEqual({
      ...loud,
      rule_id: "second",
      default: false,
      enabled: true,
      conditions: [],
    })
    expect(dataOf(await sync(alice, since), "m.push_rules")).toEqual(await alice.ask("GET", "/v3/pushrules/"))

    await alice.ask("DELETE", `${path}/override/first`)
    expect(await alice.call("GET", `${path}/override/first`)).toMatchObject({ status: 404 })
    expect(await alice.call("DELETE", `${path}/override/first`)).toMatchObject({ status: 404 })
  })

  it("that are everybody's are switched, not made or deleted", async () => {
    const alice = await registerUser(server, "alice")
    await alice.ask("PUT", `${path}/override/.m.rule.master/enabled`, { enabled: true })
    expect(await alice.ask("GET", `${path}/override/.m.rule.master/enabled`)).toEqual({ enabled: true })
    for (const answer of [
      await alice.call("PUT", `${path}/override/.m.rule.mine`, loud),
      await alice.call("DELETE", `${path}/override/.m.rule.master`),
      await alice.call("PUT", `${path}/override/with%2Fslash`, loud),
      await alice.call("PUT", `${path}/unheard/of`, loud),
    ]) {
      expect(answer).toMatchObject({ status: 400, body: { errcode: "M_INVALID_PARAM" } })
    }
    expect(await alice.call("PUT", `${path}/content/cake`, loud)).toMatchObject({
      status: 400,
      body: { errcode: "M_MISSING_PARAM" },
    })
    expect(await alice.call("PUT", `${path}/override/x?before=.m.rule.master`, loud)).toMatchObject({
      status: 400,
      body: { errcode: "M_UNKNOWN" },
    })
  })

  it("that are made at the same moment are all kept", async () => {
    const alice = await registerUser(server, "alice")
    const names = Array.from({ length: 20 }, (_, index) => `rule${index}`)
    await Promise.all(names.map((name) => alice.ask("PUT", `${path}/override/${name}`, loud)))
    expect(await overrideIds(alice)).toEqual(expect.arrayContaining(names))
  })

  it("decide what is counted as unread, from the moment they change", async () => {
    const [alice, bob] = [await registerUser(server, "alice"), await registerUser(server, "bob")]
    const roomId = await alice.createRoom({ preset: "public_chat" })
    await bob.join(roomId)
    const unread = async () => {
      const { rooms } = await alice.ask<{ rooms: { join: Record<string, { unread_notifications: object }> } }>(
        "GET",
        "/v3/sync",
      )
      return rooms.join[roomId]!.unread_notifications
    }
    await bob.say(roomId, "the cake is here")
    expect(await unread()).toEqual({ notification_count: 1, highlight_count: 0 })
    await alice.ask("PUT", `${path}/content/cake`, {
      actions: ["notify", { set_tweak: "highlight" }],
      pattern: "cake",
    })
    expect(await unread()).toEqual({ notification_count: 1, highlight_count: 1 })
    await alice.ask("PUT", `${path}/override/.m.rule.master/enabled`, { enabled: true })
    expect(await unread()).toEqual({ notification_count: 0, highlight_count: 0 })
  })
})
