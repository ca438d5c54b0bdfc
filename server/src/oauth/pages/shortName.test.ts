import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { shortName } from "./shortName.ts"

describe("an app's name", () => {
  it.each([
    ["Element", "Element"],
    ["  My \n\t App ", "My App"],
    ["safe\u202Eevil\u2069 app", "safe evil app"],
    ["x".repeat(100), `${"x".repeat(39)}…`],
    ["אפליקציה", "אפליקציה"],
    ["👨‍👩‍👧‍👦 chat", "👨 👩 👧 👦 chat"],
    ["\u200b\u0000", undefined],
    ["", undefined],
    [undefined, undefined],
  ])("%j is shown as %j", (name, shown) => {
    expect(shortName(name)).toBe(shown)
  })

  it("is one short line whatever it was", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (name) => {
        const shown = shortName(name)
        if (shown === undefined) return
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
        expect(shown.length).toBeLessThan(500)
      }),
    )
  })
})
