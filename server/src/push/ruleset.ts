/** A user's push rules, as kept in their account data, or those that everybody starts with. */
import { Effect, Result } from "effect"
import { defaultRules } from "@biz1/core/push/defaultRules"
import type { UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import type { PushRules, PushRuleset } from "@biz1/protocol/pushRules"
import { AccountData } from "../sync/AccountData.ts"

const keyOf = (userId: UserId) => ({ userId, roomId: "", type: "m.push_rules" }) as const

const rulesetIn = (content: JsonObject | undefined, userId: UserId): PushRuleset =>
  (content as PushRules | undefined)?.global ?? defaultRules(userId)

/** The content of `m.push_rules`. */
export const pushRulesContent = (global: PushRuleset) => ({ global }) satisfies PushRules as JsonObject

export const rulesetOf = Effect.fnUntraced(function* (userId: UserId) {
  return rulesetIn(yield* (yield* AccountData).get(keyOf(userId)), userId)
})

/** Puts in place of the rules what `change` makes of them. */
export const editRuleset = Effect.fnUntraced(function* <E>(
  userId: UserId,
  change: (ruleset: PushRuleset) => Result.Result<PushRuleset, E>,
) {
  yield* (yield* AccountData).modify(keyOf(userId), (content) =>
    Result.map(change(rulesetIn(content, userId)), pushRulesContent),
  )
})
