import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { changedBetween, type Standing, verdictOf } from "./recordVersion.ts"

const body = (version: number) => ({ title: `v${version}`, amount: version + 0.5, people: [{ role: "x" }] })

describe("a version", () => {
  it("stands where it is the highest, whatever came before it and however often", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(8), { minLength: 1 }), (versions) => {
        let standing: Standing | undefined
        for (const version of versions) {
          const verdict = verdictOf(standing, { version, body: body(version) })
          assert.strictEqual(verdict === "created", standing === undefined)
          if (verdict === "created" || verdict === "updated")
            standing = { version, body: body(version), deleted: false }
          else assert.strictEqual(verdict, version === standing!.version ? "unchanged" : "stale")
        }
        assert.strictEqual(standing!.version, Math.max(...versions))
      }),
    )
  })

  it("may not be said twice in different words, and does not come back from removal by itself", () => {
    const before = { version: 2, body: body(2), deleted: false }
    assert.strictEqual(verdictOf(before, { version: 2, body: { ...body(2), title: "other" } }), "contradicted")
    assert.strictEqual(verdictOf({ ...before, deleted: true }, { version: 2, body: body(2) }), "stale")
    assert.strictEqual(verdictOf({ ...before, deleted: true }, { version: 3, body: body(2) }), "updated")
  })
})

describe("what changed", () => {
  it("is named, whether it came, went or became something else", () => {
    assert.deepStrictEqual(changedBetween(undefined, { a: 1 }), ["a"])
    assert.deepStrictEqual(changedBetween({ a: 1, b: [1, { c: 2.5 }], d: 3 }, { a: 1, b: [1, { c: 2.25 }], e: 4 }), [
      "b",
      "d",
      "e",
    ])
    assert.deepStrictEqual(changedBetween({ b: { x: 1, y: 2 } }, { b: { y: 2, x: 1 } }), [])
  })
})
