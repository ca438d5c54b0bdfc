/** Records as another system sends them: in any order, more than once, in batches, at two nodes. */
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type System, systemOf, systemWith } from "../support/business.ts"
import { type Server, startServer } from "../support/server.ts"
import { registerUser, type User } from "../support/user.ts"

let server: Server
let owner: User
let member: User
let crm: System

beforeAll(async () => {
  server = await startServer()
  owner = await registerUser(server, "owner")
  member = await registerUser(server, "member")
  crm = await systemOf(server, owner, ["records:read", "records:write"])
})
afterAll(() => server.stop())

const invoice = (version: number, more: Readonly<Record<string, unknown>> = {}) => ({
  number: "INV-1042",
  title: "Roof repair",
  status: "unpaid",
  statusKind: "open",
  amount: { value: "1250.50", currency: "ILS" },
  version,
  occurredAt: "2026-11-01T10:00:00Z",
  ...more,
})
const put = (id: string, body: unknown) => crm.ask("PUT", `/records/invoice/${id}`, body)

describe("a record", () => {
  it("is created, changed, and never goes back", async () => {
    expect(await put("a", invoice(3))).toEqual({ result: "created", version: 3 })
    expect(await put("a", invoice(3))).toEqual({ result: "unchanged", version: 3 })
    expect(await put("a", invoice(2, { status: "draft" }))).toEqual({ result: "stale", version: 3 })
    expect(await put("a", invoice(4, { status: "paid", statusKind: "done" }))).toEqual({
      result: "updated",
      version: 4,
    })
    expect(await crm.ask("GET", "/records/invoice/a")).toMatchObject({ id: "a", status: "paid", version: 4 })
    const contradiction = await crm.call(
      "PUT",
      "/records/invoice/a",
      invoice(4, { status: "lost", statusKind: "done" }),
    )
    expect(contradiction).toMatchObject({ status: 409 })
    const { items } = await crm.ask<{ items: ReadonlyArray<{ version: number }> }>("GET", "/records/invoice/a/versions")
    expect(items.map(({ version }) => version)).toEqual([4, 3])
  })

  it("is removed, and comes back with a later version", async () => {
    await put("b", invoice(1))
    expect(await crm.ask("DELETE", "/records/invoice/b")).toEqual({ result: "deleted" })
    expect(await crm.ask("DELETE", "/records/invoice/b")).toEqual({ result: "unchanged" })
    expect(await crm.ask("GET", "/records/invoice/b")).toMatchObject({ deletedAt: expect.any(String) as string })
    expect(await put("b", invoice(1))).toEqual({ result: "stale", version: 1 })
    expect(await put("b", invoice(2))).toEqual({ result: "updated", version: 2 })
    expect(await crm.ask("GET", "/records/invoice/b")).not.toHaveProperty("deletedAt")
    expect((await crm.call("DELETE", "/records/invoice/never")).status).toBe(404)
  })

  it("that is none is refused, and which part of it is wrong", async () => {
    const refused = async (body: unknown) => (await crm.call("PUT", "/records/invoice/c", body)).body["field"]
    expect(await refused(invoice(-1))).toBe("version")
    expect(await refused(invoice(1, { amount: { value: "1,5", currency: "ILS" } }))).toBe("amount.value")
    expect(await refused(invoice(1, { people: [{ user: "bob", role: "x" }] }))).toBe("people.0.user")
    expect(await refused(invoice(1, { url: "javascript:alert(1)" }))).toBe("url")
    expect(await refused(invoice(1, { dueAt: "soon" }))).toBe("dueAt")
    expect((await crm.call("GET", "/records/invoice/c")).status).toBe(404)
    expect((await crm.call("PUT", "/records/INVOICE/c", invoice(1))).status).toBe(400)
  })

  it("shows number and title alone to whom it is not for", async () => {
    const mine = { ...invoice(1), visibility: "people", people: [{ user: member.userId, role: "owner" }] }
    const theirs = { ...invoice(1), visibility: "people" }
    await put("mine", mine)
    await put("theirs", theirs)
    const seen = systemWith(server, member.token)
    expect(await seen.ask("GET", "/records/invoice/mine")).toMatchObject({ amount: mine.amount })
    expect(Object.keys(await seen.ask("GET", "/records/invoice/theirs")).sort()).toEqual([
      "id",
      "number",
      "title",
      "type",
      "updatedAt",
      "version",
    ])
    expect(await systemWith(server, owner.token).ask("GET", "/records/invoice/theirs")).toHaveProperty("amount")
    expect((await seen.call("PUT", "/records/invoice/mine", invoice(9))).status).toBe(403)
  })
})

