import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { searchText, searchWords } from "./searchText.ts"

describe("searched text", () => {
  it.each([
    ["Crème Brûlée", "creme brulee"],
    ["שָׁלוֹם", "שלום"],
    ["مُحَمَّد", "محمد"],
    ["أحمد إلى آخر", "احمد الي اخر"],
    ["مدرسة", "مدرسه"],
    ["STRASSE straße", "strasse strasse"],
    ["ﬁle № 4", "file no 4"],
  ])("of %s is %s", (text, expected) => {
    expect(searchText(text)).toBe(expected)
  })

  it("has the numbers inside codes as words, and characters of languages without spaces", () => {
    expect(searchWords("INV-1042, rev2")).toEqual(["inv", "1042", "rev", "2"])
    expect(searchWords("東京 OK")).toEqual(["東", "京", "ok"])
    expect(searchWords("…")).toEqual([])
  })

  it("stays what it is when it is made again", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(searchText(searchText(text))).toBe(searchText(text))
      }),
    )
  })
})
