import { UserId } from "@biz1/protocol/ids"
import type { Json } from "@biz1/protocol/json"
import type { PushAction, PushCondition, PushRule, PushRuleset } from "@biz1/protocol/pushRules"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { PushContext, PushEvent } from "./conditions.ts"
import { defaultRules } from "./defaultRules.ts"
import { compile } from "./evaluate.ts"

const alice = UserId.make("@alice:x")
const context: PushContext = { userId: alice, memberCount: 3, senderPower: 0, powerLevelNeeded: () => 50 }
const event: PushEvent = {
  type: "m.room.message",
  sender: "@bob:x",
  room_id: "!room:x",
  content: {
    body: "It's time for tea",
    "m.federate": true,
    "m.x": { "a\\b": 1, none: null, list: ["a", 1, null, { b: 1 }] },
  },
}

const none: PushRuleset = { override: [], content: [], room: [], sender: [], underride: [] }
const kinds = ["override", "content", "room", "sender", "underride"] as const
const sound = (value: string): ReadonlyArray<PushAction> => ["notify", { set_tweak: "sound", value }]

/** A rule of the kind that matches `event`, and says which it was. */
const matching = (kind: (typeof kinds)[number], name: string): PushRule => ({
  rule_id: kind === "room" ? event.room_id : kind === "sender" ? event.sender : name,
  default: false,
  enabled: true,
  actions: sound(name),
  ...(kind === "content" ? { pattern: "tea" } : {}),
})
const withConditions = (...conditions: ReadonlyArray<PushCondition>) =>
  compile({ ...none, override: [{ ...matching("override", "it"), conditions }] })
const holds = (condition: PushCondition, facts: Partial<PushContext> = {}): boolean =>
  withConditions(condition)(event, { ...context, ...facts }).notify

describe("kinds of rule", () => {
  const choice = fc.record({
    override: fc.array(fc.boolean(), { maxLength: 3 }),
    content: fc.array(fc.boolean(), { maxLength: 3 }),
    room: fc.array(fc.boolean(), { maxLength: 1 }),
    sender: fc.array(fc.boolean(), { maxLength: 1 }),
    underride: fc.array(fc.boolean(), { maxLength: 3 }),
  })
  const rulesetOf = (chosen: Record<(typeof kinds)[number], ReadonlyArray<boolean>>): PushRuleset => {
    const rules = (kind: (typeof kinds)[number]) =>
      chosen[kind].map((enabled, index) => ({ ...matching(kind, `${kind} ${index}`), enabled }))
    return {
      override: rules("override"),
      content: rules("content"),
      room: rules("room"),
      sender: rules("sender"),
      underride: rules("underride"),
    }
  }

  it("are tried in their order, within each the first that is enabled", () => {
    fc.assert(
      fc.property(choice, (chosen) => {
        const first = kinds.flatMap((kind) => chosen[kind].flatMap((on, index) => (on ? [`${kind} ${index}`] : [])))[0]
        expect(compile(rulesetOf(chosen))(event, context).sound).toBe(first)
      }),
    )
  })

  it("never notify of what the user sent", () => {
    fc.assert(
      fc.property(choice, fc.boolean(), (chosen, defaults) => {
        const evaluate = compile(defaults ? defaultRules(alice) : rulesetOf(chosen))
        const outcome = evaluate({ ...event, sender: alice }, { ...context, displayName: "tea", memberCount: 2 })
        expect(outcome).toEqual({ notify: false, highlight: false, actions: [] })
      }),
    )
  })

  it("match their room, their sender and their words only", () => {
    for (const kind of ["room", "sender"] as const) {
      const evaluate = compile({ ...none, [kind]: [{ ...matching(kind, kind), rule_id: "other" }] })
      expect(evaluate(event, context).notify).toBe(false)
    }
    const content = (pattern: object) => compile({ ...none, content: [{ ...matching("content", "c"), ...pattern }] })
    expect(content({ pattern: "te" })(event, context).notify).toBe(false)
    const { pattern: _, ...patternless } = matching("content", "c")
    expect(compile({ ...none, content: [patternless] })(event, context).notify).toBe(false)
  })

  it("can mute: a rule without actions ends the search", () => {
    const muted = compile({ ...defaultRules(alice), room: [{ ...matching("room", "r"), actions: [] }] })
    expect(muted(event, context).notify).toBe(false)
  })
})

