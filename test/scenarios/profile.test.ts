/** How people are called and shown: to others, in rooms, in the directory, and who is there. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startServer, type Server } from "../support/server.ts"
import { registerUser, request, type User } from "../support/user.ts"

let server: Server
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const pathOf = (user: User, field?: string) =>
  `/v3/profile/${encodeURIComponent(user.userId)}${field === undefined ? "" : `/${field}`}`

const set = (user: User, field: string, value: unknown) => user.call("PUT", pathOf(user, field), { [field]: value })

/** Two who share a room, and somebody who does not. */
const threePeople = async () => {
  const [alice, bob, eve] = await Promise.all(["alice", "bob", "eve"].map((name) => registerUser(server, name)))
  const roomId = await alice!.createRoom({ preset: "public_chat" })
  await bob!.join(roomId)
  return { alice: alice!, bob: bob!, eve: eve!, roomId }
}

describe("a profile", () => {
  it("begins with the user name, and is shown to everyone", async () => {
    const { alice } = await threePeople()
    const name = alice.userId.slice(1, alice.userId.indexOf(":"))
    const path = `/_matrix/client${pathOf(alice)}`
    expect(await request(server.base, "GET", path)).toEqual({ status: 200, body: { displayname: name } })
    expect(await request(server.base, "GET", `${path}/displayname`)).toEqual({
      status: 200,
      body: { displayname: name },
    })
    for (const missing of [`${path}/avatar_url`, "/_matrix/client/v3/profile/@nobody:test.example"]) {
      expect(await request(server.base, "GET", missing)).toMatchObject({
        status: 404,
        body: { errcode: "M_NOT_FOUND" },
      })
    }
  })

  it("holds fields of any name, and loses them", async () => {
    const { alice } = await threePeople()
    await alice.ask("PUT", pathOf(alice, "m.tz"), { "m.tz": "Asia/Jerusalem" })
    await alice.ask("PUT", pathOf(alice, "org.example.size"), { "org.example.size": { cm: 1.5, list: [null, true] } })
    expect(await alice.ask("GET", pathOf(alice))).toMatchObject({
      "m.tz": "Asia/Jerusalem",
      "org.example.size": { cm: 1.5, list: [null, true] },
    })
    await alice.ask("DELETE", pathOf(alice, "m.tz"))
    expect(await alice.call("GET", pathOf(alice, "m.tz"))).toMatchObject({ status: 404 })
    expect(await alice.ask("GET", pathOf(alice, "org.example.size"))).toEqual({
      "org.example.size": { cm: 1.5, list: [null, true] },
    })
  })

  it("is its owner's to change", async () => {
    const { alice, bob } = await threePeople()
    for (const answer of [
      await bob.call("PUT", pathOf(alice, "displayname"), { displayname: "Mallory" }),
      await bob.call("DELETE", pathOf(alice, "displayname")),
    ]) {
      expect(answer).toMatchObject({ status: 403, body: { errcode: "M_FORBIDDEN" } })
    }
  })

  it("refuses what it cannot hold, and says why", async () => {
    const { alice } = await threePeople()
    const long = `org.${"x".repeat(252)}`
    for (const [field, value, errcode] of [
      ["displayname", 5, "M_INVALID_PARAM"],
      ["displayname", "x".repeat(257), "M_INVALID_PARAM"],
      ["displayname", "half \ud800", "M_INVALID_PARAM"],
      ["displayname", "NUL \0", "M_INVALID_PARAM"],
      ["avatar_url", "https://example.org/a.png", "M_INVALID_PARAM"],
      ["nodots", "x", "M_INVALID_PARAM"],
      ["Org.Example", "x", "M_INVALID_PARAM"],
      [long, "x", "M_KEY_TOO_LARGE"],
      ["org.example.big", "x".repeat(65_536), "M_PROFILE_TOO_LARGE"],
    ] as const) {
      expect(await set(alice, field, value), field).toMatchObject({ status: 400, body: { errcode } })
    }
    expect(await alice.call("PUT", pathOf(alice, "displayname"), { other: 1 })).toMatchObject({
      status: 400,
      body: { errcode: "M_MISSING_PARAM" },
    })
    expect(Object.keys(await alice.ask("GET", pathOf(alice)))).toEqual(["displayname"])
  })

  it("is copied into the rooms its owner is in, and told by presence", async () => {
    const { alice, bob, roomId } = await threePeople()
    const member = () =>
      bob.ask("GET", `/v3/rooms/${encodeURIComponent(roomId)}/state/m.room.member/${encodeURIComponent(alice.userId)}`)
    const { next_batch: since } = await bob.ask("GET", "/v3/sync")
    await set(alice, "displayname", "Alice Márquez")
    await set(alice, "avatar_url", "mxc://test.example/picture")
    const profile = { displayname: "Alice Márquez", avatar_url: "mxc://test.example/picture" }
    expect(await member()).toEqual({ membership: "join", ...profile })

    const synced = await bob.ask<{
      readonly presence: { readonly events: ReadonlyArray<{ readonly sender: string; readonly content: object }> }
      readonly rooms: {
        readonly join: Record<string, { readonly timeline: { readonly events: ReadonlyArray<object> } }>
      }
    }>("GET", `/v3/sync?since=${String(since)}&timeout=10000`)
    expect(synced.presence.events.find(({ sender }) => sender === alice.userId)?.content).toMatchObject(profile)
    expect(synced.rooms.join[roomId]!.timeline.events.at(-1)).toMatchObject({
      type: "m.room.member",
      state_key: alice.userId,
      content: profile,
    })

    await set(alice, "displayname", null)
    await alice.ask("DELETE", pathOf(alice, "avatar_url"))
    expect(await member()).toEqual({ membership: "join" })
  })
})

