/**
 * Whether an event notifies a user, and how. A user's rules are compiled once; then every event of every room of theirs
 * goes through, with no pattern parsed again. Spec: client-server API, "Push Rules".
 */
import type { PushAction, PushRule, PushRuleset } from "@biz1/protocol/pushRules"
import { compileCondition, type Condition, eventMatch, type PushContext, type PushEvent } from "./conditions.ts"
import { mentionsByText } from "./defaultRules.ts"

export interface PushOutcome {
  readonly notify: boolean
  /** Asks for more attention than other notifications do. Never without `notify`. */
  readonly highlight: boolean
  /** `default`, or a name that the device knows. */
  readonly sound?: string
  /** Of the rule that matched, for push gateways; without those that mean nothing any more. */
  readonly actions: ReadonlyArray<PushAction>
}

export type Evaluate = (event: PushEvent, context: PushContext) => PushOutcome

const silent: PushOutcome = { notify: false, highlight: false, actions: [] }

export const compile = (ruleset: PushRuleset): Evaluate => {
  const override = compileRules(ruleset.override, conditionsOf)
  const content = compileRules(ruleset.content, patternOf)
  const room = byId(ruleset.room)
  const sender = byId(ruleset.sender)
  const underride = compileRules(ruleset.underride, conditionsOf)

  return (event, context) => {
    // Spec: "Homeservers MUST NOT notify the Push Gateway for events that the user has sent themselves."
    if (event.sender === context.userId) return silent
    return (
      firstMatch(override, event, context) ??
      firstMatch(content, event, context) ??
      room.get(event.room_id) ??
      sender.get(event.sender) ??
      firstMatch(underride, event, context) ??
      silent
    )
  }
}

interface CompiledRule {
  readonly conditions: ReadonlyArray<Condition>
  readonly outcome: PushOutcome
}

const firstMatch = (
  rules: ReadonlyArray<CompiledRule>,
  event: PushEvent,
  context: PushContext,
): PushOutcome | undefined => {
  next: for (const { conditions, outcome } of rules) {
    for (const condition of conditions) if (!condition(event, context)) continue next
    return outcome
  }
  return undefined
}

/** Rules that are disabled, or can never match, are left out. */
const compileRules = (
  rules: ReadonlyArray<PushRule>,
  conditionsOf: (rule: PushRule) => ReadonlyArray<Condition | undefined>,
): ReadonlyArray<CompiledRule> =>
  rules.flatMap((rule) => {
    if (!rule.enabled) return []
    const conditions = conditionsOf(rule)
    if (!conditions.every((condition) => condition !== undefined)) return []
    const legacy = mentionsByText.has(rule.rule_id)
    return [{ conditions: legacy ? [mentionsNobody, ...conditions] : conditions, outcome: outcomeOf(rule) }]
  })

const conditionsOf = (rule: PushRule) => (rule.conditions ?? []).map(compileCondition)

const patternOf = (rule: PushRule) => [
  rule.pattern === undefined ? undefined : eventMatch("content.body", rule.pattern),
]

const mentionsNobody: Condition = (event) => event.content["m.mentions"] === undefined

const byId = (rules: ReadonlyArray<PushRule>): ReadonlyMap<string, PushOutcome> =>
  new Map(rules.filter((rule) => rule.enabled).map((rule) => [rule.rule_id, outcomeOf(rule)]))

const outcomeOf = (rule: PushRule): PushOutcome => {
  // Spec, "Historical Actions": `dont_notify` and `coalesce` MUST be ignored.
  const actions = rule.actions.filter((action) => action === "notify" || typeof action !== "string")
  const notify = actions.includes("notify")
  const tweaks = new Map(
    actions.flatMap((action) => (typeof action === "string" ? [] : [[action.set_tweak, action.value]])),
  )
  const sound = tweaks.get("sound")
  return {
    notify,
    // Spec: "If a `highlight` tweak is given with no value, its value is defined to be `true`."
    highlight: notify && tweaks.has("highlight") && (tweaks.get("highlight") ?? true) === true,
    ...(notify && typeof sound === "string" ? { sound } : {}),
    actions,
  }
}
