/** Somebody, or a customer, is erased: what there is of them is counted, goes for good, and what went is certified. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type System, systemOf, systemWith } from "../support/business.ts"
import { rowsWith } from "../support/database.ts"
import { type Server, startServer } from "../support/server.ts"
import { registerUser, type User } from "../support/user.ts"

let server: Server
let [owner, ann, ben]: ReadonlyArray<User> = []
let crm: System
let boss: System

beforeAll(async () => {
  server = await startServer({ LIMITS: "retention.seconds=1" })
  owner = await registerUser(server, "owner")
  ann = await registerUser(server, "ann")
  ben = await registerUser(server, "ben")
  boss = systemWith(server, owner.token)
  crm = await systemOf(server, owner, [
    "records:write",
    "records:read",
    "conversations:write",
    "compliance:write",
    "customers:write",
    "customers:read",
  ])
})
afterAll(() => server.stop())

interface Certificate {
  readonly state: string
  readonly events: number
  readonly files: number
  readonly accounts: number
  readonly identities: number
  readonly held: Readonly<Record<string, number>>
  readonly left: number
}
const erase = (body: object, by = crm) => by.ask<Certificate>("POST", "/erasures", body)
const customerOf = (id: string, title: string) =>
  crm.ask("PUT", `/records/customer/${id}`, {
    title,
    status: "x",
    statusKind: "open",
    version: 1,
    occurredAt: "2026-11-01T10:00:00Z",
    people: [{ user: ann!.userId, role: "account manager" }],
    fields: { city: `${title} City` },
  })
const talkWith = async (id: string) => {
  const opened = { kind: "customer", record: { type: "customer", id } }
  return crm.ask<{ id: string; lanes: ReadonlyArray<{ roomId: string }> }>("POST", "/conversations", opened)
}
const upload = async (user: User, text: string) => {
  const response = await fetch(`${server.base}/_matrix/media/v3/upload?filename=a.txt`, {
    method: "POST",
    headers: { authorization: `Bearer ${user.token}`, "content-type": "text/plain" },
    body: text,
  })
  return ((await response.json()) as { content_uri: string }).content_uri
}
const fetched = async (uri: string) =>
  (
    await fetch(`${server.base}/_matrix/client/v1/media/download/${uri.slice("mxc://".length)}`, {
      headers: { authorization: `Bearer ${owner!.token}` },
    })
  ).status
const everywhere = [
  "events",
  "event_search",
  "records",
  "business_log",
  "conversations",
  "customer_identities",
  "merge_candidates",
  "users",
  "account_data",
]

describe("a customer", () => {
  it("is counted first, then gone from conversations, records, addresses and search", async () => {
    await customerOf("c1", "Zebulon")
    await crm.ask("PUT", "/customers/c1/identities/email/-/zebulon@example.org", {})
    const { id: room, lanes } = await talkWith("c1")
    const file = await upload(ann!, "for the customer")
    const said = await ann!.say(room, "Zebulon wants a refund")
    await ann!.send(room, { msgtype: "m.file", body: "refund of Zebulon.txt", url: file })
    await ann!.say(lanes[0]!.roomId, "Zebulon always does")

    expect(await erase({ customer: "c1", preview: true })).toMatchObject({
      state: "preview",
      events: 3,
      identities: 1,
      held: {},
    })
    expect(await fetched(file)).toBe(200)

    const done = await erase({ customer: "c1" })
    expect(done).toMatchObject({ state: "done", files: 1, identities: 1, held: {}, left: 0 })
    expect(done.events).toBeGreaterThanOrEqual(3)
    expect(await rowsWith(server, "Zebulon", everywhere)).toBe(0)
    expect(await rowsWith(server, "zebulon", everywhere)).toBe(0)
    expect(await fetched(file)).toBe(404)
    expect(await ann!.ask("GET", `/v3/rooms/${room}/event/${encodeURIComponent(said)}`)).toMatchObject({ content: {} })
    expect(await ann!.ask("GET", `/v3/rooms/${room}/state/m.room.name`)).toEqual({ name: "Erased customer" })
    expect((await crm.call("GET", "/records/customer/c1")).body).not.toHaveProperty("fields")

    const { items } = await boss.ask<{ items: ReadonlyArray<object> }>("GET", "/audit?action=erasure.certified")
    expect(items).toMatchObject([{ target: "customer/c1", details: { state: "done", files: 1 } }])
    expect(await erase({ customer: "c1" })).toMatchObject({ state: "done", events: done.events })
  })

  it("is gone under all its names, also from what a merge put away", async () => {
    await customerOf("c3", "Obadiah")
    await customerOf("c4", "Methuselah")
    const { id: room } = await crm.ask<{ id: string }>("POST", "/conversations", { kind: "group", title: "Desk" })
    const link = (id: string) => crm.ask("PUT", `/records/customer/${id}/links/${encodeURIComponent(room)}`, {})
    await link("c3")
    await link("c4")
    await crm.ask("POST", "/customers:merge", { winner: "c4", loser: "c3" })
    const reader = await systemOf(server, owner!, ["conversations:read"])
    const linked = async () =>
      (
        await reader.ask<{ links: ReadonlyArray<{ id: string }> }>("GET", `/conversations/${encodeURIComponent(room)}`)
      ).links.map(({ id }) => id)
    await expect.poll(linked, { timeout: 20_000 }).toEqual(["c4"])
    expect(await erase({ customer: "c4" })).toMatchObject({ state: "done", left: 0 })
    expect(await rowsWith(server, "Methuselah", everywhere)).toBe(0)
    expect(await rowsWith(server, "Obadiah", everywhere)).toBe(0)
  })

  it("stays where a hold keeps it, and goes when that has ended", async () => {
    await customerOf("c2", "Quentin")
    await crm.ask("PUT", "/customers/c2/identities/email/-/quentin@example.org", {})
    const { id: room } = await talkWith("c2")
    const said = await ann!.say(room, "Quentin said so")
    await boss.ask("PUT", "/holds/q", { subject: { customer: "c2" }, reason: "case 4711" })
    expect(await erase({ customer: "c2", preview: true })).toMatchObject({ held: { q: expect.any(Number) as number } })
    expect(await erase({ customer: "c2" })).toMatchObject({ state: "held", events: 0, identities: 0 })
    const shown = () => ann!.ask("GET", `/v3/rooms/${room}/event/${encodeURIComponent(said)}`)
    expect(await shown()).toMatchObject({ content: { body: "Quentin said so" } })
    await boss.ask("DELETE", "/holds/q")
    expect(await erase({ customer: "c2" })).toMatchObject({ state: "done", identities: 1 })
    expect(await rowsWith(server, "Quentin", everywhere)).toBe(0)
  })
})

describe("a person", () => {
  it("leaves nothing that they wrote or sent, in business rooms and their own, and cannot log in", async () => {
    const room = await ben!.createRoom({ preset: "public_chat" })
    await ann!.join(room)
    await ben!.ask("PUT", `/v3/profile/${encodeURIComponent(ben!.userId)}/displayname`, { displayname: "Barnabas" })
    await ben!.say(room, "Barnabas was here")
    const answer = await ann!.say(room, "who was?")
    const file = await upload(ben!, "never sent")
    await ben!.ask("PUT", `/v3/user/${encodeURIComponent(ben!.userId)}/account_data/com.example.draft`, {
      text: "Barnabas writes",
    })
    const many = Array.from({ length: 120 }, (_, n) => ben!.say(room, `Barnabas again ${n}`))
    await Promise.all(many)

    expect(await erase({ user: ben!.userId, preview: true })).toMatchObject({ accounts: 1, files: 1 })
    const done = await erase({ user: ben!.userId })
    expect(done).toMatchObject({ state: "done", accounts: 1, files: 1, left: 0 })
    expect(done.events).toBeGreaterThanOrEqual(121)
    expect(await rowsWith(server, "Barnabas", everywhere)).toBe(0)
    expect(await fetched(file)).toBe(404)
    expect(await ann!.ask("GET", `/v3/rooms/${room}/event/${encodeURIComponent(answer)}`)).toMatchObject({
      content: { body: "who was?" },
    })
    expect((await ben!.call("GET", "/v3/account/whoami")).status).toBe(401)
  })

  it("is erased to the end though the server is killed in between", async () => {
    const cat = await registerUser(server, "cat")
    const room = await cat.createRoom()
    await Promise.all(Array.from({ length: 250 }, (_, n) => cat.say(room, `Melchior ${n}`)))
    const asked = erase({ user: cat.userId }).catch(() => undefined)
    while ((await rowsWith(server, "Melchior", ["events"])) > 240) continue
    await server.crash()
    await asked
    expect(await erase({ user: cat.userId })).toMatchObject({ state: "done", left: 0 })
    expect(await rowsWith(server, "Melchior", everywhere)).toBe(0)
  })
})

describe("an erasure", () => {
  it("is for those who see to compliance, about somebody who is known and not the owner", async () => {
    const member = systemWith(server, ann!.token)
    expect((await member.call("POST", "/erasures", { customer: "c1" })).status).toBe(403)
    expect((await crm.call("POST", "/erasures", { customer: "nobody" })).status).toBe(404)
    expect((await crm.call("POST", "/erasures", {})).status).toBe(400)
    expect((await crm.call("POST", "/erasures", { user: owner!.userId })).status).toBe(403)
    expect((await crm.call("POST", "/erasures", { user: "@biz1:test.example" })).status).toBe(403)
  })
})
