import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { dueBefore, dueOf, filesIn, type Hold, holdsOn, type HoldSubject, isPeriod, type Policy } from "./retention.ts"

const name = fc.constantFrom("a", "b", "c")
const record = fc.record({ type: name, id: name })
const subject: fc.Arbitrary<HoldSubject> = fc.oneof(
  fc.record({ customer: name }),
  fc.record({ user: name }),
  fc.record({ record }),
  fc.record({ room: name }),
)
const holds = fc
  .array(subject, { maxLength: 6 })
  .map((all) => all.map((one, index): Hold => ({ id: String(index), subject: one })))
const matter = fc.record({
  rooms: fc.array(name),
  users: fc.array(name),
  records: fc.array(record),
  customers: fc.array(name),
})

describe("a hold", () => {
  it("keeps what it kept before, whichever other holds come", () => {
    fc.assert(
      fc.property(holds, holds, matter, (some, more, about) => {
        const before = holdsOn(some, about)
        const after = holdsOn([...some, ...more], about)
        assert.isTrue(before.every((id) => after.includes(id)))
      }),
    )
  })

  it("keeps more of what has to do with more, never less", () => {
    fc.assert(
      fc.property(holds, matter, matter, (all, one, other) => {
        const both = {
          rooms: [...one.rooms, ...other.rooms],
          users: [...one.users, ...other.users],
          records: [...one.records, ...other.records],
          customers: [...one.customers, ...other.customers],
        }
        const either = new Set([...holdsOn(all, one), ...holdsOn(all, other)])
        assert.deepStrictEqual(new Set(holdsOn(all, both)), either)
      }),
    )
  })

  it("is about what it names, and a record is its type and id together", () => {
    const nothing = { rooms: [], users: [], records: [], customers: [] }
    const one = [{ id: "h", subject: { record: { type: "invoice", id: "7" } } }]
    assert.deepStrictEqual(holdsOn(one, { ...nothing, records: [{ type: "invoice", id: "7" }] }), ["h"])
    assert.deepStrictEqual(holdsOn(one, { ...nothing, records: [{ type: "order", id: "7" }] }), [])
    assert.deepStrictEqual(holdsOn([{ id: "h", subject: { room: "!r" } }], { ...nothing, users: ["!r"] }), [])
  })
})

const time = fc.integer({ min: 0, max: 4_000_000_000_000 })
const keep = fc.record({ y: fc.nat(30), m: fc.nat(40), d: fc.nat(400) }).map(({ y, m, d }) => `P${y}Y${m}M${d}D`)
const policy: fc.Arbitrary<Policy> = fc.record({
  id: name,
  scope: fc.record({ kind: name, queue: name, recordType: name }, { requiredKeys: [] }),
  keep,
  then: fc.constantFrom("redact" as const, "purge" as const),
})
const kept = fc.record({ kind: name, queue: name, recordTypes: fc.array(name) })

describe("what is due", () => {
  it("is never in the future, and once due stays due", () => {
    fc.assert(
      fc.property(keep, time, time, (period, one, other) => {
        const [earlier, later] = one < other ? [one, other] : [other, one]
        assert.isAtMost(dueBefore(period, later), later)
        // A month that is shorter moves its end, by three days at most.
        assert.isAtLeast(dueBefore(period, later), dueBefore(period, earlier) - 3 * 24 * 60 * 60_000)
      }),
    )
  })

  it("is only ever less with one more policy of the same sort, and never anything without one", () => {
    fc.assert(
      fc.property(fc.array(policy), policy, kept, time, (policies, more, about, now) => {
        const [before, after] = [dueOf(policies, about, now), dueOf([...policies, more], about, now)]
        for (const then of ["redact", "purge"] as const) {
          if (before[then] !== undefined) assert.isAtMost(after[then]!, before[then])
        }
        assert.deepStrictEqual(dueOf([], about, now), { redact: undefined, purge: undefined })
      }),
    )
  })

  it("goes by the calendar", () => {
    const at = (text: string) => Date.parse(text)
    assert.strictEqual(dueBefore("P7Y", at("2026-11-23T10:00:00Z")), at("2019-11-23T10:00:00Z"))
    assert.strictEqual(dueBefore("P1M", at("2026-03-31T00:00:00Z")), at("2026-02-28T00:00:00Z"))
    assert.strictEqual(dueBefore("P1Y", at("2028-02-29T00:00:00Z")), at("2027-02-28T00:00:00Z"))
    assert.strictEqual(dueBefore("P30D", at("2026-11-30T00:00:00Z")), at("2026-10-31T00:00:00Z"))
    assert.deepStrictEqual(["P7Y", "P1Y6M", "P0D", "P", "7Y", "P1W", "PT1H"].map(isPeriod), [
      true,
      true,
      true,
      false,
      false,
      false,
      false,
    ])
  })
})

describe("the files of an event", () => {
  it("are found wherever they are named, each once", () => {
    const json = '{"file":{"url":"mxc://a/b"},"info":{"thumbnail_url":"mxc://a/c"},"url":"mxc://a/b","body":"mxc://"}'
    assert.deepStrictEqual(filesIn(json), ["mxc://a/b", "mxc://a/c"])
  })
})
