import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { shortName } from "./shortName.ts"

const isolated = (text: string) => `\u2068${text}\u2069`

describe("an app's name", () => {
  it.each([
    ["Element", isolated("Element")],
    ["  My \n\t App ", isolated("My App")],
    ["safe\u202Eevil\u2069 app", isolated("safe evil app")],
    ["x".repeat(100), isolated(`${"x".repeat(39)}…`)],
    ["אפליקציה", isolated("אפליקציה")],
    ["👨‍👩‍👧‍👦 chat", isolated("👨 👩 👧 👦 chat")],
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
        expect(shown.slice(1, -1)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
        expect(shown.length).toBeLessThan(500)
      }),
    )
  })
})
