/** Merges of customers and their undoing, asked of two servers on one database, and what conversations make of them. */
import { Effect, Exit, Scope } from "effect"
import fc from "fast-check"
import { natsAvailable, natsServer } from "@biz1/server/bus/natsServer"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { recordBody, type System, systemOf, systemWith } from "../support/business.ts"
import { customerCount, CustomerModel, customerStep } from "../support/customerModel.ts"
import { type Server, startServer } from "../support/server.ts"
import { registerUser } from "../support/user.ts"

const scopes = ["records:write", "customers:read", "customers:write", "conversations:read", "conversations:write"]
const waits = { timeout: 20_000 }

describe.runIf(natsAvailable)("merges at two nodes", () => {
  let scope: Scope.Closeable
  let nodes: ReadonlyArray<Server>
  let systems: readonly [System, System]

  beforeAll(async () => {
    scope = await Effect.runPromise(Scope.make())
    const nats = await Effect.runPromise(Scope.provide(natsServer(), scope))
    const here = await startServer({ NATS_URL: nats.url })
    const there = await startServer({ NATS_URL: nats.url, DATABASE_URL: here.databaseUrl })
    nodes = [here, there]
    const crm = await systemOf(here, await registerUser(here, "owner"), scopes)
    systems = [crm, systemWith(there, crm.secret)]
  })
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.stop()))
    await Effect.runPromise(Scope.close(scope, Exit.void))
  })

  const newCustomer = (id: string) =>
    systems[0].ask(
      "PUT",
      `/records/customer/${id}`,
      recordBody(`Customer ${id}`, { fields: { city: `City of ${id}` } }),
    )

  const linksIn = async (room: string) => {
    const path = `/conversations/${encodeURIComponent(room)}`
    const { links } = await systems[0].ask<{ links: ReadonlyArray<{ id: string }> }>("GET", path)
    return links.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  }

  let run = 0
  /** Customers, a conversation that is linked with some of them, and the model of who is who. */
  const begin = async (about: ReadonlyArray<number>) => {
    const ids = Array.from({ length: customerCount }, (_, n) => `${run}.${n}`)
    run++
    for (const id of ids) await newCustomer(id)
    const { id: room } = await systems[0].ask<{ id: string }>("POST", "/conversations", {
      kind: "group",
      title: "Desk",
    })
    for (const n of about) {
      const link = { role: n === 0 ? "primary" : "related", disclose: ["city"] }
      await systems[0].ask("PUT", `/records/customer/${ids[n]}/links/${encodeURIComponent(room)}`, link)
    }
    return { ids, room, before: await linksIn(room), model: new CustomerModel() }
  }

  const somebody = fc.uniqueArray(fc.nat(customerCount - 1), { minLength: 1 })
  const steps = fc.array(customerStep, { minLength: 4, maxLength: 12 })

  it("leave links with whoever the customers are, and all undone with whom they were", async () => {
    const property = fc.asyncProperty(steps, somebody, async (all, about) => {
      const { ids, room, before, model } = await begin(about)
      const merges: Array<number> = []
      const undo = async (which: number, by: System) => {
        if (model.undo(which) === "undone") await by.ask("POST", `/merges/${merges[which]}:undo`)
      }
      for (const [n, step] of all.entries()) {
        const by = systems[n % 2]!
        if (step.kind === "undo" && step.which < merges.length) await undo(step.which, by)
        if (step.kind !== "merge" || model.merge(step.winner, step.loser) !== "merged") continue
        const body = { winner: ids[step.winner], loser: ids[step.loser] }
        merges.push((await by.ask<{ id: number }>("POST", "/customers:merge", body)).id)
      }
      const roots = [...new Set(about.map((n) => ids[model.rootOf(n)]))].sort()
      await expect.poll(async () => (await linksIn(room)).map(({ id }) => id), waits).toEqual(roots)
      for (const which of [...merges.keys()].toReversed()) await undo(which, systems[which % 2]!)
      await expect.poll(() => linksIn(room), waits).toEqual(before)
    })
    await fc.assert(property, { numRuns: 12, endOnFailure: true })
  })
})
