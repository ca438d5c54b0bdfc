/** Customers, the addresses they write from, and two of them who turn out to be one: over HTTP, at two nodes. */
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { recordBody, type System, systemOf, systemWith } from "../support/business.ts"
import { customerCount, CustomerModel, customerStep, type CustomerStep } from "../support/customerModel.ts"
import { type Server, startServer } from "../support/server.ts"
import { registerUser, type User } from "../support/user.ts"

let server: Server
let other: Server
let [owner, agent]: ReadonlyArray<User> = []
let crm: System & { readonly secret: string }
/** The same caller at another node. */
let there: System

beforeAll(async () => {
  server = await startServer()
  owner = await registerUser(server, "owner")
  agent = await registerUser(server, "agent")
  const scopes = [
    "records:read",
    "records:write",
    "customers:read",
    "customers:write",
    "events:read",
    "conversations:write",
  ]
  crm = await systemOf(server, owner, scopes)
  other = await startServer({ DATABASE_URL: server.databaseUrl })
  there = systemWith(other, crm.secret)
})
afterAll(async () => {
  await other.stop()
  await server.stop()
})

const newCustomer = (id: string, more: Readonly<Record<string, unknown>> = {}) =>
  crm.ask("PUT", `/records/customer/${id}`, recordBody(`Customer ${id}`, more))
const pathOf = (id: string, address: string, account = "main", channel = "whatsapp") =>
  `/customers/${id}/identities/${channel}/${account}/${encodeURIComponent(address)}`
const lookup = (...addresses: ReadonlyArray<string>) =>
  crm.call(
    "GET",
    `/identities?channel=whatsapp&account=main&${addresses.map((one) => `address=${encodeURIComponent(one)}`).join("&")}`,
  )
const addressesOf = async (id: string, by: System = crm) =>
  (await by.ask<{ items: ReadonlyArray<{ address: string }> }>("GET", `/customers/${id}/identities?limit=200`)).items
    .map(({ address }) => address)
    .sort()
const merge = async (winner: string, loser: string, by: System = crm) =>
  (await by.ask<{ id: number }>("POST", "/customers:merge", { winner, loser })).id
interface Told {
  readonly items: ReadonlyArray<{ readonly type: string; readonly subject: string; readonly data: unknown }>
  readonly next: string
}

