import { UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import { type PushRule, PushRuleset } from "@biz1/protocol/pushRules"
import { Schema } from "effect"
import { describe, expect, it } from "vitest"
import type { PushContext, PushEvent } from "./conditions.ts"
import { defaultRules, masterRuleId } from "./defaultRules.ts"
import { compile } from "./evaluate.ts"

const user = UserId.make("@alice:biz1.example")
const rules = defaultRules(user)
/** With a last rule that matches everything: a rule that silences is told from no rule at all. */
const everything: PushRule = {
  rule_id: "all",
  default: false,
  enabled: true,
  actions: ["notify", { set_tweak: "sound", value: "none of them" }],
}
const evaluate = compile({ ...rules, underride: [...rules.underride, everything] })

const context: PushContext = {
  userId: user,
  displayName: "Alice Liddell",
  memberCount: 3,
  senderPower: 0,
  powerLevelNeeded: () => 50,
}
const moderated = { senderPower: 50 }
const two = { memberCount: 2 }

const event = (type: string, content: JsonObject, state_key?: string): PushEvent => ({
  type,
  content,
  sender: "@bob:biz1.example",
  room_id: "!room:biz1.example",
  ...(state_key === undefined ? {} : { state_key }),
})
const message = (content: JsonObject) => event("m.room.message", { msgtype: "m.text", ...content })
const body = (body: string) => message({ body })
const mentions = (mentions: JsonObject, text = "hello") => message({ body: text, "m.mentions": mentions })

const nothing = { notify: false, highlight: false }
const quiet = { notify: true, highlight: false }
const loud = { ...quiet, sound: "default" }
const mention = { notify: true, highlight: true, sound: "default" }
const roomMention = { notify: true, highlight: true }
const unmatched = { ...quiet, sound: "none of them" }

describe("the default rules", () => {
  it.each<[string, PushEvent, Partial<PushContext>, object]>([
    [".m.rule.suppress_notices", message({ msgtype: "m.notice", body: "alice" }), two, nothing],
    [".m.rule.invite_for_me", event("m.room.member", { membership: "invite" }, user), {}, loud],
    [".m.rule.member_event", event("m.room.member", { membership: "invite" }, "@carol:x"), {}, nothing],
    [
      ".m.rule.member_event",
      event("m.room.member", { membership: "join", displayname: "Alice Liddell" }, "@c:x"),
      {},
      nothing,
    ],
    [".m.rule.is_user_mention", mentions({ user_ids: ["@carol:x", user] }), {}, mention],
    [".m.rule.is_user_mention", mentions({ user_ids: ["@carol:x"] }, "alice"), {}, quiet],
    [".m.rule.contains_display_name", body("Is ALICE LIDDELL here?"), {}, mention],
    [".m.rule.contains_display_name", body("Is Ann here?"), { displayName: "Ann" }, mention],
    [".m.rule.contains_display_name", body("Is Anna here?"), { displayName: "Ann" }, quiet],
    [".m.rule.contains_display_name", body("anything"), { displayName: "*" }, quiet],
    [".m.rule.contains_display_name", body("anything"), { displayName: "" }, quiet],
    [".m.rule.contains_display_name", body("anything"), { displayName: undefined }, quiet],
    [".m.rule.contains_display_name", mentions({}, "Alice Liddell"), {}, quiet],
    [".m.rule.is_room_mention", mentions({ room: true }), moderated, roomMention],
    [".m.rule.is_room_mention", mentions({ room: true }), {}, quiet],
    [".m.rule.is_room_mention", mentions({ room: "true" }), moderated, quiet],
    [".m.rule.roomnotif", body("@room: lunch"), moderated, roomMention],
    [".m.rule.roomnotif", body("@room: lunch"), {}, quiet],
    [".m.rule.roomnotif", mentions({}, "@room: lunch"), moderated, quiet],
    [".m.rule.tombstone", event("m.room.tombstone", { body: "moved" }, ""), {}, roomMention],
    [".m.rule.tombstone", event("m.room.tombstone", { body: "moved" }), {}, unmatched],
    [".m.rule.reaction", event("m.reaction", { "m.relates_to": { key: "alice" } }), two, nothing],
    [".m.rule.room.server_acl", event("m.room.server_acl", { allow: ["*"] }, ""), {}, nothing],
    [".m.rule.suppress_edits", message({ body: "* hi", "m.relates_to": { rel_type: "m.replace" } }), two, nothing],
    [".m.rule.contains_user_name", body("ask alice, please"), {}, mention],
    [".m.rule.contains_user_name", body("malice"), {}, quiet],
    [".m.rule.contains_user_name", mentions({}, "ask alice"), {}, quiet],
    [".m.rule.call", event("m.call.invite", {}), {}, { ...quiet, sound: "ring" }],
    [".m.rule.encrypted_room_one_to_one", event("m.room.encrypted", {}), two, loud],
    [".m.rule.room_one_to_one", body("hi"), two, loud],
    [".m.rule.message", body("hi"), {}, quiet],
    [".m.rule.encrypted", event("m.room.encrypted", {}), {}, quiet],
    ["no rule", event("m.call.answer", {}), two, unmatched],
  ])("%s: %j with %j", (_, event, facts, expected) => {
    const { actions: _actions, ...outcome } = evaluate(event, { ...context, ...facts })
    expect(outcome).toEqual(expected)
  })

  it("begin with the rule that turns everything off, which is itself off", () => {
    const [master, ...others] = rules.override
    expect([master?.rule_id, master?.enabled]).toEqual([masterRuleId, false])
    const off = compile({ ...rules, override: [{ ...master!, enabled: true }, ...others] })
    expect(off(mentions({ user_ids: [user] }), context)).toEqual({ ...nothing, actions: [] })
  })

  it("cross the wire as they are", () => {
    expect(Schema.decodeUnknownSync(PushRuleset)(JSON.parse(JSON.stringify(rules)))).toEqual(rules)
    const all = [...rules.override, ...rules.content, ...rules.underride]
    expect(all.every(({ rule_id, default: given }) => rule_id.startsWith(".m.rule.") && given)).toBe(true)
    expect(new Set(all.map(({ rule_id }) => rule_id)).size).toBe(18)
  })
})
