import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { type Line, page } from "./page.ts"

const text = fc.string({ unit: fc.constantFrom("<", ">", '"', "'", "&", "a", "script", "/", "=", " ", "א") })
const line: fc.Arbitrary<Line> = fc.record({
  roomId: text,
  sender: text,
  type: fc.constantFrom("m.room.message", "m.room.member", "m.room.encrypted", "com.example"),
  stateKey: fc.option(text, { nil: undefined }),
  at: fc.nat(),
  content: fc.record({ body: text, membership: text }),
  redacted: fc.boolean(),
  file: fc.option(text, { nil: undefined }),
})

describe("a page", () => {
  it("holds no element but its own, whatever people wrote", () => {
    const own = new Set(
      "html head meta title style body h1 nav a ol li time b p h2".split(" ").flatMap((name) => [name, `/${name}`]),
    )
    fc.assert(
      fc.property(text, fc.array(line), (title, lines) => {
        const html = page(title, lines, 2, false)
        for (const [, name] of html.matchAll(/<([^\s>]*)/g)) assert.isTrue(own.has(name!) || name === "!doctype", name)
      }),
    )
  })

  it("shows nothing of what was removed", () => {
    const removed = { ...fc.sample(line, 1)[0]!, content: { body: "quince" }, redacted: true }
    assert.notInclude(page("x", [removed], 1, true), "quince")
  })
})
