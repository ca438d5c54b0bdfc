/** Push rules as clients read and write them. Spec: client-server API, "Push Rules". */
import { Schema } from "effect"

/**
 * What must hold for a rule to match. Kinds that we do not know are kept whole: a client's newer rule must come back as
 * it was sent, and never matches here.
 */
export const PushCondition = Schema.StructWithRest(Schema.Struct({ kind: Schema.String }), [
  Schema.Record(Schema.String, Schema.Json),
])
export type PushCondition = typeof PushCondition.Type

/** A hint to the device: `sound`, `highlight`, or whatever a client and its push gateway agree on. */
export const Tweak = Schema.StructWithRest(Schema.Struct({ set_tweak: Schema.String }), [
  Schema.Record(Schema.String, Schema.Json),
])
export type Tweak = typeof Tweak.Type

/** `notify`, or a tweak. The historical `dont_notify` and `coalesce` are accepted and mean nothing. */
export const PushAction = Schema.Union([Schema.String, Tweak])
export type PushAction = typeof PushAction.Type

/** The kinds of rule, in the order in which they are tried. */
export const PushRuleKind = Schema.Literals(["override", "content", "room", "sender", "underride"])
export type PushRuleKind = typeof PushRuleKind.Type

/** What a client sends to make a rule or to replace it. */
export const NewPushRule = Schema.Struct({
  actions: Schema.Array(PushAction),
  /** Of `override` and `underride` rules; without any, the rule matches every event. */
  conditions: Schema.optionalKey(Schema.Array(PushCondition)),
  /** Of `content` rules: a glob that words of `content.body` must match. */
  pattern: Schema.optionalKey(Schema.String),
})
export interface NewPushRule extends Schema.Schema.Type<typeof NewPushRule> {}

export const PushRule = Schema.Struct({
  ...NewPushRule.fields,
  /** Unique within its kind. Of a `room` rule the room, of a `sender` rule the user; the server's own begin with a dot. */
  rule_id: Schema.String,
  default: Schema.Boolean,
  enabled: Schema.Boolean,
})
export interface PushRule extends Schema.Schema.Type<typeof PushRule> {}

/** A user's rules, within each kind in the order in which they are tried. */
export const PushRuleset = Schema.Struct({
  override: Schema.Array(PushRule),
  content: Schema.Array(PushRule),
  room: Schema.Array(PushRule),
  sender: Schema.Array(PushRule),
  underride: Schema.Array(PushRule),
})
export interface PushRuleset extends Schema.Schema.Type<typeof PushRuleset> {}

/** `GET /pushrules/`, and the content of `m.push_rules` in the user's account data. */
export const PushRules = Schema.Struct({ global: PushRuleset })
export interface PushRules extends Schema.Schema.Type<typeof PushRules> {}
