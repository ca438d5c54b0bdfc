import type { EventId, UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { StateEvent } from "./Event.ts"
import { creatorsOf, parseLevel, powerLevels } from "./power.ts"
import { roomVersions } from "./roomVersion.ts"

const [alice, bob, carol] = ["@alice:a", "@bob:a", "@carol:b"] as [UserId, UserId, UserId]
const event = (type: string, sender: UserId, content: JsonObject): StateEvent => ({
  eventId: `$${type}` as EventId,
  type,
  stateKey: "",
  sender,
  content,
})
const levels = (version: string, content: JsonObject | undefined, created: JsonObject = {}) =>
  powerLevels(
    roomVersions.get(version)!,
    event("m.room.create", alice, created),
    content && event("m.room.power_levels", alice, content),
  )

describe("a user's level", () => {
  it("without an event is 100 for the creator and 0 for all others", () => {
    expect(levels("11", undefined).ofUser(alice)).toBe(100)
    expect(levels("11", undefined).ofUser(bob)).toBe(0)
  })
  it("is the creator's whom the creation names until version 10", () => {
    expect(levels("10", undefined, { creator: bob }).ofUser(bob)).toBe(100)
    expect(levels("10", undefined, { creator: bob }).ofUser(alice)).toBe(0)
    expect(levels("11", undefined, { creator: bob }).ofUser(bob)).toBe(0)
  })
  it("is what the event says, for creators too", () => {
    const { ofUser } = levels("11", { users: { [bob]: 60 }, users_default: 5 })
    expect([alice, bob, carol].map(ofUser)).toEqual([5, 60, 5])
  })
  it("is above all others for creators since version 12", () => {
    const { ofUser } = levels("12", { users: { [alice]: 1, [carol]: 2 } }, { additional_creators: [bob] })
    expect([alice, bob, carol].map(ofUser)).toEqual([Infinity, Infinity, 2])
    expect(levels("11", {}, { additional_creators: [bob] }).ofUser(bob)).toBe(0)
    const create = event("m.room.create", alice, { additional_creators: [bob] })
    expect(creatorsOf(roomVersions.get("12")!, create)).toEqual([alice, bob])
    expect(creatorsOf(roomVersions.get("11")!, create)).toEqual([alice])
  })
})

describe("what a thing takes", () => {
  it.each([undefined, {}])("is the default where nothing is said: %j", (content) => {
    const { invite, kick, ban, redact, toSend, toNotify } = levels("11", content)
    expect({ invite, kick, ban, redact }).toEqual({ invite: 0, kick: 50, ban: 50, redact: 50 })
    expect(toSend("m.room.name", true)).toBe(50)
    expect(toSend("m.room.message", false)).toBe(0)
    expect(toNotify("room")).toBe(50)
  })
  it("is what the event says of the type, or of its kind", () => {
    const { toSend, toNotify } = levels("11", {
      state_default: 1,
      events_default: 2,
      events: { x: 3, y: "4" },
      notifications: { room: 5 },
    })
    expect(toSend("x", true)).toBe(3)
    expect(toSend("x", false)).toBe(3)
    expect(toSend("other", true)).toBe(1)
    expect(toSend("other", false)).toBe(2)
    expect(toSend("y", false)).toBe(2)
    expect(toNotify("room")).toBe(5)
    expect(toNotify("other")).toBe(50)
  })
  it("takes no level from what every object has", () => {
    expect(levels("9", { events: {} }).toSend("constructor", true)).toBe(50)
    expect(levels("9", { events: {} }).toSend("__proto__", true)).toBe(50)
  })
})

describe("a level as it is written", () => {
  const parse = (value: unknown, version: string) => parseLevel(value, roomVersions.get(version)!)
  it.each([
    ["100", 100],
    ["000100", 100],
    ["+100", 100],
    ["-100", -100],
    [" -00100 ", -100],
    [50.57, 50],
    [-50.57, -50],
  ])("%j is %d until version 9, and none since", (value, level) => {
    expect(parse(value, "9")).toBe(level)
    expect(parse(value, "10")).toBeUndefined()
  })
  it.each(["", " ", "1.5", "1e3", "0x10", "+-1", "1 0", "ten", null, true, [1], {}, NaN, Infinity, "9".repeat(400)])(
    "%j is none",
    (value) => {
      expect(parse(value, "1")).toBeUndefined()
      expect(parse(value, "10")).toBeUndefined()
    },
  )
  it("is itself where it is an integer", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (level) => {
        expect([parse(level, "1"), parse(level, "12")]).toEqual([level, level])
      }),
    )
  })
})
