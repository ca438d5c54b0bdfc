import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { isCanonicalValue, scanJson } from "./scanJson.ts"

describe("scanning JSON text", () => {
  it.each([
    ["[1.0]", "float"],
    ["[1e3]", "float"],
    ["[-0]", "float"],
    ["[9007199254740992]", "range"],
    ["[-9007199254740993]", "range"],
    ['["\\ud800"]', "surrogate"],
    ['["\\uDC00\\ud800"]', "surrogate"],
    ['{"\\ud83d": 1}', "surrogate"],
    ["[9007199254740991, -9007199254740991, 0, -1]", undefined],
    ['["1.5", "1e3", "\\ud83d\\ude00", "\\\\ud800"]', undefined],
  ])("judges %s as %s", (text, strict) => {
    expect(scanJson(text).strict).toBe(strict)
  })

  it("counts nesting outside of strings, however deep", () => {
    expect(scanJson('{"a":[[{"b":"[[[["}]]}').depth).toBe(4)
    expect(scanJson("[".repeat(100_000) + "]".repeat(100_000)).depth).toBe(100_000)
  })

  it("agrees with a look at the parsed value wherever parsing keeps the difference", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value)
        expect(scanJson(text).strict === undefined).toBe(isCanonicalValue(JSON.parse(text)))
      }),
    )
  })
})