describe("an identity", () => {
  it("is added once, in one form, and told", async () => {
    const { next } = await crm.ask<Told>("GET", "/events?after=now")
    await newCustomer("a")
    const kept = { channel: "whatsapp", account: "main", address: "+972501234567" }
    expect(await crm.ask("PUT", pathOf("a", "972 50-123-4567"))).toEqual({
      result: "added",
      customer: "a",
      ...kept,
      others: [],
    })
    expect(await crm.ask("PUT", pathOf("a", "+972501234567"))).toMatchObject({ result: "unchanged" })
    expect(await crm.ask("GET", pathOf("a", "00972501234567"))).toMatchObject({ customer: "a", ...kept })
    const { items } = await crm.ask<Told>("GET", `/events?after=${next}&types=customer.*`)
    expect(items.map(({ type, subject, data }) => ({ type, subject, data }))).toEqual([
      { type: "customer.created", subject: "customer/a", data: { customer: "a" } },
      { type: "customer.identity_added", subject: "customer/a", data: { customer: "a", ...kept } },
    ])
  })

  it("is one customer's: another who claims it is proposed for a merge", async () => {
    await newCustomer("one")
    await newCustomer("two")
    await crm.ask("PUT", pathOf("one", "one@example.org", "sales", "email"))
    expect(await crm.call("PUT", pathOf("two", "One@Example.org", "sales", "email"))).toMatchObject({ status: 409 })
    const { items } = await crm.ask<{ items: ReadonlyArray<object> }>("GET", "/merge-candidates?limit=200")
    expect(items).toContainEqual(
      expect.objectContaining({ customers: ["one", "two"], by: "exact", address: "one@example.org" }) as unknown,
    )
    expect(await addressesOf("two")).toEqual([])
  })

  it("goes to one of two who claim it at once, at two nodes", async () => {
    await newCustomer("left")
    await newCustomer("right")
    for (let n = 0; n < 5; n++) {
      const answers = await Promise.all([
        crm.call("PUT", pathOf("left", `@race${n}:x.org`)),
        there.call("PUT", pathOf("right", `@race${n}:x.org`)),
      ])
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
    }
    expect((await addressesOf("left")).length + (await addressesOf("right")).length).toBe(5)
  })

  it("may be written in any letters", async () => {
    await newCustomer("ילקוט")
    const path = `/customers/${encodeURIComponent("ילקוט")}/identities/telegram/-/${encodeURIComponent("a/b:c d%e")}`
    expect(await crm.ask("PUT", path)).toMatchObject({ customer: "ילקוט", address: "a/b:c d%e" })
    expect(await crm.ask("GET", path)).toMatchObject({ customer: "ילקוט", account: "-", address: "a/b:c d%e" })
  })

  it("is taken away, and may be another's then", async () => {
    await newCustomer("from")
    await newCustomer("to")
    await crm.ask("PUT", pathOf("from", "+972500000001"))
    expect(await crm.ask("DELETE", pathOf("to", "+972500000001"))).toEqual({ result: "unchanged" })
    expect(await crm.ask("DELETE", pathOf("from", "972500000001"))).toEqual({ result: "deleted" })
    expect(await crm.ask("PUT", pathOf("to", "+972500000001"))).toMatchObject({ result: "added" })
    expect((await crm.call("PUT", pathOf("nobody", "+972500000002"))).status).toBe(404)
    expect((await crm.call("PUT", pathOf("to", "x", "main", "What's up"))).status).toBe(400)
  })

  it("is for those who see the customer whole", async () => {
    await newCustomer("hidden", { visibility: "people", people: [{ user: agent!.userId, role: "friend" }] })
    await newCustomer("closed", { visibility: "people" })
    const seen = systemWith(server, agent!.token)
    expect((await seen.call("GET", "/customers/hidden/identities")).status).toBe(200)
    expect((await seen.call("GET", "/customers/closed/identities")).status).toBe(403)
    expect((await seen.call("PUT", pathOf("hidden", "+972500000003"))).status).toBe(403)
    expect((await seen.call("POST", "/customers:merge", { winner: "hidden", loser: "closed" })).status).toBe(403)
    const reader = await systemOf(server, owner!, ["customers:read"])
    expect((await reader.call("PUT", pathOf("hidden", "+972500000003"))).status).toBe(403)
  })
})

describe("a lookup", () => {
  it("finds by the address, WhatsApp's id, the number and how its country writes it", async () => {
    await newCustomer("named")
    await newCustomer("brazil")
    await crm.ask("PUT", pathOf("named", "IL.1234"))
    await crm.ask("PUT", pathOf("brazil", "+5511987654321"))
    expect((await lookup("bsuid:IL.1234")).body).toEqual({ customer: "named", by: "exact", others: [] })
    expect((await lookup("+972509999999", "IL.1234")).body).toEqual({ customer: "named", by: "bsuid", others: [] })
    expect((await lookup("551187654321")).body).toEqual({ customer: "brazil", by: "national", others: [] })
    expect((await lookup("IL.999")).status).toBe(404)
    const elsewhere = await crm.ask("GET", "/identities?channel=whatsapp&account=second&address=5511987654321")
    expect(elsewhere).toEqual({ customer: "brazil", by: "address", others: [] })
    const foreign = await crm.call("GET", "/identities?channel=whatsapp&account=second&address=IL.1234")
    expect(foreign.status).toBe(404)
  })

  it("that finds two keeps both and proposes a merge, until they are one", async () => {
    await newCustomer("nick")
    await newCustomer("number")
    await crm.ask("PUT", pathOf("nick", "IL.77"))
    await crm.ask("PUT", pathOf("number", "+972507777777"))
    expect((await lookup("IL.77", "972507777777")).body).toEqual({ customer: "nick", by: "exact", others: ["number"] })
    const proposed = async () =>
      (
        await crm.ask<{ items: ReadonlyArray<{ customers: ReadonlyArray<string> }> }>(
          "GET",
          "/merge-candidates?limit=200",
        )
      ).items.map(({ customers }) => customers.join())
    expect(await proposed()).toContain("nick,number")
    const id = await merge("number", "nick")
    expect(await proposed()).not.toContain("nick,number")
    expect((await lookup("IL.77")).body).toMatchObject({ customer: "number", others: [] })
    expect(await addressesOf("number")).toEqual(["+972507777777", "bsuid:IL.77"])
    await crm.ask("POST", `/merges/${id}:undo`)
    expect(await proposed()).toContain("nick,number")
    expect((await lookup("IL.77")).body).toMatchObject({ customer: "nick" })
    expect(await addressesOf("number")).toEqual(["+972507777777"])
    expect(await addressesOf("nick")).toEqual(["bsuid:IL.77"])
  })
})

