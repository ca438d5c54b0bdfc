import { describe, expect, it } from "vitest"
import fc from "fast-check"
import { SubjectMap } from "./SubjectMap.ts"
import { isPattern, isSubject, token } from "./subject.ts"

const word = fc.constantFrom("a", "b", "c")
const subject = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join("."))
const pattern = fc
  .tuple(fc.array(fc.oneof(word, fc.constant("*")), { maxLength: 4 }), fc.boolean())
  .map(([words, tail]) => [...words, ...(tail || words.length === 0 ? [">"] : [])].join("."))

/** The grammar, word by word. */
const matches = (pattern: string, subject: string): boolean => {
  const [wanted, words] = [pattern.split("."), subject.split(".")]
  const fits = wanted.every((part, index) => index < words.length && [">", "*", words[index]].includes(part))
  return fits && (wanted.at(-1) === ">" || wanted.length === words.length)
}

describe("SubjectMap", () => {
  it("finds what the grammar says, each value once, and nothing that was taken out", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(pattern, fc.boolean()), { maxLength: 12 }), subject, (entries, subject) => {
        const map = new SubjectMap<number>()
        entries.forEach(([pattern], index) => map.add(pattern, index))
        entries.forEach(([pattern, removed], index) => removed && map.delete(pattern, index))
        const found: Array<number> = []
        map.match(subject, (index) => found.push(index))
        const expected = entries.flatMap(([pattern, removed], index) =>
          !removed && matches(pattern, subject) ? [index] : [],
        )
        expect(found.toSorted((a, b) => a - b)).toEqual(expected)
      }),
    )
  })

  it("takes out only what is there", () => {
    const map = new SubjectMap<number>()
    map.add("a.*", 1)
    map.delete("a.b", 1)
    map.delete("a.*.c", 1)
    map.delete("*.b", 1)
    const found: Array<number> = []
    map.match("a.b", (value) => found.push(value))
    expect(found).toEqual([1])
  })
})

describe("token", () => {
  it("makes one plain token of any text, and different ones of different texts", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (one, two) => {
        expect(isSubject(token(one))).toBe(true)
        expect(token(one)).not.toContain(".")
        expect(token(one) === token(two)).toBe(one === two)
      }),
    )
    expect(token("!a.b*>c:x y")).toBe("!a%2Eb%2A%3Ec%3Ax%20y")
  })
})

describe("the grammar", () => {
  it.each(["a", "a.b", "a-b.c_d.%20", "!a:b.$e"])("takes %j as subject", (text) => {
    expect([isSubject(text), isPattern(text)]).toEqual([true, true])
  })
  it.each([">", "*", "a.*", "*.*.a", "a.>"])("takes %j as pattern only", (text) => {
    expect([isSubject(text), isPattern(text)]).toEqual([false, true])
  })
  it.each(["", ".", "a.", ".a", "a..b", "a b", "a\n", ">.a", "a*", "*a.b", "é", "a".repeat(2_001)])(
    "refuses %j",
    (text) => {
      expect([isSubject(text), isPattern(text)]).toEqual([false, false])
    },
  )
})
