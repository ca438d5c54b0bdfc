import { Effect, Result } from "effect"
import { changeRule, findRule, putRule, removeRule } from "@biz1/core/push/editRules"
import * as contract from "@biz1/protocol/client/pushRules"
import { InvalidParam, MissingParam, NotFound, TooLarge, Unknown } from "@biz1/protocol/errors"
import type { PushRule, PushRuleKind, PushRuleset } from "@biz1/protocol/pushRules"
import { handler, type Requester } from "../http/Handler.ts"
import { editRuleset, rulesetOf } from "../push/ruleset.ts"

/** Of one kind: a rule for each room that somebody has muted, and more. */
const maxRules = 2000
const maxIdLength = 512

const edit = Effect.fnUntraced(function* <E>(
  { userId }: Requester,
  change: (ruleset: PushRuleset) => Result.Result<PushRuleset, E>,
) {
  yield* editRuleset(userId, change)
  return {}
})

interface Named {
  readonly kind: PushRuleKind
  readonly ruleId: string
}

const existing = (ruleset: PushRuleset, { kind, ruleId }: Named): Result.Result<PushRule, NotFound> => {
  const rule = findRule(ruleset, kind, ruleId)
  return rule === undefined ? Result.fail(new NotFound({ error: "You have no such push rule" })) : Result.succeed(rule)
}

const find = Effect.fnUntraced(function* ({ userId }: Requester, named: Named) {
  return yield* Effect.fromResult(existing(yield* rulesetOf(userId), named))
})

export const getPushRules = handler(contract.getPushRules, ({ requester }) =>
  Effect.map(rulesetOf(requester.userId), (global) => ({ global })),
)

export const getPushRulesGlobal = handler(contract.getPushRulesGlobal, ({ requester }) => rulesetOf(requester.userId))

export const getPushRule = handler(contract.getPushRule, ({ params, requester }) => find(requester, params))

export const setPushRule = handler(
  contract.setPushRule,
  Effect.fnUntraced(function* ({ params: { kind, ruleId }, query, body, requester }) {
    if (ruleId.startsWith(".")) {
      return yield* new InvalidParam({ error: "Names of rules that begin with a dot are the server's" })
    }
    if (/[/\\]/.test(ruleId) || ruleId.length > maxIdLength) {
      return yield* new InvalidParam({ error: `A rule's name has no slashes and at most ${maxIdLength} characters` })
    }
    if (kind === "content" && body.pattern === undefined) {
      return yield* new MissingParam({ error: "A content rule needs a pattern" })
    }
    return yield* edit(requester, (ruleset): Result.Result<PushRuleset, TooLarge | Unknown> => {
      if (findRule(ruleset, kind, ruleId) === undefined && ruleset[kind].length >= maxRules) {
        return Result.fail(new TooLarge({ error: `You have ${maxRules} such rules: delete some first` }))
      }
      const put = putRule(ruleset, kind, ruleId, body, query)
      return put === undefined
        ? Result.fail(new Unknown({ error: "You have no rule of your own like the one to put this beside" }))
        : Result.succeed(put)
    })
  }),
)

export const deletePushRule = handler(contract.deletePushRule, ({ params, requester }) =>
  edit(requester, (ruleset): Result.Result<PushRuleset, NotFound | InvalidParam> =>
    Result.flatMap(existing(ruleset, params), (rule) =>
      rule.default
        ? Result.fail(new InvalidParam({ error: "This rule is everybody's: you can only switch it off" }))
        : Result.succeed(removeRule(ruleset, params.kind, params.ruleId)),
    ),
  ),
)

const change = (requester: Requester, named: Named, to: Partial<Pick<PushRule, "enabled" | "actions">>) =>
  edit(requester, (ruleset) =>
    Result.map(existing(ruleset, named), () => changeRule(ruleset, named.kind, named.ruleId, to)),
  )

export const isPushRuleEnabled = handler(contract.isPushRuleEnabled, ({ params, requester }) =>
  Effect.map(find(requester, params), ({ enabled }) => ({ enabled })),
)

export const setPushRuleEnabled = handler(contract.setPushRuleEnabled, ({ params, body, requester }) =>
  change(requester, params, { enabled: body.enabled }),
)

export const getPushRuleActions = handler(contract.getPushRuleActions, ({ params, requester }) =>
  Effect.map(find(requester, params), ({ actions }) => ({ actions })),
)

export const setPushRuleActions = handler(contract.setPushRuleActions, ({ params, body, requester }) =>
  change(requester, params, { actions: body.actions }),
)
