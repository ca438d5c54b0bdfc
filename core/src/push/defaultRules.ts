/**
 * The rules that every user begins with. They come after the user's own of the same kind, but for `.m.rule.master`, which
 * comes before all. Spec: client-server API, "Push Notifications", "Predefined Rules".
 */
import { localpartOf, type UserId } from "@biz1/protocol/ids"
import type { PushAction, PushCondition, PushRule, PushRuleset } from "@biz1/protocol/pushRules"

export const masterRuleId = ".m.rule.master"

/**
 * Ways to mention someone by the text alone. Spec: since v1.7 each "should only be enabled if the event does not have an
 * `m.mentions` property".
 */
export const mentionsByText: ReadonlySet<string> = new Set([
  ".m.rule.contains_display_name",
  ".m.rule.roomnotif",
  ".m.rule.contains_user_name",
])

export const defaultRules = (userId: UserId): PushRuleset => ({
  override: [
    { ...rule(masterRuleId, [], []), enabled: false },
    rule(".m.rule.suppress_notices", [matches("content.msgtype", "m.notice")], []),
    rule(
      ".m.rule.invite_for_me",
      [ofType("m.room.member"), matches("content.membership", "invite"), matches("state_key", userId)],
      ["notify", sound("default")],
    ),
    rule(".m.rule.member_event", [ofType("m.room.member")], []),
    rule(
      ".m.rule.is_user_mention",
      [{ kind: "event_property_contains", key: "content.m\\.mentions.user_ids", value: userId }],
      ["notify", sound("default"), highlight],
    ),
    rule(".m.rule.contains_display_name", [{ kind: "contains_display_name" }], ["notify", sound("default"), highlight]),
    rule(
      ".m.rule.is_room_mention",
      [{ kind: "event_property_is", key: "content.m\\.mentions.room", value: true }, mayNotifyRoom],
      ["notify", highlight],
    ),
    rule(".m.rule.roomnotif", [matches("content.body", "@room"), mayNotifyRoom], ["notify", highlight]),
    rule(".m.rule.tombstone", [ofType("m.room.tombstone"), matches("state_key", "")], ["notify", highlight]),
    rule(".m.rule.reaction", [ofType("m.reaction")], []),
    rule(".m.rule.room.server_acl", [ofType("m.room.server_acl"), matches("state_key", "")], []),
    rule(
      ".m.rule.suppress_edits",
      [{ kind: "event_property_is", key: "content.m\\.relates_to.rel_type", value: "m.replace" }],
      [],
    ),
  ],
  content: [
    {
      rule_id: ".m.rule.contains_user_name",
      default: true,
      enabled: true,
      pattern: localpartOf(userId),
      actions: ["notify", sound("default"), highlight],
    },
  ],
  room: [],
  sender: [],
  underride: [
    rule(".m.rule.call", [ofType("m.call.invite")], ["notify", sound("ring")]),
    rule(".m.rule.encrypted_room_one_to_one", [betweenTwo, ofType("m.room.encrypted")], ["notify", sound("default")]),
    rule(".m.rule.room_one_to_one", [betweenTwo, ofType("m.room.message")], ["notify", sound("default")]),
    rule(".m.rule.message", [ofType("m.room.message")], ["notify"]),
    rule(".m.rule.encrypted", [ofType("m.room.encrypted")], ["notify"]),
  ],
})

const rule = (
  rule_id: string,
  conditions: ReadonlyArray<PushCondition>,
  actions: ReadonlyArray<PushAction>,
): PushRule => ({ rule_id, default: true, enabled: true, conditions, actions })

const matches = (key: string, pattern: string): PushCondition => ({ kind: "event_match", key, pattern })
const ofType = (type: string): PushCondition => matches("type", type)
const mayNotifyRoom: PushCondition = { kind: "sender_notification_permission", key: "room" }
const betweenTwo: PushCondition = { kind: "room_member_count", is: "2" }
const sound = (value: string): PushAction => ({ set_tweak: "sound", value })
const highlight: PushAction = { set_tweak: "highlight" }
