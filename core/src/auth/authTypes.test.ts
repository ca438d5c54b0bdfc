import { Result } from "effect"
import type { EventId, RoomId, UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import { describe, expect, it } from "vitest"
import { roomVersions } from "../roomVersion.ts"
import { authTypesFor, checkAuthEvents } from "./authTypes.ts"

const [alice, bob, carol] = ["@alice:a", "@bob:a", "@carol:b"] as [UserId, UserId, UserId]
const roomId = "!room:a" as RoomId
const event = (type: string, sender: UserId, stateKey?: string, content: JsonObject = {}) => ({
  roomId,
  type,
  stateKey,
  sender,
  content,
})
const member = (sender: UserId, target: UserId, membership: string, content: JsonObject = {}) =>
  event("m.room.member", sender, target, { membership, ...content })

describe("the selection", () => {
  const selected = (version: string, of: ReturnType<typeof event>) =>
    authTypesFor(roomVersions.get(version)!, of)
      .map(([type, stateKey]) => `${type.replace("m.room.", "")} ${stateKey}`.trim())
      .toSorted()
  const usual = (...members: ReadonlyArray<string>) => [
    "create",
    ...members.map((user) => `member ${user}`),
    "power_levels",
  ]

  it.each([
    ["a message", "11", event("m.room.message", bob), usual(bob)],
    ["a message since version 12", "12", event("m.room.message", bob), usual(bob).slice(1)],
    ["a creation", "11", event("m.room.create", bob, ""), []],
    ["a ban", "11", member(alice, bob, "ban"), usual(alice, bob)],
    ["a leave", "11", member(bob, bob, "leave"), usual(bob)],
    ["a join", "11", member(bob, bob, "join"), ["create", "join_rules", `member ${bob}`, "power_levels"]],
    ["a knock", "11", member(bob, bob, "knock"), ["create", "join_rules", `member ${bob}`, "power_levels"]],
    [
      "an invitation of a third party",
      "11",
      member(alice, bob, "invite", { third_party_invite: { signed: { token: "t" } } }),
      ["create", "join_rules", `member ${alice}`, `member ${bob}`, "power_levels", "third_party_invite t"],
    ],
    [
      "a vouched join",
      "8",
      member(bob, bob, "join", { join_authorised_via_users_server: alice }),
      ["create", "join_rules", `member ${alice}`, `member ${bob}`, "power_levels"],
    ],
    [
      "a join that names a voucher where none is known",
      "7",
      member(bob, bob, "join", { join_authorised_via_users_server: alice }),
      ["create", "join_rules", `member ${bob}`, "power_levels"],
    ],
    [
      "a join vouched for by its own user",
      "11",
      member(bob, bob, "join", { join_authorised_via_users_server: bob }),
      ["create", "join_rules", `member ${bob}`, "power_levels"],
    ],
  ])("of %s", (_, version, of, expected) => {
    expect(selected(version, of)).toEqual(expected)
  })
})

describe("the check", () => {
  const given = (type: string, stateKey: string | undefined, more: { eventId?: string; roomId?: string } = {}) =>
    ({ eventId: `$${type}`, roomId, type, stateKey, ...more }) as {
      readonly eventId: EventId
      readonly roomId: RoomId
      readonly type: string
      readonly stateKey: string | undefined
    }
  const create = given("m.room.create", "")
  const power = given("m.room.power_levels", "")
  const own = given("m.room.member", bob)
  const passes = (authEvents: ReadonlyArray<typeof create>, { version = "11", rejected = "" } = {}) =>
    Result.isSuccess(
      checkAuthEvents(roomVersions.get(version)!, event("m.room.message", bob), authEvents, (id) => id === rejected),
    )

  it("takes the selection, or as much of it as there is", () => {
    expect(passes([create, power, own])).toBe(true)
    expect(passes([create])).toBe(true)
  })
  it("takes nothing beside it", () => {
    expect(passes([create, power, own, given("m.room.join_rules", "")])).toBe(false)
    expect(passes([create, power, given("m.room.member", carol)])).toBe(false)
    expect(passes([create, power, given("m.room.power_levels", undefined)])).toBe(false)
  })
  it("takes nothing twice", () => {
    expect(passes([create, power, { ...power, eventId: "$other" as EventId }])).toBe(false)
  })
  it("takes nothing that was rejected or is of another room", () => {
    expect(passes([create, power], { rejected: power.eventId })).toBe(false)
    expect(passes([create, { ...power, roomId: "!other:a" as RoomId }])).toBe(false)
  })
  it("asks for the room's creation until version 12, which asks for none", () => {
    expect(passes([power, own])).toBe(false)
    expect(passes([power, own], { version: "12" })).toBe(true)
    expect(passes([create, power, own], { version: "12" })).toBe(false)
  })
})