describe("conditions", () => {
  const is = (key: string, value: Json) => holds({ kind: "event_property_is", key, value })
  const contains = (key: string, value: Json) => holds({ kind: "event_property_contains", key, value })
  const match = (key: string, pattern: string) => holds({ kind: "event_match", key, pattern })

  it("all must hold", () => {
    const [yes, no] = ["message", "member"].map((type) => ({
      kind: "event_match",
      key: "type",
      pattern: `m.room.${type}`,
    }))
    expect(withConditions()(event, context).notify).toBe(true)
    expect(withConditions(yes!, yes!)(event, context).notify).toBe(true)
    expect(withConditions(yes!, no!)(event, context).notify).toBe(false)
  })

  it("event_match compares the whole value, in the body words", () => {
    expect(match("type", "M.ROOM.*")).toBe(true)
    expect(match("sender", "@bob")).toBe(false)
    expect(match("content.body", "time*tea")).toBe(true)
    expect(match("content.body", "tim")).toBe(false)
    expect(match("state_key", "*")).toBe(false)
    expect(match("content.m\\.federate", "*")).toBe(false)
    expect(match("room_id", "!ROOM:x")).toBe(true)
  })

  it("event_property_is compares value and type", () => {
    expect(is("content.m\\.federate", true)).toBe(true)
    expect(is("content.m\\.federate", "true")).toBe(false)
    expect(is("content.m\\.federate", 1)).toBe(false)
    expect(is("content.m.federate", true)).toBe(false)
    expect(is("content.m\\.x.a\\\\b", 1)).toBe(true)
    expect(is("content.m\\.x.none", null)).toBe(true)
    expect(is("content.m\\.x.absent", null)).toBe(false)
    expect(is("content.m\\.x", {})).toBe(false)
    expect(is("type", "M.ROOM.MESSAGE")).toBe(false)
  })

  it("event_property_contains looks into arrays", () => {
    for (const value of ["a", 1, null]) expect(contains("content.m\\.x.list", value)).toBe(true)
    for (const value of ["A", "1", true]) expect(contains("content.m\\.x.list", value)).toBe(false)
    expect(contains("content.m\\.x.list", { b: 1 })).toBe(false)
    expect(contains("content.body", "tea")).toBe(false)
  })

  it.each([
    ["3", true],
    ["==3", true],
    ["2", false],
    ["<3", false],
    ["<4", true],
    ["<=3", true],
    [">2", true],
    [">3", false],
    [">=3", true],
    ["=3", false],
    ["3 ", false],
    ["", false],
  ])("room_member_count of %j, with three members: %s", (is, expected) => {
    expect(holds({ kind: "room_member_count", is })).toBe(expected)
  })

  it("sender_notification_permission asks for the key's power", () => {
    const levels = new Map([["room", 10]])
    const powerLevelNeeded = (key: string) => levels.get(key) ?? 50
    const may = (key: string, senderPower: number) =>
      holds({ kind: "sender_notification_permission", key }, { senderPower, powerLevelNeeded })
    expect([may("room", 9), may("room", 10), may("other", 49), may("other", Infinity)]).toEqual([
      false,
      true,
      false,
      true,
    ])
  })

  it.each<PushCondition>([
    { kind: "org.example.new" },
    { kind: "event_match", key: "type" },
    { kind: "event_match", key: 1, pattern: "*" },
    { kind: "event_match", key: "type", pattern: "*".repeat(513) },
    { kind: "event_property_is", key: "content.body" },
    { kind: "event_property_is", key: "content.absent" },
    { kind: "room_member_count", is: 3 },
    { kind: "sender_notification_permission" },
  ])("%j never holds", (condition) => {
    expect(holds(condition, { senderPower: 100 })).toBe(false)
  })
})

describe("actions", () => {
  const outcome = (...actions: ReadonlyArray<PushAction>) =>
    compile({ ...none, override: [{ ...matching("override", "it"), actions }] })(event, context)
  const highlight = (value?: Json): PushAction => ({
    set_tweak: "highlight",
    ...(value === undefined ? {} : { value }),
  })

  it("of old are ignored", () => {
    expect(outcome("dont_notify", "coalesce")).toEqual({ notify: false, highlight: false, actions: [] })
    expect(outcome("notify", "dont_notify")).toEqual({ notify: true, highlight: false, actions: ["notify"] })
  })

  it("highlight unless told not to, and never without a notification", () => {
    expect(outcome("notify", highlight()).highlight).toBe(true)
    expect(outcome("notify", highlight(true)).highlight).toBe(true)
    expect(outcome("notify", highlight(false)).highlight).toBe(false)
    expect(outcome(highlight()).highlight).toBe(false)
  })

  it("keep tweaks that are not ours", () => {
    const light: PushAction = { set_tweak: "light", value: "blue" }
    expect(outcome("notify", light).actions).toEqual(["notify", light])
  })
})
