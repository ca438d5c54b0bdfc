import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { parsePath, propertyAt } from "./propertyPath.ts"

describe("parsePath", () => {
  it.each([
    ["type", ["type"]],
    ["content.body", ["content", "body"]],
    ["content.m\\.relates_to.rel_type", ["content", "m.relates_to", "rel_type"]],
    ["content.m\\\\foo", ["content", "m\\foo"]],
    ["content.\\x\\", ["content", "\\x\\"]],
    ["content..a", ["content", "", "a"]],
    ["", [""]],
  ])("reads %j", (path, names) => {
    expect(parsePath(path)).toEqual(names)
  })

  it("reads back every list of escaped names", () => {
    const name = fc.string({ unit: fc.constantFrom("a", ".", "\\", "😀", "\n") })
    fc.assert(
      fc.property(fc.array(name, { minLength: 1 }), (names) => {
        const path = names.map((name) => name.replace(/[.\\]/g, "\\$&")).join(".")
        expect(parsePath(path)).toEqual(names)
      }),
    )
  })
})

describe("propertyAt", () => {
  it("finds what is there, and nothing that is inherited or within arrays and text", () => {
    const event = { content: { a: null, list: ["x"], text: "x" } }
    expect(propertyAt(event, ["content", "a"])).toBe(null)
    for (const path of ["content.b", "content.list.0", "content.list.length", "content.text.length", "content.a.b"]) {
      expect(propertyAt(event, parsePath(path))).toBe(undefined)
    }
    for (const path of ["constructor", "content.toString", "content.__proto__.x"]) {
      expect(propertyAt(event, parsePath(path))).toBe(undefined)
    }
  })
})