describe("a batch", () => {
  it("takes what is right of it, each answered in its place", async () => {
    const records = [
      { type: "order", id: "1", ...invoice(1) },
      { type: "order", id: "2", ...invoice(1), title: 7 },
      { type: "order", id: "1", ...invoice(3) },
      { type: "order", id: "1", ...invoice(2) },
      "nothing",
    ]
    const { results } = await crm.ask<{ results: ReadonlyArray<object> }>("POST", "/records:batch", { records })
    expect(results).toMatchObject([
      { type: "order", id: "1", result: "created" },
      { result: "refused", errcode: "M_BAD_JSON", field: "title" },
      { result: "updated", version: 3 },
      { result: "stale", version: 3 },
      { result: "refused", errcode: "M_BAD_JSON" },
    ])
    expect(await crm.ask("GET", "/records/order/1")).toMatchObject({ version: 3 })
  })

  it("is at most 500 long", async () => {
    const records = Array.from({ length: 501 }, (_, n) => ({ type: "order", id: `${n}`, ...invoice(1) }))
    expect(await crm.call("POST", "/records:batch", { records })).toMatchObject({
      status: 400,
      body: { field: "records" },
    })
  })

  it("ends the same in any order, however often, also at two nodes at once", async () => {
    const other = await startServer({ DATABASE_URL: server.databaseUrl })
    const there = systemWith(other, (crm as System & { secret: string }).secret)
    let run = 0
    try {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ id: fc.integer({ min: 0, max: 3 }), version: fc.nat(6) }), { maxLength: 40 }),
          fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
          async (upserts, here) => {
            const type = `run${run++}`
            const pieces = [...upserts, ...upserts.toReversed()]
            const send = (mine: boolean) =>
              (mine ? crm : there).ask("POST", "/records:batch", {
                records: pieces
                  .filter((_, n) => here[n % here.length] === mine)
                  .map(({ id, version }) => ({ type, id: `${id}`, ...invoice(version, { title: `v${version}` }) })),
              })
            await Promise.all([send(true), send(false), send(true)])
            for (const id of new Set(upserts.map((upsert) => upsert.id))) {
              const highest = Math.max(...upserts.filter((one) => one.id === id).map(({ version }) => version))
              expect(await there.ask("GET", `/records/${type}/${id}`)).toMatchObject({
                version: highest,
                title: `v${highest}`,
              })
              const versions = await crm.ask<{ items: ReadonlyArray<{ version: number }> }>(
                "GET",
                `/records/${type}/${id}/versions`,
              )
              const rising = versions.items.map(({ version }) => version).toReversed()
              expect(rising).toEqual([...new Set(rising)].sort((a, b) => a - b))
            }
          },
        ),
        { numRuns: 15 },
      )
    } finally {
      await other.stop()
    }
  })
})

describe("finding records", () => {
  it("goes by words of number, title and customer, in any script, a page at a time", async () => {
    await crm.ask("PUT", "/records/customer/c1", { ...invoice(1), number: "C-7", title: "יוֹסֵף כהן" })
    for (const n of [1, 2, 3]) {
      const body = invoice(1, { number: `FIND-${n}`, title: `Kitchen ${n}`, customer: { id: "c1" } })
      await put(`find${n}`, body)
    }
    const found = async (query: string) =>
      (await crm.ask<{ items: ReadonlyArray<{ id: string }>; next?: string }>("GET", `/records?${query}`)).items.map(
        ({ id }) => id,
      )
    expect(await found("q=kitch")).toEqual(["find3", "find2", "find1"])
    expect(await found("q=find%202")).toEqual(["find2"])
    expect(await found(`q=${encodeURIComponent("יוסף")}`)).toEqual(["find3", "find2", "find1", "c1"])
    expect(await found(`q=${encodeURIComponent("יוסף")}&type=customer`)).toEqual(["c1"])
    expect(await found("q=%2F%26")).toEqual([])
    const first = await crm.ask<{ next: string }>("GET", "/records?customer=c1&limit=2")
    expect(first).toMatchObject({ items: [{ id: "find3" }, { id: "find2" }] })
    expect(await crm.ask("GET", `/records?customer=c1&limit=2&after=${first.next}`)).toEqual({
      items: [expect.objectContaining({ id: "find1" }) as unknown],
    })
    expect(await crm.call("GET", "/records?after=nonsense")).toMatchObject({ status: 400, body: { field: "after" } })
  })
})