describe("a merge", () => {
  it("makes the loser another name of the winner, and is told", async () => {
    await newCustomer("winner")
    await newCustomer("loser", { title: "Old name" })
    const { next } = await crm.ask<Told>("GET", "/events?after=now")
    const id = await merge("winner", "loser")
    expect(await merge("winner", "loser")).toBe(id)
    expect(await crm.ask("GET", "/records/customer/loser")).toMatchObject({ id: "winner" })
    expect(await crm.ask("PUT", pathOf("loser", "+972508888888"))).toMatchObject({ customer: "winner" })
    expect(await crm.ask("POST", `/merges/${id}:undo`)).toEqual({ result: "undone" })
    expect(await there.ask("POST", `/merges/${id}:undo`)).toEqual({ result: "unchanged" })
    expect(await crm.ask("GET", "/records/customer/loser")).toMatchObject({ id: "loser", title: "Old name" })
    // What came after the merge stays where it came to.
    expect(await addressesOf("winner")).toEqual(["+972508888888"])
    const { items } = await crm.ask<Told>("GET", `/events?after=${next}&types=customer.merged,customer.unmerged`)
    expect(items).toMatchObject([
      { type: "customer.merged", subject: "customer/winner", data: { winner: "winner", loser: "loser" } },
      { type: "customer.unmerged", data: { merge: id } },
    ])
    expect(await crm.ask("GET", "/merges?customer=loser")).toMatchObject({ items: [{ id, undone: true }] })
    expect((await crm.call("POST", "/merges/1:undo")).status).toBe(404)
    for (const nothing of ["x", "-1", "1.5", "99999999999999999999"]) {
      expect((await crm.call("POST", `/merges/${nothing}:undo`)).status).toBe(400)
    }
    expect((await crm.call("POST", "/customers:merge", { winner: "winner", loser: "winner" })).body["field"]).toBe(
      "loser",
    )
    expect((await crm.call("POST", "/customers:merge", { winner: "winner", loser: "nobody" })).status).toBe(404)
  })

  it("that meets another of the same customers leaves one of the two", async () => {
    for (let n = 0; n < 5; n++) {
      const [one, two] = [`race${n}`, `ecar${n}`]
      await newCustomer(one)
      await newCustomer(two)
      await crm.ask("PUT", pathOf(one, `IL.one${n}`))
      await crm.ask("PUT", pathOf(two, `IL.two${n}`))
      const answers = await Promise.all([
        crm.call("POST", "/customers:merge", { winner: one, loser: two }),
        there.call("POST", "/customers:merge", { winner: two, loser: one }),
      ])
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
      const both = [`bsuid:IL.one${n}`, `bsuid:IL.two${n}`]
      expect(await addressesOf(one)).toEqual(both)
      expect(await addressesOf(two)).toEqual(both)
    }
  })

  it("in the audit trail says who merged whom", async () => {
    await newCustomer("audited1")
    await newCustomer("audited2")
    await merge("audited1", "audited2")
    const boss = systemWith(server, owner!.token)
    const { items } = await boss.ask<{ items: ReadonlyArray<object> }>("GET", "/audit?action=mergeCustomers&limit=200")
    expect(items.at(-1)).toMatchObject({ details: { winner: "audited1", loser: "audited2", outcome: "done" } })
    await crm.ask("PUT", pathOf("audited2", "+972505555555"))
    const added = () =>
      boss.ask<{ items: ReadonlyArray<object> }>(
        "GET",
        "/audit?action=customer.identity_added&target=customer/audited1",
      )
    await expect.poll(added, { timeout: 20_000 }).toMatchObject({ items: [{ details: { channel: "whatsapp" } }] })
    // The trail is for ever: addresses, which people may want forgotten, are not in it.
    expect(JSON.stringify(await boss.ask("GET", "/audit?limit=200"))).not.toContain("972505555555")
  })
})

