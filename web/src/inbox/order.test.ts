import { describe, expect, it } from "vitest"
import { conversation } from "../client/examples.ts"
import { inOrder, keepOrder, offered, select } from "./order.ts"

const ids = (conversations: ReadonlyArray<{ readonly id: string }>) => conversations.map(({ id }) => id)

it("sorts invitations, then pinned ones, then by the last message", () => {
  const sorted = inOrder([
    conversation({ id: "old", lastAt: 1 }),
    conversation({ id: "new", lastAt: 9 }),
    conversation({ id: "pinned", pinned: true, lastAt: 2 }),
    conversation({ id: "invited", membership: "invite", lastAt: 0 }),
  ])
  expect(ids(sorted)).toEqual(["invited", "pinned", "new", "old"])
})

it("moves nothing while the order is held, and puts new ones on top", () => {
  const now = [conversation({ id: "b" }), conversation({ id: "c" }), conversation({ id: "a" })]
  expect(ids(keepOrder(["a", "b"], now))).toEqual(["c", "a", "b"])
})

describe("select", () => {
  const all = [
    conversation({ id: "group", name: "Équipe Café", notifications: 1 }),
    conversation({ id: "person", kind: "personal", name: "Noor" }),
  ]

  it("filters by kind and by what is unread", () => {
    expect(ids(select(all, "groups", ""))).toEqual(["group"])
    expect(ids(select(all, "personal", ""))).toEqual(["person"])
    expect(ids(select(all, "unread", ""))).toEqual(["group"])
  })

  it("tells customers and projects from groups", () => {
    const mixed = [
      conversation({ id: "acme", purpose: "customer" }),
      conversation({ id: "apollo", purpose: "mission" }),
      conversation({ id: "lunch" }),
    ]
    expect(ids(select(mixed, "customers", ""))).toEqual(["acme"])
    expect(ids(select(mixed, "projects", ""))).toEqual(["apollo"])
    expect(ids(select(mixed, "groups", ""))).toEqual(["lunch"])
    expect(offered(mixed, "all")).toContain("customers")
    expect(offered(all, "all")).toEqual(["all", "unread", "groups", "personal"])
    expect(offered(all, "projects")).toContain("projects")
  })

  it("finds a conversation by the number of its record", () => {
    const record = { type: "invoice", id: "7", label: "INV-1042", title: "May", status: undefined, primary: true }
    expect(select([conversation({ records: [record] })], "all", "1042")).toHaveLength(1)
  })

  it("searches everywhere, whatever the filter, the case and the accents", () => {
    expect(ids(select(all, "personal", " cafe "))).toEqual(["group"])
  })

  it("finds Hebrew written with and without points", () => {
    expect(select([conversation({ name: "שָׁלוֹם" })], "all", "שלום")).toHaveLength(1)
  })
})
