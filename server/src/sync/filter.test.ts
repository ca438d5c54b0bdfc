import type { RoomEventFilter } from "@biz1/protocol/filter"
import type { JsonObject } from "@biz1/protocol/json"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { accepting, acceptsAll } from "./filter.ts"
import { syncFilter } from "./syncFilter.ts"

interface Asked {
  readonly type?: string
  readonly sender?: string
  readonly content?: JsonObject
  readonly roomId?: string
}

describe("a filter of events", () => {
  const accepts = (filter: RoomEventFilter, { type = "m.room.message", roomId = "!a:x", ...event }: Asked) =>
    accepting(filter)({ type, sender: "@alice:x", ...event }, roomId)

  it.each<[RoomEventFilter, Asked, boolean]>([
    [{}, {}, true],
    [{ limit: 0, lazy_load_members: true }, {}, true],
    // An empty list names nothing; one that is not there leaves all.
    [{ types: [] }, {}, false],
    [{ types: ["m.room.message"] }, {}, true],
    [{ types: ["m.room"] }, {}, false],
    [{ types: ["m.room.name", "m.room.message"] }, {}, true],
    [{ types: ["*"] }, {}, true],
    [{ types: ["m.room.*"] }, {}, true],
    [{ types: ["*.message"] }, {}, true],
    [{ types: ["m.*.message"] }, {}, true],
    [{ types: ["m.room.message*"] }, {}, true],
    [{ types: ["m.room*room.message"] }, {}, false],
    [{ types: ["m.roo?.message"] }, {}, false],
    [{ types: ["m.room.*"] }, { type: "mXroom.message" }, false],
    [{ types: ["M.ROOM.MESSAGE"] }, {}, false],
    // What is excluded is so even where it is listed.
    [{ not_types: [] }, {}, true],
    [{ not_types: ["m.room.message"] }, {}, false],
    [{ not_types: ["m.room.*"], types: ["m.room.message"] }, {}, false],
    [{ not_types: ["m.room.name"] }, {}, true],
    [{ senders: [] }, {}, false],
    [{ senders: ["@alice:x"] }, {}, true],
    [{ senders: ["@bob:x"] }, {}, false],
    [{ senders: ["@*:x"] }, {}, false],
    [{ not_senders: ["@alice:x"] }, {}, false],
    [{ not_senders: ["@alice:x"], senders: ["@alice:x"] }, {}, false],
    [{ not_senders: [] }, {}, true],
    [{ rooms: [] }, {}, false],
    [{ rooms: ["!a:x"] }, {}, true],
    [{ rooms: ["!b:x"] }, {}, false],
    [{ not_rooms: ["!a:x"] }, {}, false],
    [{ not_rooms: ["!a:x"], rooms: ["!a:x"] }, {}, false],
    [{ not_rooms: ["!b:x"] }, {}, true],
    [{ contains_url: true }, { content: { url: "mxc://x/y" } }, true],
    [{ contains_url: true }, { content: { body: "x" } }, false],
    [{ contains_url: true }, {}, false],
    [{ contains_url: true }, { content: { url: 1 } }, false],
    [{ contains_url: false }, { content: { url: "mxc://x/y" } }, false],
    [{ contains_url: false }, { content: { body: "x" } }, true],
    [{ types: ["m.room.message"], senders: ["@bob:x"] }, {}, false],
  ])("%j of %j: %s", (filter, asked, expected) => {
    expect(accepts(filter, asked)).toBe(expected)
  })

  it("asks what has no sender for none, and what has no room for none", () => {
    expect(accepting({ senders: ["@alice:x"] })({ type: "m.tag" })).toBe(false)
    expect(accepting({ not_senders: ["@alice:x"] })({ type: "m.tag" })).toBe(true)
    expect(accepting({ rooms: ["!a:x"] })({ type: "m.direct" })).toBe(true)
  })

  it("knows when it keeps nothing out", () => {
    expect(acceptsAll(accepting(undefined))).toBe(true)
    expect(acceptsAll(accepting({ limit: 1, unread_thread_notifications: true }))).toBe(true)
    expect(acceptsAll(accepting({ not_types: ["x"] }))).toBe(false)
  })

  it("takes the star of a type for any text", () => {
    const part = fc.string({ unit: fc.constantFrom("a", "b", ".", "+"), maxLength: 4 })
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), part, (parts, text) => {
        const literal = (some: string) => some.replaceAll(/[.+]/g, String.raw`\$&`)
        const expected = new RegExp(`^${parts.map(literal).join(".*")}$`).test(text)
        expect(accepts({ types: [parts.join("*")] }, { type: text })).toBe(expected)
      }),
      { numRuns: 500 },
    )
  })
})

describe("a filter of a sync", () => {
  it("has the specification's defaults", () => {
    expect(syncFilter({})).toMatchObject({
      timelineLimit: 10,
      lazyMembers: false,
      redundantMembers: false,
      includeLeave: false,
      threadCounts: false,
      fields: undefined,
    })
    expect(syncFilter({}).room("!a:x")).toBe(true)
  })

  it.each<[object, object]>([
    [{ timeline: { limit: 0 } }, { timelineLimit: 0 }],
    [{ timeline: { limit: 7 } }, { timelineLimit: 7 }],
    [{ timeline: { limit: 1_000_000 } }, { timelineLimit: 500 }],
    [{ state: { limit: 7 } }, { timelineLimit: 10 }],
    [{ state: { lazy_load_members: true } }, { lazyMembers: true }],
    [{ timeline: { lazy_load_members: true } }, { lazyMembers: true }],
    [{ state: { include_redundant_members: true } }, { redundantMembers: true, lazyMembers: false }],
    [{ timeline: { include_redundant_members: true } }, { redundantMembers: true }],
    [{ include_leave: true }, { includeLeave: true }],
    [{ timeline: { unread_thread_notifications: true } }, { threadCounts: true }],
  ])("with %j for rooms is %j", (room, expected) => {
    expect(syncFilter({ room })).toMatchObject(expected)
  })

  it.each<[object, ReadonlyArray<string>]>([
    [{ rooms: [] }, []],
    [{ rooms: ["!a:x"] }, ["!a:x"]],
    [{ not_rooms: ["!a:x"] }, ["!b:x"]],
    [{ rooms: ["!a:x", "!b:x"], not_rooms: ["!a:x"] }, ["!b:x"]],
    [{ rooms: ["!a:x"], not_rooms: ["!a:x"] }, []],
  ])("with %j has of two rooms %j", (room, expected) => {
    expect(["!a:x", "!b:x"].filter(syncFilter({ room }).room)).toEqual(expected)
  })

  it("asks each part for itself", () => {
    const parts = ["timeline", "state", "ephemeral", "account_data"] as const
    const named = {
      timeline: "timeline",
      state: "state",
      ephemeral: "ephemeral",
      account_data: "roomAccountData",
    } as const
    for (const part of parts) {
      const filter = syncFilter({ room: { [part]: { types: [] } } })
      const refusing = parts.filter((one) => !filter[named[one]]({ type: "x" }))
      expect(refusing).toEqual([part])
      expect([filter.presence({ type: "x" }), filter.accountData({ type: "x" })]).toEqual([true, true])
    }
    expect(syncFilter({ presence: { types: [] } }).presence({ type: "m.presence" })).toBe(false)
    expect(syncFilter({ account_data: { types: [] } }).accountData({ type: "m.direct" })).toBe(false)
  })
})
