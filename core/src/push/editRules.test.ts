import { assert, describe, it } from "@effect/vitest"
import type { UserId } from "@biz1/protocol/ids"
import type { PushRuleset } from "@biz1/protocol/pushRules"
import { defaultRules, masterRuleId } from "./defaultRules.ts"
import { changeRule, findRule, putRule, removeRule, type Place } from "./editRules.ts"

const everybodys = defaultRules("@alice:biz1.example" as UserId)
const loud = { actions: ["notify"] }

/** Puts rules one after the other; each must find its place. */
const having = (...rules: ReadonlyArray<readonly [id: string, place?: Place]>) =>
  rules.reduce<PushRuleset>((ruleset, [id, place]) => putRule(ruleset, "override", id, loud, place)!, everybodys)

const ownIds = (ruleset: PushRuleset) => ruleset.override.filter((rule) => !rule.default).map(({ rule_id: id }) => id)

describe("putting a rule", () => {
  it("makes the newest the most important of the user's own", () => {
    assert.deepStrictEqual(ownIds(having(["old"], ["new"])), ["new", "old"])
  })

  it("leaves the master rule before, and everybody's rules after the user's own", () => {
    const ids = having(["mine"]).override.map(({ rule_id: id }) => id)
    assert.deepStrictEqual(ids.slice(0, 3), [masterRuleId, "mine", ".m.rule.suppress_notices"])
    assert.strictEqual(ids.length, everybodys.override.length + 1)
  })

  it("puts it beside the one that is named", () => {
    assert.deepStrictEqual(ownIds(having(["a"], ["b"], ["c", { before: "a" }])), ["b", "c", "a"])
    assert.deepStrictEqual(ownIds(having(["a"], ["b"], ["c", { after: "b" }])), ["b", "c", "a"])
    assert.deepStrictEqual(ownIds(having(["a"], ["b"], ["c", { before: "b", after: "a" }])), ["c", "b", "a"])
  })

  it("has no place beside one that is not the user's own", () => {
    for (const neighbour of ["nothing", masterRuleId, "self"]) {
      assert.isUndefined(putRule(having(["self"]), "override", "self", loud, { before: neighbour }))
      assert.isUndefined(putRule(having(["self"]), "override", "self", loud, { after: neighbour }))
    }
  })

  it("replaces a rule where it stands, and leaves it off if it was off", () => {
    const off = changeRule(having(["a"], ["b"], ["c"]), "override", "b", { enabled: false })
    const replaced = putRule(off, "override", "b", { actions: [], conditions: [{ kind: "event_match" }] })!
    assert.deepStrictEqual(ownIds(replaced), ["c", "b", "a"])
    assert.deepStrictEqual(findRule(replaced, "override", "b"), {
      rule_id: "b",
      default: false,
      enabled: false,
      actions: [],
      conditions: [{ kind: "event_match" }],
    })
  })

  it("moves a rule that is replaced beside another", () => {
    assert.deepStrictEqual(ownIds(having(["a"], ["b"], ["c"], ["a", { before: "c" }])), ["a", "c", "b"])
  })

  it("keeps of what was sent what the kind has", () => {
    const sent = { actions: [], conditions: [{ kind: "event_match" }], pattern: "cake" }
    const made = (kind: "content" | "room" | "underride") => findRule(putRule(everybodys, kind, "x", sent)!, kind, "x")!
    const common = { rule_id: "x", default: false, enabled: true, actions: [] }
    assert.deepStrictEqual(made("content"), { ...common, pattern: "cake" })
    assert.deepStrictEqual(made("room"), common)
    assert.deepStrictEqual(made("underride"), { ...common, conditions: sent.conditions })
  })
})

describe("changing and removing", () => {
  it("touches the named rule of the named kind alone", () => {
    const both = putRule(having(["x"]), "room", "x", loud)!
    assert.deepStrictEqual(changeRule(both, "room", "x", { actions: [] }).override, both.override)
    assert.deepStrictEqual(ownIds(removeRule(both, "room", "x")), ["x"])
    assert.isUndefined(findRule(removeRule(both, "room", "x"), "room", "x"))
  })

  it("reaches everybody's rules", () => {
    const changed = changeRule(everybodys, "override", masterRuleId, { enabled: true })
    assert.isTrue(findRule(changed, "override", masterRuleId)!.enabled)
  })

  it("comes back to the beginning when what was added is removed", () => {
    assert.deepStrictEqual(removeRule(having(["mine"]), "override", "mine"), everybodys)
  })
})
