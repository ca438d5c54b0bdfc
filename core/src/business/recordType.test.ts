import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { FIELD_KINDS, type TypeBody } from "@biz1/protocol/business/types"
import { type FieldKind, type Fields, misfitOf } from "./recordType.ts"

const names = ["a", "b", "c", "constructor"] as const
const kind = fc.constantFrom(...FIELD_KINDS)
const types: fc.Arbitrary<TypeBody["fields"]> = fc.dictionary(
  fc.constantFrom(...names),
  fc.record({ kind, required: fc.boolean() }),
)
const values: Readonly<Record<FieldKind, fc.Arbitrary<Fields[string]>>> = {
  string: fc.constantFrom("", "text"),
  number: fc.constantFrom(0, -1.5),
  boolean: fc.boolean(),
  date: fc.constantFrom("2026-02-28", "2026-11-23T17:00:00Z", "2026-11-23T17:00:00.5+02:00"),
}

/** A type, and fields that fit it. */
const fitting = types.chain((fields) =>
  fc
    .record(
      Object.fromEntries(
        Object.entries(fields).map(([name, { kind: of, required }]) => [
          name,
          required ? values[of] : fc.option(values[of]),
        ]),
      ),
    )
    .map((record) => [{ fields }, { ...record }] as const),
)

describe("a record's fields", () => {
  it("fit where each is what the type says", () => {
    fc.assert(
      fc.property(fitting, ([type, fields]) => {
        expect(misfitOf(type, fields)).toBeUndefined()
      }),
    )
  })

  it("do not with one that the type does not have", () => {
    fc.assert(
      fc.property(fitting, ([type, fields]) => {
        expect(misfitOf(type, { ...fields, other: null })?.field).toBe("fields.other")
      }),
    )
  })

  it("do not where one that has to be is missing or empty", () => {
    fc.assert(
      fc.property(fitting, fc.constantFrom(...names), kind, fc.boolean(), ([type, fields], name, of, empty) => {
        const { [name]: _, ...rest } = fields
        const asked = { fields: { ...type.fields, [name]: { kind: of, required: true } } }
        expect(misfitOf(asked, empty ? { ...rest, [name]: null } : rest)?.field).toBe(`fields.${name}`)
      }),
    )
  })

  it.each([
    ["string", 1],
    ["number", "1"],
    ["boolean", "true"],
    ["date", "soon"],
    ["date", "2026-02-30"],
    ["date", "2026-02-30T10:00:00Z"],
    ["date", "2026-11-23T25:00:00Z"],
    ["date", 20_261_123],
  ] as const)("that hold a %s do not hold %j", (of, value) => {
    expect(misfitOf({ fields: { a: { kind: of } } }, { a: value })).toMatchObject({ field: "fields.a" })
  })
})
