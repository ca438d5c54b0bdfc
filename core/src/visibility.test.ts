import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Circumstances, mayRead } from "./visibility.ts"

const visibility = fc.constantFrom("world_readable", "shared", "invited", "joined", "nonsense")
const membership = fc.constantFrom("join", "invite", "knock", "leave", "ban")

describe("reading an event", () => {
  // The rows are the specification's options, the columns who was what when the event was sent.
  it.each([
    ["world_readable", { join: true, invite: true, leave: true, joinedSince: true }],
    ["shared", { join: true, invite: false, leave: false, joinedSince: true }],
    ["invited", { join: true, invite: true, leave: false, joinedSince: false }],
    ["joined", { join: true, invite: false, leave: false, joinedSince: false }],
    ["nonsense", { join: true, invite: false, leave: false, joinedSince: true }],
  ])("that is %s", (visibility, expected) => {
    const reads = (membership: string, joinedSince = false) => mayRead({ visibility, membership, joinedSince })
    expect({
      join: reads("join"),
      invite: reads("invite"),
      leave: reads("leave"),
      joinedSince: reads("leave", true),
    }).toEqual(expected)
  })
  // Every visibility, with every membership at the time, and with a join since or none.
  it.each([
    ["world_readable", ["join", "invite", "knock", "leave", "ban"], ["join", "invite", "knock", "leave", "ban"]],
    ["shared", ["join"], ["join", "invite", "knock", "leave", "ban"]],
    ["invited", ["join", "invite"], ["join", "invite"]],
    ["joined", ["join"], ["join"]],
  ])("that is %s was for %j, and after a join since for %j", (visibility, before, since) => {
    const all = ["join", "invite", "knock", "leave", "ban"]
    const readers = (joinedSince: boolean) =>
      all.filter((membership) => mayRead({ visibility, membership, joinedSince }))
    expect([readers(false), readers(true)]).toEqual([before, since])
  })
  it("that changes the visibility is for whom the old or the new one lets read it", () => {
    const stranger = { membership: "leave", joinedSince: false }
    expect(mayRead({ ...stranger, visibilityBefore: "world_readable", visibility: "joined" })).toBe(true)
    expect(mayRead({ ...stranger, visibilityBefore: "joined", visibility: "world_readable" })).toBe(true)
    expect(mayRead({ ...stranger, visibilityBefore: "joined", visibility: "invited" })).toBe(false)
  })
  it("that is one's own membership is for whom the old or the new one lets read it", () => {
    const strict = { visibility: "joined", joinedSince: false }
    expect(mayRead({ ...strict, membershipBefore: "leave", membership: "join" })).toBe(true)
    expect(mayRead({ ...strict, membershipBefore: "join", membership: "ban" })).toBe(true)
    expect(mayRead({ ...strict, membershipBefore: "invite", membership: "leave" })).toBe(false)
    expect(mayRead({ ...strict, visibility: "invited", membershipBefore: "invite", membership: "leave" })).toBe(true)
  })
  it("is never lost by having been closer to the room, or by the room having been more open", () => {
    const closeness = ["leave", "invite", "join"]
    const openness = ["joined", "invited", "world_readable"]
    const index = fc.integer({ min: 0, max: 2 })
    fc.assert(
      fc.property(index, index, index, index, fc.boolean(), (m1, m2, v1, v2, joinedSince) => {
        const at = (m: number, v: number) =>
          mayRead({ membership: closeness[m]!, visibility: openness[v]!, joinedSince })
        const further = at(Math.min(m1, m2), Math.min(v1, v2))
        expect(!further || at(Math.max(m1, m2), Math.max(v1, v2))).toBe(true)
      }),
    )
  })
  it("is never lost by a change at that very event", () => {
    fc.assert(
      fc.property(visibility, visibility, membership, membership, fc.boolean(), (before, now, was, is, joinedSince) => {
        const event: Circumstances = { visibility: now, membership: is, joinedSince }
        const withChange = mayRead({ ...event, visibilityBefore: before, membershipBefore: was })
        expect(!mayRead(event) || withChange).toBe(true)
      }),
    )
  })
})
