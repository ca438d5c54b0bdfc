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
