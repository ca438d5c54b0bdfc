/** What becomes of conversations when two customers turn out to be one, and when that was wrong. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { recordBody, type System, systemOf } from "../support/business.ts"
import { type Server, startServer } from "../support/server.ts"
import { registerUser, type User } from "../support/user.ts"

let server: Server
let [owner, ann]: ReadonlyArray<User> = []
let crm: System

interface Link {
  readonly type: string
  readonly id: string
  readonly role: string
  readonly disclosed: Readonly<Record<string, unknown>>
}

beforeAll(async () => {
  server = await startServer()
  owner = await registerUser(server, "owner")
  ann = await registerUser(server, "ann")
  crm = await systemOf(server, owner, [
    "records:read",
    "records:write",
    "customers:read",
    "customers:write",
    "conversations:read",
    "conversations:write",
  ])
})
afterAll(() => server.stop())

const put = (type: string, id: string, body: unknown) => crm.ask("PUT", `/records/${type}/${id}`, body)
const newCustomers = async (...ids: ReadonlyArray<string>) => {
  for (const id of ids) await put("customer", id, recordBody(`Customer ${id}`, { fields: { city: `City of ${id}` } }))
}
const openGroup = async () =>
  (await crm.ask<{ id: string }>("POST", "/conversations", { kind: "group", title: "Desk", members: [ann!.userId] })).id
const openFor = async (id: string) =>
  (await crm.ask<{ id: string }>("POST", "/conversations", { kind: "customer", record: { type: "customer", id } })).id
const merge = async (winner: string, loser: string) =>
  (await crm.ask<{ id: number }>("POST", "/customers:merge", { winner, loser })).id
const link = (room: string, id: string, body: object) =>
  crm.ask("PUT", `/records/customer/${id}/links/${encodeURIComponent(room)}`, body)
const linksIn = async (room: string) => {
  const { links } = await crm.ask<{ links: ReadonlyArray<Link> }>("GET", `/conversations/${encodeURIComponent(room)}`)
  return links.toSorted((a, b) => (a.id < b.id ? -1 : 1))
}
const linked = async (room: string) => (await linksIn(room)).map(({ id }) => id)
const waits = { timeout: 20_000 }

describe("a merge", () => {
  it("moves the links of conversations to the winner, and its undoing moves them back as they were", async () => {
    await newCustomers("w", "l")
    const [both, hers] = [await openGroup(), await openGroup()]
    await link(both, "w", { role: "related" })
    await link(both, "l", { role: "primary", disclose: ["city"] })
    await link(hers, "l", { role: "related", disclose: ["city"] })
    const before = [await linksIn(both), await linksIn(hers)]
    const id = await merge("w", "l")
    await expect.poll(() => linked(both), waits).toEqual(["w"])
    await expect.poll(() => linked(hers), waits).toEqual(["w"])
    expect((await linksIn(both))[0]).toMatchObject({ role: "primary", disclosed: { title: "Customer w" } })
    // Nothing of the winner is told where the loser's city was.
    expect((await linksIn(hers))[0]!.disclosed["fields"]).toBeUndefined()
    await crm.ask("POST", `/merges/${id}:undo`)
    await expect.poll(async () => [await linksIn(both), await linksIn(hers)], waits).toEqual(before)
  })

  it("that is undone brings the loser back as it is by then", async () => {
    await newCustomers("w2", "l2")
    const room = await openGroup()
    await link(room, "l2", { disclose: ["city"] })
    const id = await merge("w2", "l2")
    await expect.poll(() => linked(room), waits).toEqual(["w2"])
    await put("customer", "l2", recordBody("Moved away", { version: 2, fields: { city: "Elsewhere" } }))
    await put("customer", "w2", recordBody("Renamed", { version: 2 }))
    await expect.poll(async () => (await linksIn(room))[0]!.disclosed["title"], waits).toBe("Renamed")
    await crm.ask("POST", `/merges/${id}:undo`)
    await expect.poll(() => linked(room), waits).toEqual(["l2"])
    expect((await linksIn(room))[0]!.disclosed).toMatchObject({
      title: "Moved away",
      version: 2,
      fields: { city: "Elsewhere" },
    })
    expect((await linksIn(room))[0]!.disclosed["merged"]).toBeUndefined()
  })

  it("makes one timeline of two, and finds conversations by either name", async () => {
    await newCustomers("w3", "l3")
    const [one, two] = [await openGroup(), await openGroup()]
    await link(one, "w3", {})
    await link(two, "l3", {})
    await ann!.say(one, "to the winner")
    await ann!.say(two, "to the loser")
    const said = async (id: string) =>
      (
        await crm.ask<{ items: ReadonlyArray<{ content?: { body: string } }> }>(
          "GET",
          `/records/customer/${id}/timeline`,
        )
      ).items.flatMap(({ content }) => (content === undefined ? [] : [content.body]))
    const rooms = async (id: string) =>
      (
        await crm.ask<{ items: ReadonlyArray<{ id: string }> }>("GET", `/records/customer/${id}/conversations`)
      ).items.map((found) => found.id)
    const id = await merge("w3", "l3")
    for (const name of ["w3", "l3"]) {
      expect(await said(name)).toEqual(["to the loser", "to the winner"])
      expect((await rooms(name)).toSorted()).toEqual([one, two].sort())
    }
    await expect.poll(() => linked(two), waits).toEqual(["w3"])
    await ann!.say(two, "after")
    expect(await said("l3")).toEqual(["after", "to the loser", "to the winner"])
    await crm.ask("POST", `/merges/${id}:undo`)
    await expect.poll(() => rooms("l3"), waits).toEqual([two])
    expect(await said("l3")).toEqual(["to the loser"])
  })

  it("leaves one conversation of the customer: the winner's, or else the loser's", async () => {
    await newCustomers("w4", "l4", "w5", "l5")
    const own = await openFor("w4")
    const losers = await openFor("l4")
    const taken = await openFor("l5")
    const merges = [await merge("w4", "l4"), await merge("w5", "l5")]
    expect(await openFor("l4")).toBe(own)
    expect(await openFor("w5")).toBe(taken)
    for (const id of merges) await crm.ask("POST", `/merges/${id}:undo`)
    expect(await openFor("l4")).toBe(losers)
    expect(await openFor("l5")).toBe(taken)
    expect(await openFor("w5")).not.toBe(taken)
  })

  it("finds what is theirs by either name, and the customer by a name from before", async () => {
    await put("customer", "w6", recordBody("Wolfgang Amadeus"))
    await put("customer", "l6", recordBody("Amadé"))
    await put("invoice", "i6", recordBody("Requiem", { customer: { id: "l6" } }))
    const found = async (query: string) =>
      (await crm.ask<{ items: ReadonlyArray<{ type: string; id: string }> }>("GET", `/records?${query}`)).items
        .map(({ type, id }) => `${type}/${id}`)
        .sort()
    const id = await merge("w6", "l6")
    expect(await found("customer=w6")).toEqual(["invoice/i6"])
    expect(await found("customer=l6")).toEqual(["invoice/i6"])
    expect(await found("q=Wolfgang")).toEqual(["customer/w6", "invoice/i6"])
    expect(await found(`q=${encodeURIComponent("Amadé")}`)).toEqual(["customer/w6", "invoice/i6"])
    await crm.ask("POST", `/merges/${id}:undo`)
    expect(await found("customer=w6")).toEqual([])
    expect(await found("q=Wolfgang")).toEqual(["customer/w6"])
  })

  it("links with the winner whoever links the loser, and unlinks it", async () => {
    await newCustomers("w7", "l7")
    await merge("w7", "l7")
    const room = await openGroup()
    await link(room, "l7", {})
    expect(await linked(room)).toEqual(["w7"])
    await crm.ask("DELETE", `/records/customer/l7/links/${encodeURIComponent(room)}`)
    expect(await linked(room)).toEqual([])
  })
})
