import type { Json } from "@biz1/protocol/json"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { canonicalJson } from "./canonicalJson.ts"

/** Integers and text as canonical JSON has them; few keys, so that equal ones meet. */
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: "grapheme" }),
  fc.constantFrom("", "\u2028", "\ud83d\ude00", "\uffff"),
)
const json = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    text,
    fc.array(tie("value")),
    fc.dictionary(text, tie("value")),
  ),
})).value

describe("canonical JSON", () => {
  it.each([
    [{}, "{}"],
    [{ one: 1, two: "Two" }, '{"one":1,"two":"Two"}'],
    [{ b: "2", a: "1" }, '{"a":"1","b":"2"}'],
    [
      {
        auth: {
          success: true,
          mxid: "@john.doe:example.com",
          profile: {
            display_name: "John Doe",
            three_pids: [
              { medium: "email", address: "john.doe@example.org" },
              { medium: "msisdn", address: "123456789" },
            ],
          },
        },
      },
      '{"auth":{"mxid":"@john.doe:example.com","profile":{"display_name":"John Doe","three_pids":[{"address":"john.doe@example.org","medium":"email"},{"address":"123456789","medium":"msisdn"}]},"success":true}}',
    ],
    [{ a: "日本語" }, '{"a":"日本語"}'],
    [{ 本: 2, 日: 1 }, '{"日":1,"本":2}'],
    [{ a: "\u65E5" }, '{"a":"日"}'],
    [{ a: null }, '{"a":null}'],
    [{ a: -0, b: 1e10 }, '{"a":0,"b":10000000000}'],
    [{ "10": 1, "9": 2, "": 3 }, '{"":3,"10":1,"9":2}'],
    [{ a: '"\\\b\f\n\r\t\u0001\u007f' }, '{"a":"\\"\\\\\\b\\f\\n\\r\\t\\u0001\u007f"}'],
  ])("writes %j as the specification does", (value, expected) => {
    expect(canonicalJson(value)).toBe(expected)
  })

  it("sorts keys by code point, where UTF-16 would not", () => {
    expect(canonicalJson({ "\ud83d\ude00": 1, "\uffff": 2 })).toBe('{"\uffff":2,"\ud83d\ude00":1}')
  })

  it("means what it was made of, however often it is made", () => {
    fc.assert(
      fc.property(json, (value) => {
        const canonical = canonicalJson(value)
        expect(canonicalJson(JSON.parse(canonical) as Json)).toBe(canonical)
        expect(JSON.parse(canonical)).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  it("orders keys as their UTF-8 bytes are ordered", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "grapheme" }), fc.constant(0)), (object) => {
        const keys = [...canonicalJson(object).matchAll(/("(?:[^"\\]|\\.)*"):0/gs)].map(
          ([, key]) => JSON.parse(key!) as string,
        )
        const sorted = Object.keys(object).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        expect(keys).toEqual(sorted)
      }),
    )
  })
})
