/** What a user wants to be notified of. Spec: "Push Rules: API". */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"
import { NewPushRule, PushAction, PushRule, PushRuleKind, PushRules, PushRuleset } from "../pushRules.ts"

const path = "/_matrix/client/v3/pushrules/global/:kind/:ruleId"
const params = { kind: PushRuleKind, ruleId: Schema.String }

export const getPushRules = endpoint({
  operationId: "getPushRules",
  method: "GET",
  path: "/_matrix/client/v3/pushrules/",
  success: PushRules,
})

export const getPushRulesGlobal = endpoint({
  operationId: "getPushRulesGlobal",
  method: "GET",
  path: "/_matrix/client/v3/pushrules/global/",
  success: PushRuleset,
})

export const getPushRule = endpoint({ operationId: "getPushRule", method: "GET", path, params, success: PushRule })

export const setPushRule = endpoint({
  operationId: "setPushRule",
  method: "PUT",
  path,
  params,
  query: { before: Schema.optionalKey(Schema.String), after: Schema.optionalKey(Schema.String) },
  body: NewPushRule,
  numbers: "any",
})

export const deletePushRule = endpoint({ operationId: "deletePushRule", method: "DELETE", path, params })

const enabled = Schema.Struct({ enabled: Schema.Boolean })

export const isPushRuleEnabled = endpoint({
  operationId: "isPushRuleEnabled",
  method: "GET",
  path: `${path}/enabled`,
  params,
  success: enabled,
})

export const setPushRuleEnabled = endpoint({
  operationId: "setPushRuleEnabled",
  method: "PUT",
  path: `${path}/enabled`,
  params,
  body: enabled,
})

const actions = Schema.Struct({ actions: Schema.Array(PushAction) })

export const getPushRuleActions = endpoint({
  operationId: "getPushRuleActions",
  method: "GET",
  path: `${path}/actions`,
  params,
  success: actions,
})

export const setPushRuleActions = endpoint({
  operationId: "setPushRuleActions",
  method: "PUT",
  path: `${path}/actions`,
  params,
  body: actions,
  numbers: "any",
})
