import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { parseByteRange } from "./byteRange.ts"

describe("a Range header", () => {
  it.each([
    ["bytes=0-0", { first: 0, last: 0 }],
    ["bytes=2-4", { first: 2, last: 4 }],
    ["bytes=7-", { first: 7, last: 9 }],
    ["bytes=7-99", { first: 7, last: 9 }],
    ["bytes=-3", { first: 7, last: 9 }],
    ["bytes=-99", { first: 0, last: 9 }],
    ["Bytes= 1-2", { first: 1, last: 2 }],
    ["bytes=10-", "unsatisfiable"],
    ["bytes=-0", "unsatisfiable"],
    ["bytes=4-2", undefined],
    ["bytes=-", undefined],
    ["bytes=1-2,4-5", undefined],
    ["bytes=a-b", undefined],
    ["lines=1-2", undefined],
    ["", undefined],
    [undefined, undefined],
  ])("%s of ten bytes", (header, range) => {
    expect(parseByteRange(header, 10)).toEqual(range)
  })

  it("finds nothing in an empty file", () => {
    expect(parseByteRange("bytes=0-", 0)).toBe("unsatisfiable")
    expect(parseByteRange("bytes=-5", 0)).toBe("unsatisfiable")
  })

  it("never leads outside of the file", () => {
    const position = fc.option(fc.nat(), { nil: "" })
    fc.assert(
      fc.property(position, position, fc.nat(), (from, to, size) => {
        const range = parseByteRange(`bytes=${from}-${to}`, size)
        if (typeof range !== "object") return
        expect(range.first).toBeGreaterThanOrEqual(0)
        expect(range.first).toBeLessThanOrEqual(range.last)
        expect(range.last).toBeLessThan(size)
      }),
    )
  })
})
