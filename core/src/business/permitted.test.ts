import { assert, describe, it } from "@effect/vitest"
import { CONVERSATION, DECISION, LANE, RECORDS, WORKFLOW } from "@biz1/protocol/business/names"
import type { UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import type { EventId } from "@biz1/protocol/ids"
import { type Act, OPEN_POLICY, refusal, type Standing, standingOf } from "./permitted.ts"
import type { Role } from "@biz1/protocol/business/roles"

const user = (role: string) => `@${role}:here.example` as UserId
/** Everybody is what their name says; managers and agents share a team. */
const people = (userId: UserId) => {
  const role = userId.slice(1, userId.indexOf(":")) as Role
  return { role, auditor: false, teams: role === "manager" || role === "agent" ? ["north"] : [] }
}
const room = (more: Partial<Standing> = {}): Standing => ({
  kind: "project",
  lane: "main",
  policy: { open: false, outsiders: true, editWithin: undefined },
  ...more,
})
const act = (sender: string, more: Partial<Act> & { type: string }): Act => ({
  stateKey: undefined,
  content: {},
  sender: user(sender),
  ts: 1_000_000,
  target: undefined,
  ...more,
})
const refused = (standing: Standing, what: Act) => refusal(standing, what, people) !== undefined
const state = (type: string, content: JsonObject) => ({
  get: (asked: string) =>
    asked === type ? { eventId: "$1" as EventId, type, stateKey: "", sender: user("owner"), content } : undefined,
})

describe("a room's place in the organisation", () => {
  it("is read from its state, of the main room and of a lane", () => {
    assert.isUndefined(standingOf({ get: () => undefined }))
    assert.isUndefined(standingOf(state(CONVERSATION, { kind: "party" })))
    assert.deepStrictEqual(standingOf(state(CONVERSATION, { kind: "group", policy: OPEN_POLICY })), {
      kind: "group",
      lane: "main",
      policy: { open: true, outsiders: true, editWithin: undefined },
    })
    const lane = { kind: "customer", name: "team", policy: { outsiders: false, edit_within_ms: 5 } }
    assert.deepStrictEqual(standingOf(state(LANE, lane)), {
      kind: "customer",
      lane: "team",
      policy: { open: false, outsiders: false, editWithin: 5 },
    })
  })
})

describe("a business room", () => {
  it("takes what the server writes from the server alone, also where its people rule it", () => {
    for (const type of [CONVERSATION, LANE, WORKFLOW]) {
      assert.isTrue(refused(room(), act("owner", { type, stateKey: "" })))
      assert.isTrue(refused(room({ policy: { ...room().policy, open: true } }), act("owner", { type, stateKey: "" })))
    }
  })

  it("keeps people from outside out of the team's lane, however they come", () => {
    const lane = room({ lane: "team" })
    for (const membership of ["invite", "join", "knock"]) {
      const entering = (whom: string) =>
        act("owner", { type: "m.room.member", stateKey: user(whom), content: { membership } })
      for (const outsider of ["partner", "customer", "guest"]) assert.isTrue(refused(lane, entering(outsider)))
      for (const staff of ["member", "bot", "agent"]) assert.isFalse(refused(lane, entering(staff)))
    }
    const leaving = act("owner", { type: "m.room.member", stateKey: user("partner"), content: { membership: "leave" } })
    assert.isFalse(refused(lane, leaving))
  })

  it("lets those invite outsiders whom the table and its policy let", () => {
    const inviting = (who: string) =>
      act(who, { type: "m.room.member", stateKey: user("customer"), content: { membership: "invite" } })
    const closed = room({ policy: { ...room().policy, outsiders: false } })
    for (const who of ["owner", "admin", "manager"]) assert.isFalse(refused(closed, inviting(who)))
    for (const who of ["agent", "member"]) {
      assert.isFalse(refused(room(), inviting(who)))
      assert.isTrue(refused(closed, inviting(who)))
    }
    for (const who of ["partner", "customer", "guest"]) assert.isTrue(refused(room(), inviting(who)))
    assert.isTrue(refused(room({ kind: "assistant" }), inviting("owner")))
  })

  it("has messages deleted by their authors, and by those who may", () => {
    const deleting = (who: string, whose: string) =>
      act(who, { type: "m.room.redaction", target: { sender: user(whose), ts: 0 } })
    assert.isFalse(refused(room(), deleting("owner", "member")))
    assert.isFalse(refused(room(), deleting("manager", "agent")))
    assert.isTrue(refused(room(), deleting("manager", "member")))
    assert.isTrue(refused(room(), deleting("member", "agent")))
    for (const who of ["member", "partner", "customer"]) assert.isFalse(refused(room(), deleting(who, who)))
    assert.isTrue(refused(room(), deleting("guest", "guest")))
  })

  it("has messages changed for as long as its policy says", () => {
    const limited = room({ policy: { ...room().policy, editWithin: 60_000 } })
    const editing = (age: number) =>
      act("member", { type: "m.room.message", target: { sender: user("member"), ts: 1_000_000 - age } })
    assert.isFalse(refused(limited, editing(60_000)))
    assert.strictEqual(
      refusal(limited, editing(60_001), people),
      "Messages here may be changed for 60 seconds after they were sent",
    )
    assert.isTrue(refused(room(), act("owner", { type: "m.room.message", target: { sender: user("member"), ts: 0 } })))
  })

  it("stays readable for search, audit and bridges, but for its people's own talk", () => {
    const encrypting = act("owner", { type: "m.room.encryption", stateKey: "" })
    assert.isTrue(refused(room(), encrypting))
    assert.isTrue(refused(room({ kind: "group", lane: "team" }), encrypting))
    assert.isFalse(refused(room({ kind: "personal" }), encrypting))
  })

  it("is linked with records by those who may, partners keeping to their own entry", () => {
    const linking = (who: string, stateKey: string) => act(who, { type: RECORDS, stateKey, content: { links: {} } })
    assert.isFalse(refused(room(), linking("member", user("member"))))
    assert.isFalse(refused(room(), linking("partner", user("partner"))))
    assert.isTrue(refused(room(), linking("partner", user("owner"))))
    assert.isTrue(refused(room(), linking("customer", user("customer"))))
    assert.isTrue(refused(room(), act("customer", { type: "m.room.message", content: { [RECORDS]: [] } })))
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`invoice/${n}`, {}]))
    assert.isTrue(refused(room(), act("owner", { type: RECORDS, stateKey: user("owner"), content: { links: many } })))
  })

  it("has decisions of staff, and calls of those who may call", () => {
    assert.isFalse(refused(room(), act("member", { type: DECISION })))
    assert.isTrue(refused(room(), act("partner", { type: DECISION })))
    assert.isFalse(refused(room(), act("partner", { type: "m.call.invite" })))
    assert.isTrue(refused(room(), act("customer", { type: "m.call.invite" })))
  })

  it("is ruled by its own people where they made it", () => {
    const open = room({ policy: { ...room().policy, open: true } })
    assert.isFalse(refused(open, act("member", { type: "m.room.redaction", target: { sender: user("owner"), ts: 0 } })))
    assert.isFalse(refused(open, act("member", { type: "m.room.encryption", stateKey: "" })))
  })
})
