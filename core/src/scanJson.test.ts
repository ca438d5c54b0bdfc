import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { isCanonicalValue, isWellFormedValue, type JsonScan, scanJson } from "./scanJson.ts"

type Strict = Exclude<JsonScan["strict"], undefined>

/** A JSON text with what is to be said of it, put together from parts of which that is known. */
interface Known {
  readonly text: string
  readonly depth: number
  readonly problems: ReadonlyArray<Strict>
}
const space = fc.constantFrom("", " ", "\n\t")

const number = fc.oneof(
  fc.maxSafeInteger().map((integer): Known => ({ text: `${integer}`, depth: 0, problems: [] })),
  fc
    .constantFrom("1.0", "0.5", "1e3", "2E+5", "7e-1", "-0", "-0.0", "1e400")
    .map((text): Known => ({ text, depth: 0, problems: ["float"] })),
  fc
    .tuple(fc.boolean(), fc.bigInt({ min: 2n ** 53n, max: 2n ** 80n }))
    .map(([negative, beyond]): Known => ({ text: `${negative ? -beyond : beyond}`, depth: 0, problems: ["range"] })),
)
/** Pieces that look like what ends strings, opens brackets, begins numbers or makes halves meet. */
const piece = fc.constantFrom(
  "a",
  ":[{}]1.5-",
  "é",
  "💥",
  "\ud83d",
  "\udca5",
  '\\"',
  "\\\\",
  "\\n",
  "\\u0041",
  "\\u005C",
  "\\ud83d",
  "\\uDCA5",
  "\\ud83d\\udca5",
  "\\\\ud83d",
)
const string = fc.array(piece, { maxLength: 6 }).map((pieces): Known => {
  const text = `"${pieces.join("")}"`
  const whole = text.isWellFormed() && (JSON.parse(text) as string).isWellFormed()
  return { text, depth: 0, problems: whole ? [] : ["surrogate"] }
})
const literal = fc.constantFrom("true", "false", "null").map((text): Known => ({ text, depth: 0, problems: [] }))

const around = (open: string, parts: ReadonlyArray<string>, close: string, inside: ReadonlyArray<Known>): Known => ({
  text: `${open}${parts.join(",")}${close}`,
  depth: 1 + Math.max(0, ...inside.map(({ depth }) => depth)),
  problems: inside.flatMap(({ problems }) => problems),
})
const json = fc.letrec<{ value: Known }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    number,
    string,
    literal,
    fc.tuple(space, fc.array(tie("value"))).map(([space, members]) =>
      around(
        `[${space}`,
        members.map(({ text }) => text + space),
        "]",
        members,
      ),
    ),
    fc.tuple(space, fc.array(fc.tuple(string, tie("value")))).map(([space, members]) =>
      around(
        `{${space}`,
        members.map(([key, { text }]) => `${key.text}:${space}${text}`),
        "}",
        members.flat(),
      ),
    ),
  ),
})).value

describe("scanning JSON text", () => {
  it.each([
    ["[1.0]", "float"],
    ["[1e3]", "float"],
    ["[-0]", "float"],
    ["-0", "float"],
    ["[9007199254740992]", "range"],
    ["[-9007199254740993]", "range"],
    ['["\\ud800"]', "surrogate"],
    ['["\ud800"]', "surrogate"],
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

  it("says of any text what is known of its parts", () => {
    fc.assert(
      fc.property(json, ({ text, depth, problems }) => {
        const scan = scanJson(text)
        expect(scan.depth).toBe(depth)
        expect(scan.strict === undefined).toBe(problems.length === 0)
        expect([undefined, ...problems]).toContain(scan.strict)
      }),
      { numRuns: 500 },
    )
  })

  it("comes to an end with what is no JSON", () => {
    const fragment = fc.constantFrom('"', "\\", "[", "}", "1", "-", "e", "\\u", "\\ud800", "x")
    fc.assert(
      fc.property(fc.array(fragment), (fragments) => {
        expect(scanJson(fragments.join(""))).toHaveProperty("depth")
      }),
    )
  })
})

describe("a value from elsewhere", () => {
  it("is judged as its text is, wherever parsing keeps the difference", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value)
        expect(isCanonicalValue(JSON.parse(text))).toBe(scanJson(text).strict === undefined)
      }),
    )
  })

  it.each([
    [1.5, false, true],
    [2 ** 53, false, true],
    [-0, false, true],
    [Number.NaN, false, false],
    ["\ud83d", false, false],
    [undefined, false, false],
    [1n, false, false],
    [2 ** 53 - 1, true, true],
    ["💥", true, true],
    [null, true, true],
    [false, true, true],
  ])("%s is canonical: %s, well formed: %s, at any depth", (leaf, canonical, wellFormed) => {
    for (const value of [leaf, [1, leaf], { a: { b: [leaf] } }]) {
      expect(isCanonicalValue(value)).toBe(canonical)
      expect(isWellFormedValue(value)).toBe(wellFormed)
    }
  })

  it("has whole characters in its keys", () => {
    expect(isCanonicalValue({ "\ud83d": 1 })).toBe(false)
    expect(isWellFormedValue([{ "\ud83d": 1 }])).toBe(false)
  })
})
