import { expect, it } from "vitest"
import { readPurpose, readRecords } from "./traits.ts"

it("knows what a conversation is for, and a lane beside one", () => {
  expect(readPurpose({ kind: "project" }, undefined)).toBe("project")
  expect(readPurpose(undefined, { name: "team" })).toBe("team")
  expect(readPurpose({ kind: "group" }, undefined)).toBeUndefined()
  expect(readPurpose({ kind: "throne" }, { name: 7 })).toBeUndefined()
})

it("reads records by their number, else their title, the main one first", () => {
  const records = readRecords([
    { links: { "invoice/7": { number: "INV-1042", title: "May", status: "overdue", role: "related" } } },
    { links: { "customer/a/b": { title: "Acme", role: "primary" } } },
  ])
  expect(records.map(({ type, id, label, status }) => [type, id, label, status])).toEqual([
    ["customer", "a/b", "Acme", undefined],
    ["invoice", "7", "INV-1042", "overdue"],
  ])
})

it("leaves out what is no link", () => {
  expect(readRecords([undefined, { links: 3 }, { links: { nokey: { title: "x" }, "a/1": null, "a/2": {} } }])).toEqual(
    [],
  )
})
