import type { JsonObject } from "@biz1/protocol/json"
import { describe, expect, it } from "vitest"
import { redact, redactedContent } from "./redact.ts"
import { roomVersions } from "./roomVersion.ts"

describe("redaction", () => {
  const kept = (id: string, type: string, content: JsonObject) => redact({ type, content }, roomVersions.get(id)!)

  it.each([
    ["5", "m.room.aliases", { aliases: ["#a:b"], more: 1 }, { aliases: ["#a:b"] }],
    ["6", "m.room.aliases", { aliases: ["#a:b"] }, {}],
    ["7", "m.room.join_rules", { join_rule: "restricted", allow: [] }, { join_rule: "restricted" }],
    ["8", "m.room.join_rules", { join_rule: "restricted", allow: [] }, { join_rule: "restricted", allow: [] }],
    ["8", "m.room.member", { membership: "join", join_authorised_via_users_server: "@a:b" }, { membership: "join" }],
    [
      "9",
      "m.room.member",
      { membership: "join", join_authorised_via_users_server: "@a:b", displayname: "A" },
      { membership: "join", join_authorised_via_users_server: "@a:b" },
    ],
    ["10", "m.room.power_levels", { invite: 1, ban: 2, notifications: {} }, { ban: 2 }],
    ["11", "m.room.power_levels", { invite: 1, ban: 2, notifications: {} }, { ban: 2, invite: 1 }],
    ["10", "m.room.create", { creator: "@a:b", type: "m.space" }, { creator: "@a:b" }],
    ["11", "m.room.create", { creator: "@a:b", type: "m.space" }, { creator: "@a:b", type: "m.space" }],
    ["10", "m.room.redaction", { redacts: "$x", reason: "y" }, {}],
    ["11", "m.room.redaction", { redacts: "$x", reason: "y" }, { redacts: "$x" }],
    [
      "11",
      "m.room.member",
      { third_party_invite: { signed: { a: 1 }, display_name: "x" } },
      { third_party_invite: { signed: { a: 1 } } },
    ],
    ["10", "m.room.member", { third_party_invite: { signed: { a: 1 } } }, {}],
    ["11", "m.room.history_visibility", { history_visibility: "shared", x: 1 }, { history_visibility: "shared" }],
    ["11", "m.room.message", { body: "x" }, {}],
    ["11", "m.room.message", { third_party_invite: { signed: { a: 1 } } }, {}],
    ["11", "m.room.member", { third_party_invite: "text" }, {}],
    ["11", "m.room.member", { third_party_invite: { display_name: "x" } }, {}],
  ])("in room version %s leaves of %s what it must", (id, type, content, expected) => {
    expect(kept(id, type, content)["content"]).toEqual(expected)
  })

  // What each version keeps, told from the first on: every version changes it for those that follow, too.
  const keptKeys = [
    ["1", "m.room.member", ["membership"]],
    ["1", "m.room.create", ["creator"]],
    ["1", "m.room.join_rules", ["join_rule"]],
    [
      "1",
      "m.room.power_levels",
      ["ban", "events", "events_default", "kick", "redact", "state_default", "users", "users_default"],
    ],
    ["1", "m.room.aliases", ["aliases"]],
    ["1", "m.room.history_visibility", ["history_visibility"]],
    ["6", "m.room.aliases", []],
    ["8", "m.room.join_rules", ["join_rule", "allow"]],
    ["9", "m.room.member", ["membership", "join_authorised_via_users_server"]],
    ["11", "m.room.member", ["membership", "join_authorised_via_users_server", "third_party_invite"]],
    ["11", "m.room.create", "all"],
    [
      "11",
      "m.room.power_levels",
      ["ban", "events", "events_default", "invite", "kick", "redact", "state_default", "users", "users_default"],
    ],
    ["11", "m.room.redaction", ["redacts"]],
  ] as const
  const everyKey = [
    ...keptKeys.flatMap(([, , keys]) => (keys === "all" ? [] : keys)),
    "reason",
    "body",
    "notifications",
  ]
  const bare =
    "m.room.name m.room.topic m.room.avatar m.room.message m.room.encrypted m.room.encryption m.room.guest_access " +
    "m.room.third_party_invite m.room.server_acl m.room.tombstone m.room.canonical_alias m.room.pinned_events " +
    "m.space.child m.reaction m.sticker m.call.invite org.example"
  const types = [...new Set(keptKeys.map(([, type]) => type)), ...bare.split(" ")]

  it.each([...roomVersions.keys()])("in room version %s keeps of every type these keys and no others", (id) => {
    const content = Object.fromEntries(everyKey.map((key) => [key, key === "third_party_invite" ? { signed: {} } : 1]))
    for (const type of types) {
      const rule = keptKeys.findLast(([since, of]) => of === type && Number(since) <= Number(id))
      const due = rule?.[2] ?? []
      const left = Object.keys(redactedContent(type, content, roomVersions.get(id)!)).sort()
      expect([type, left]).toEqual([type, due === "all" ? [...new Set(everyKey)].sort() : [...due].sort()])
    }
  })

  it("keeps what places and proves an event; since room version 11 nothing historical; never what is unknown", () => {
    const always = {
      event_id: "$e",
      type: "x",
      room_id: "!r:a",
      sender: "@a:a",
      state_key: "",
      content: {},
      hashes: {},
      signatures: {},
      depth: 3,
      prev_events: [],
      auth_events: [],
      origin_server_ts: 1,
    }
    const historical = { origin: "a", membership: "join", prev_state: [] }
    const pdu = { ...always, ...historical, unsigned: {}, redacts: "$x", age_ts: 1, other: 1 }
    for (const version of roomVersions.values()) {
      expect(redact(pdu, version)).toEqual(Number(version.id) < 11 ? { ...always, ...historical } : always)
    }
  })

  it("leaves the event itself as it is", () => {
    const pdu = { type: "m.room.member", content: { membership: "join", displayname: "A" }, unsigned: {} }
    const before = structuredClone(pdu)
    redact(pdu, roomVersions.get("12")!)
    expect(pdu).toEqual(before)
  })

  it("says of the content alone what it says of the event", () => {
    const content = { membership: "join", displayname: "A", join_authorised_via_users_server: "@a:b" }
    for (const version of roomVersions.values()) {
      const whole = redact({ type: "m.room.member", content }, version)["content"]
      expect(redactedContent("m.room.member", content, version)).toEqual(whole)
    }
  })
})