describe("the directory", () => {
  interface Search {
    readonly limited: boolean
    readonly results: ReadonlyArray<{ readonly user_id: string; readonly display_name?: string }>
  }
  const search = (user: User, term: string, limit = 10) =>
    user.ask<Search>("POST", "/v3/user_directory/search", { search_term: term, limit })

  it("finds people by the beginnings of their names' words, however they are written", async () => {
    const { alice, bob, eve } = await threePeople()
    await set(alice, "displayname", "Zoë Ångström-Weiß")
    await set(bob, "displayname", "Anton Zoelle")
    const found = async (term: string) => (await search(eve, term)).results.map(({ user_id: id }) => id)
    expect(await found("zoe")).toEqual([alice.userId, bob.userId])
    expect(await found("ZOË ang")).toEqual([alice.userId])
    expect(await found("weiss")).toEqual([alice.userId])
    expect(await found("oelle")).toEqual([])
    expect(await found(bob.userId)).toEqual([bob.userId])
    expect(await found(bob.userId.slice(1, bob.userId.indexOf(":")))).toEqual([bob.userId])
    expect((await search(eve, "zoe")).results[0]).toEqual({ user_id: alice.userId, display_name: "Zoë Ångström-Weiß" })
  })

  it("leaves out whoever asks, and says where there are more", async () => {
    const { alice, bob, eve } = await threePeople()
    for (const user of [alice, bob, eve]) await set(user, "displayname", "Quentin")
    const all = await search(eve, "quent")
    expect(all.limited).toBe(false)
    expect(all.results.map(({ user_id: id }) => id).sort()).toEqual([alice.userId, bob.userId].sort())
    const one = await search(eve, "quent", 1)
    expect([one.limited, one.results.length]).toEqual([true, 1])
  })

  it("finds by its beginning what has no words, and all by nothing", async () => {
    const { alice, bob, eve } = await threePeople()
    await set(alice, "displayname", "🎉🎊")
    expect((await search(eve, "🎉")).results.map(({ user_id: id }) => id)).toEqual([alice.userId])
    const everyone = (await search(eve, "", 50)).results.map(({ user_id: id }) => id)
    expect(everyone).toEqual(expect.arrayContaining([alice.userId, bob.userId]))
  })

  it("takes any text for a name", async () => {
    const { eve } = await threePeople()
    for (const term of ["'", "\\", "%", "' & !", ":*", "日本 'x", "((", "a'b:*|c"]) {
      expect(await search(eve, term), term).toHaveProperty("limited")
    }
  })
})

describe("presence", () => {
  const statusOf = (user: User) => `/v3/presence/${encodeURIComponent(user.userId)}/status`

  it("is seen by those who share a room", async () => {
    const { alice, bob, eve } = await threePeople()
    await alice.ask("PUT", statusOf(alice), { presence: "unavailable", status_msg: "At lunch" })
    for (const user of [alice, bob]) {
      expect(await user.ask("GET", statusOf(alice))).toMatchObject({
        presence: "unavailable",
        status_msg: "At lunch",
        currently_active: false,
      })
    }
    expect(await eve.call("GET", statusOf(alice))).toMatchObject({ status: 403, body: { errcode: "M_FORBIDDEN" } })
    expect(await bob.call("PUT", statusOf(alice), { presence: "offline" })).toMatchObject({ status: 403 })
  })
})
