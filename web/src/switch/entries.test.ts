import { expect, it } from "vitest"
import { avi, conversation, noor } from "../client/examples.ts"
import { type Found, groupsFor } from "./entries.ts"

const found: Found = {
  conversations: [
    conversation({ id: "crew", name: "The harbour crew" }),
    conversation({ id: "harbour", name: "Harbour" }),
    conversation({ id: "avi", name: "Avi", kind: "personal", other: avi.id }),
  ],
  people: [avi, noor],
  records: [
    { type: "customer", id: "acme", number: "C-17", title: "Acme" },
    { type: "invoice", id: "7", number: "INV-1042", title: "May" },
  ],
  commands: [
    { key: "settings", label: "Settings", act: () => undefined },
    { key: "dark", label: "Dark", act: () => undefined },
  ],
  current: undefined,
}
const keysOf = (term: string, given: Found = found) =>
  groupsFor(term, given).map(({ name, entries }) => [name, ...entries.map(({ key }) => key)])

it("puts names that begin with what was typed first", () => {
  expect(keysOf("harbour")[0]).toEqual(["conversations", "harbour", "crew"])
})

it("offers nobody twice, and not the conversation that is open", () => {
  expect(keysOf("", found)).toEqual([
    ["conversations", "crew", "harbour", "avi"],
    ["people", noor.id],
    ["customers", "customer/acme"],
    ["records", "invoice/7"],
  ])
  expect(keysOf("", { ...found, current: "harbour" })[0]).toEqual(["conversations", "crew", "avi"])
})

it("offers commands after the sign for them, and nothing else", () => {
  expect(keysOf(">")).toEqual([["commands", "settings", "dark"]])
  expect(keysOf(" > DAR")).toEqual([["commands", "dark"]])
  expect(keysOf(">nothing")).toEqual([])
})