/** The model and the server, doing the same. */
const customersLike = async (prefix: string) => {
  const model = new CustomerModel()
  const ids: Array<number> = []
  let made = 0
  const id = (n: number) => `${prefix}.${n}`
  const add = async (n: number) => {
    const address = `bsuid:IL.${prefix}x${made++}`
    await crm.ask("PUT", pathOf(id(n), address))
    model.owners.set(address, model.rootOf(n))
  }
  for (let n = 0; n < customerCount; n++) {
    await newCustomer(id(n))
    await add(n)
  }
  const merge = async (winner: number, loser: number) => {
    const { status, body } = await crm.call("POST", "/customers:merge", { winner: id(winner), loser: id(loser) })
    if (status !== 200) return String(status)
    const isNew = !ids.includes(Number(body["id"]))
    if (isNew) ids.push(Number(body["id"]))
    return isNew ? "merged" : "stands"
  }
  const undo = async (which: number) => {
    const { status, body } = await there.call("POST", `/merges/${ids[which]}:undo`)
    return status === 200 ? String(body["result"]) : String(status)
  }
  return {
    model,

    /** What came of it in both. */
    take: async (step: CustomerStep): Promise<readonly [there: string, model: string]> => {
      switch (step.kind) {
        case "merge":
          return [await merge(step.winner, step.loser), model.merge(step.winner, step.loser)]
        case "undo":
          return step.which < ids.length ? [await undo(step.which), model.undo(step.which)] : ["", ""]
        case "add":
          await add(step.customer)
          return ["", ""]
        case "remove": {
          const [address, owner] = [...model.owners][step.which % model.owners.size] ?? []
          if (address === undefined) return ["", ""]
          const { result } = await there.ask("DELETE", pathOf(id(owner!), address))
          model.owners.delete(address)
          return [String(result), "deleted"]
        }
      }
    },
    agree: async () => {
      for (let n = 0; n < customerCount; n++) {
        expect(await addressesOf(id(n), n % 2 === 0 ? crm : there)).toEqual(model.addressesOf(n))
        expect(await there.ask("GET", `/records/customer/${id(n)}`)).toMatchObject({ id: id(model.rootOf(n)) })
      }
    },
  }
}

describe("merges and undos", () => {
  it("in any order do what a list of them says, and undone leave everybody with their own", async () => {
    let run = 0
    await fc.assert(
      fc.asyncProperty(fc.array(customerStep, { maxLength: 12 }), async (steps) => {
        const { model, take, agree } = await customersLike(`m${run++}`)
        for (const step of steps) {
          const [server, expected] = await take(step)
          expect(server).toBe(expected)
        }
        await agree()
        for (const which of [...model.merges.keys()].toReversed()) {
          const [server, expected] = await take({ kind: "undo", which })
          expect(server).toBe(expected)
        }
        expect(model.merges.some(({ stands }) => stands)).toBe(false)
        await agree()
      }),
      { numRuns: 12 },
    )
  })
})
