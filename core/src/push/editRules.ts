/**
 * A user's changes to their push rules. Within each kind the user's own come before those that everybody has, but for
 * `.m.rule.master`, which comes before all. Spec: client-server API, "Push Rules: API".
 */
import type { NewPushRule, PushRule, PushRuleKind, PushRuleset } from "@biz1/protocol/pushRules"
import { masterRuleId } from "./defaultRules.ts"

/** Beside which of the user's own rules a rule is to stand; `before` counts where both are given. */
export interface Place {
  readonly before?: string | undefined
  readonly after?: string | undefined
}

/** Makes a rule, or replaces it where it stands unless a place is named. Undefined if the place is not there. */
export const putRule = (
  ruleset: PushRuleset,
  kind: PushRuleKind,
  ruleId: string,
  given: NewPushRule,
  place: Place = {},
): PushRuleset | undefined => {
  const before = findRule(ruleset, kind, ruleId)
  const rule = { ...partsOf(kind, given), rule_id: ruleId, default: false, enabled: before?.enabled ?? true }
  const own = ruleset[kind].filter(isOwn)
  const neighbour = place.before ?? place.after
  if (neighbour === undefined && before !== undefined) {
    return withOwn(
      ruleset,
      kind,
      own.map((each) => (each.rule_id === ruleId ? rule : each)),
    )
  }
  const others = own.filter(({ rule_id: id }) => id !== ruleId)
  const at = neighbour === undefined ? 0 : others.findIndex(({ rule_id: id }) => id === neighbour)
  if (at < 0) return undefined
  return withOwn(
    ruleset,
    kind,
    others.toSpliced(place.before === undefined && neighbour !== undefined ? at + 1 : at, 0, rule),
  )
}

export const removeRule = (ruleset: PushRuleset, kind: PushRuleKind, ruleId: string): PushRuleset => ({
  ...ruleset,
  [kind]: ruleset[kind].filter(({ rule_id: id }) => id !== ruleId),
})

/** Switches a rule on or off, or gives it other actions; everybody's rules may be changed so, too. */
export const changeRule = (
  ruleset: PushRuleset,
  kind: PushRuleKind,
  ruleId: string,
  change: Partial<Pick<PushRule, "enabled" | "actions">>,
): PushRuleset => ({
  ...ruleset,
  [kind]: ruleset[kind].map((rule) => (rule.rule_id === ruleId ? { ...rule, ...change } : rule)),
})

export const findRule = (ruleset: PushRuleset, kind: PushRuleKind, ruleId: string): PushRule | undefined =>
  ruleset[kind].find(({ rule_id: id }) => id === ruleId)

const isOwn = (rule: PushRule) => !rule.default

const withOwn = (ruleset: PushRuleset, kind: PushRuleKind, own: ReadonlyArray<PushRule>): PushRuleset => {
  const everybodys = ruleset[kind].filter((rule) => rule.default)
  const master = everybodys.filter(({ rule_id: id }) => id === masterRuleId)
  return { ...ruleset, [kind]: [...master, ...own, ...everybodys.filter((rule) => !master.includes(rule))] }
}

/** A rule has the parts of its kind alone, whatever else was sent. */
const partsOf = (kind: PushRuleKind, { actions, conditions = [], pattern }: NewPushRule): NewPushRule => {
  if (kind === "override" || kind === "underride") return { actions, conditions }
  return kind === "content" && pattern !== undefined ? { actions, pattern } : { actions }
}
