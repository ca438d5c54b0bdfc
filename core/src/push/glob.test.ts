import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { compileGlob, containsWords } from "./glob.ts"

/** The definition, tried in every way. */
const globMatches = (pattern: ReadonlyArray<string>, text: ReadonlyArray<string>): boolean => {
  const [sign, ...rest] = pattern
  if (sign === undefined) return text.length === 0
  if (sign === "*") return globMatches(rest, text) || (text.length > 0 && globMatches(pattern, text.slice(1)))
  return text.length > 0 && (sign === "?" || sign === text[0]) && globMatches(rest, text.slice(1))
}
const isBoundary = (text: ReadonlyArray<string>, at: number): boolean =>
  [text[at - 1], text[at]].some((character) => character === undefined || !/^[A-Za-z0-9_]$/.test(character))

const wordsMatch = (pattern: ReadonlyArray<string>, text: ReadonlyArray<string>): boolean => {
  const boundaries = Array.from({ length: text.length + 1 }, (_, at) => at).filter((at) => isBoundary(text, at))
  return boundaries.some((from) => boundaries.some((to) => from <= to && globMatches(pattern, text.slice(from, to))))
}

// Few characters, so that they meet: letters in both cases, signs, one of two units, and the pattern's own.
const text = fc.string({
  unit: fc.constantFrom("a", "A", "b", "_", "1", " ", "-", "é", "É", "😀", "*", "?"),
  maxLength: 10,
})
const pattern = fc.string({ unit: fc.constantFrom("a", "B", "1", " ", "@", "é", "😀", "*", "*", "?"), maxLength: 6 })

describe("a glob", () => {
  it("matches the whole text as the definition does", () => {
    fc.assert(
      fc.property(pattern, text, (pattern, text) => {
        const expected = globMatches([...pattern.toLowerCase()], [...text.toLowerCase()])
        expect(compileGlob(pattern).matches(text)).toBe(expected)
      }),
      { numRuns: 2_000 },
    )
  })

  it("matches words as the definition does", () => {
    fc.assert(
      fc.property(pattern, text, (pattern, text) => {
        fc.pre(pattern !== "")
        const expected = wordsMatch([...pattern.toLowerCase()], [...text.toLowerCase()])
        expect(compileGlob(pattern).matchesWords(text)).toBe(expected)
      }),
      { numRuns: 2_000 },
    )
  })

  it.each([
    ["lunc?*", "Lunch plans", true],
    ["lunc?*", "LUNCH", true],
    ["lunc?*", " lunch", false],
    ["lunc?*", "lunc", false],
    ["", "", true],
    ["", "a", false],
    ["*", "", true],
    ["?", "😀", true],
    ["m.room.*", "m.room.message", true],
    ["m.room.*", "mXroom.message", false],
  ])("%j matches %j: %s", (pattern, text, expected) => {
    expect(compileGlob(pattern).matches(text)).toBe(expected)
  })

  it.each([
    ["ex*ple", "An example event.", true],
    ["ex*ple", "exple", true],
    ["ex*ple", "An exciting triple-whammy", true],
    ["ex*ple", "An examples", false],
    ["cake", "Cake!", true],
    ["cake", "cakes", false],
    ["cake", "cakes and cake", true],
    ["cake", "pan_cake", false],
    ["cake", "pan-cake", true],
    ["@room", "hey @room!", true],
    ["@room", "@rooms", false],
    ["", "anything", false],
    ["", "", false],
  ])("%j matches words of %j: %s", (pattern, text, expected) => {
    expect(compileGlob(pattern).matchesWords(text)).toBe(expected)
  })

  it("takes each character of a literal for itself", () => {
    expect(containsWords("a.b", "a*b")).toBe(false)
    expect(containsWords("who is a*b?", "a*b")).toBe(true)
    expect(compileGlob("a.b+(c)").matches("A.B+(C)")).toBe(true)
  })

  it("stays cheap where backtracking would not end", () => {
    const glob = compileGlob("*a".repeat(200) + "*b")
    expect(glob.matches("a".repeat(60_000))).toBe(false)
    expect(glob.matchesWords("a".repeat(60_000))).toBe(false)
  })
})
