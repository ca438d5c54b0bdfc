import { describe, expect, it } from "vitest"
import { type Draft, fromContent, toContent } from "./draft.ts"

const draft: Draft = {
  text: "@Dana see #INV-1042",
  tokens: [
    { kind: "person", id: "@dana:example.com", word: "@Dana" },
    { kind: "record", type: "invoice", id: "7", word: "#INV-1042" },
  ],
  about: { kind: "reply", id: "$1", author: "Avi", text: "which one?" },
  at: 17,
}

describe("a draft that follows its writer", () => {
  it("arrives as it left, with what it answers", () => {
    expect(fromContent(JSON.parse(JSON.stringify(toContent(draft))))).toEqual(draft)
  })

  it("stays where it is if it changes a message or is very long", () => {
    const edit: Draft = { ...draft, about: { kind: "edit", id: "$1", author: "Avi", text: "x" } }
    expect(fromContent(toContent(edit))).toMatchObject({ text: "", about: undefined })
    expect(toContent({ ...draft, text: "x".repeat(30_000) }).text).toBe("")
  })

  it.each([undefined, null, {}, [], { text: 1, at: 1 }, { text: "x" }])("is none if it says %j", (content) =>
    expect(fromContent(content)).toBeUndefined(),
  )

  it("leaves out what is no token", () => {
    const content = { ...toContent(draft), tokens: [null, { kind: "x" }, { kind: "record", id: "1", word: "#1" }] }
    expect(fromContent(content)?.tokens).toEqual([])
  })
})
