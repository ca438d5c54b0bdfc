import { Result } from "effect"
import type { EventId, RoomId, UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { StateEvent } from "../Event.ts"
import { roomVersions } from "../roomVersion.ts"
import { type SigningKey, signingKeyFromSeed, signJson } from "../signatures.ts"
import { authorise } from "./authorise.ts"
import type { AuthorisedEvent, Facts } from "./Context.ts"

const [alice, bob, carol] = ["@alice:a", "@bob:a", "@carol:b"] as [UserId, UserId, UserId]
const createId = "$create" as EventId

interface Room {
  readonly version?: string
  readonly members?: Readonly<Record<string, string>>
  readonly levels?: JsonObject
  readonly joinRule?: string
  readonly create?: JsonObject
  readonly more?: ReadonlyArray<StateEvent>
}

const stateEvent = (type: string, stateKey: string, sender: UserId, content: JsonObject): StateEvent => ({
  eventId: `$${type}${stateKey}` as EventId,
  type,
  stateKey,
  sender,
  content,
})

/** A room of alice's, with whatever differs from the usual. */
const stateOf = ({ members = {}, levels, joinRule, create = {}, more = [] }: Room) => {
  const events = [
    { ...stateEvent("m.room.create", "", alice, { creator: alice, ...create }), eventId: createId },
    ...Object.entries({ [alice]: "join", ...members }).map(([userId, membership]) =>
      stateEvent("m.room.member", userId, userId as UserId, { membership }),
    ),
    ...(levels === undefined ? [] : [stateEvent("m.room.power_levels", "", alice, levels)]),
    ...(joinRule === undefined ? [] : [stateEvent("m.room.join_rules", "", alice, { join_rule: joinRule })]),
    ...more,
  ]
  const byKey = new Map(events.map((event) => [`${event.type} ${event.stateKey}`, event]))
  return { get: (type: string, stateKey: string) => byKey.get(`${type} ${stateKey}`) }
}

interface Asked {
  readonly type: string
  readonly stateKey?: string
  readonly sender: UserId
  readonly content?: JsonObject
  readonly prevEvents?: ReadonlyArray<EventId>
  readonly redacts?: EventId
  readonly eventId?: EventId
  readonly roomId?: RoomId
}

const allowed = (room: Room, asked: Asked, facts?: Facts) => {
  const version = roomVersions.get(room.version ?? "11")!
  const event = {
    eventId: "$new" as EventId,
    roomId: (version.roomIdIsCreateHash ? "!create" : "!room:a") as RoomId,
    stateKey: undefined,
    content: {},
    prevEvents: ["$last" as EventId],
    redacts: undefined,
    ...asked,
  }
  return Result.isSuccess(authorise(version, event, stateOf(room), facts))
}

const member = (sender: UserId, target: UserId, membership: string, content: JsonObject = {}): Asked => ({
  type: "m.room.member",
  stateKey: target,
  sender,
  content: { membership, ...content },
})

const product = <T extends ReadonlyArray<unknown>>(...lists: { [K in keyof T]: ReadonlyArray<T[K]> }): Array<T> =>
  lists.reduce<Array<ReadonlyArray<unknown>>>(
    (all, list) => all.flatMap((one) => list.map((next) => [...one, next])),
    [[]],
  ) as unknown as Array<T>

describe("creating", () => {
  const create = (version: string, asked: Partial<Asked> = {}) =>
    allowed({ version }, { type: "m.room.create", stateKey: "", sender: alice, prevEvents: [], ...asked })
  it.each([
    ["11", {}, true],
    ["10", {}, false],
    ["10", { content: { creator: alice } }, true],
    ["11", { prevEvents: [createId] }, false],
    ["11", { sender: carol }, false],
    ["12", { sender: carol }, true],
    ["11", { content: { room_version: "99" } }, false],
    ["12", { content: { additional_creators: [bob] } }, true],
    ["12", { content: { additional_creators: ["bob"] } }, false],
    ["12", { content: { additional_creators: bob } }, false],
    ["11", { content: { additional_creators: "bob" } }, true],
  ] as const)("in version %s with %j: %s", (version, asked, verdict) => {
    expect(create(version, asked)).toBe(verdict)
  })
})

describe("a membership", () => {
  const room = { joinRule: "public", levels: { users: { [alice]: 100 } } }
  it.each([
    [{ stateKey: alice, content: { membership: "join" } }, true],
    [{ content: { membership: "join" } }, false],
    [{ stateKey: alice, content: {} }, false],
    [{ stateKey: alice, content: { membership: 1 } }, false],
    [{ stateKey: alice, content: { membership: "lurk" } }, false],
  ])("is somebody's, and one that is known: %j is %s", (given: Partial<Asked>, verdict) => {
    expect(allowed(room, { type: "m.room.member", sender: alice, ...given })).toBe(verdict)
  })
})

describe("joining", () => {
  it.each([
    ["public", undefined, true],
    ["invite", undefined, false],
    ["invite", "invite", true],
    ["invite", "join", true],
    ["public", "ban", false],
    ["knock", undefined, false],
    ["knock", "invite", true],
    ["restricted", undefined, false],
    ["restricted", "invite", true],
    ["private", "invite", false],
    [undefined, "invite", true],
    [undefined, undefined, false],
  ])("under the rule %s as %s: %s", (joinRule, membership, verdict) => {
    const members: Record<string, string> = membership === undefined ? {} : { [bob]: membership }
    expect(allowed({ members, ...(joinRule === undefined ? {} : { joinRule }) }, member(bob, bob, "join"))).toBe(
      verdict,
    )
  })
  it("knows the rule of knocking since version 7", () => {
    const room = { joinRule: "knock", members: { [bob]: "invite" } }
    expect(allowed({ ...room, version: "6" }, member(bob, bob, "join"))).toBe(false)
    expect(allowed({ ...room, version: "7" }, member(bob, bob, "join"))).toBe(true)
  })
  it("is nobody else's to do", () => {
    expect(allowed({ joinRule: "public" }, member(alice, bob, "join"))).toBe(false)
  })
  it("is the creator's first act", () => {
    const first = { ...member(alice, alice, "join"), prevEvents: [createId] }
    expect(allowed({ members: { [alice]: "leave" } }, first)).toBe(true)
    expect(allowed({ members: { [alice]: "leave" } }, { ...first, prevEvents: ["$other" as EventId] })).toBe(false)
    expect(allowed({ members: { [alice]: "leave" } }, { ...member(bob, bob, "join"), prevEvents: [createId] })).toBe(
      false,
    )
  })
  it("of a restricted room takes somebody who may invite, and their server's signature", () => {
    const via = (userId: UserId) => member(bob, bob, "join", { join_authorised_via_users_server: userId })
    const room = {
      joinRule: "restricted",
      levels: { invite: 50, users: { [alice]: 50 } },
      members: { [carol]: "join" },
    }
    expect(allowed(room, via(alice), { vouched: true })).toBe(true)
    expect(allowed(room, via(alice))).toBe(false)
    expect(allowed(room, via(carol), { vouched: true })).toBe(false)
    expect(allowed({ ...room, version: "7" }, via(alice), { vouched: true })).toBe(false)
    expect(allowed({ ...room, members: { [alice]: "leave" } }, via(alice), { vouched: true })).toBe(false)
    expect(allowed(room, member(bob, bob, "join"), { vouched: true })).toBe(false)
    expect(allowed({ ...room, joinRule: "knock_restricted" }, via(alice), { vouched: true })).toBe(true)
    expect(allowed({ ...room, joinRule: "knock_restricted", version: "9" }, via(alice), { vouched: true })).toBe(false)
    expect(allowed({ ...room, members: { [bob]: "ban" } }, via(alice), { vouched: true })).toBe(false)
  })
  it("of a room that does not federate is for its own server", () => {
    expect(allowed({ joinRule: "public", create: { "m.federate": false } }, member(carol, carol, "join"))).toBe(false)
    expect(allowed({ joinRule: "public", create: { "m.federate": false } }, member(bob, bob, "join"))).toBe(true)
  })
})

describe("inviting", () => {
  it.each([
    [{}, alice, undefined, true],
    [{ levels: { invite: 50, users: { [alice]: 49 } } }, alice, undefined, false],
    [{ levels: { invite: 50, users: { [alice]: 50 } } }, alice, undefined, true],
    [{}, carol, undefined, false],
    [{}, alice, "join", false],
    [{}, alice, "ban", false],
    [{}, alice, "invite", true],
  ] as const)("in %j by %s somebody who is %s: %s", (room, sender, membership, verdict) => {
    const members: Record<string, string> = membership === undefined ? {} : { [bob]: membership }
    expect(allowed({ ...room, members }, member(sender, bob, "invite"))).toBe(verdict)
  })
  describe("a third party", () => {
    const key = (seed: number): SigningKey => signingKeyFromSeed("ed25519:0", new Uint8Array(32).fill(seed))
    const promise = stateEvent("m.room.third_party_invite", "tok", alice, { public_key: key(1).publicKey })
    const promised = { more: [promise] }
    const signed = (by: SigningKey, { mxid = bob as string, token = "tok" } = {}) => ({
      third_party_invite: { display_name: "b", signed: signJson({ mxid, token }, "id.example", by) },
    })
    const invite = (content: JsonObject, sender = alice) => member(sender, bob, "invite", content)
    it("takes a promise in the state, and the signature of one of its keys", () => {
      expect(allowed(promised, invite(signed(key(1))))).toBe(true)
      expect(allowed(promised, invite(signed(key(2))))).toBe(false)
      expect(allowed({}, invite(signed(key(1))))).toBe(false)
      const keys = { public_key: key(1).publicKey, public_keys: [{}, { public_key: key(2).publicKey }] }
      expect(allowed({ more: [{ ...promise, content: keys }] }, invite(signed(key(2))))).toBe(true)
      expect(allowed({ more: [{ ...promise, content: {} }] }, invite(signed(key(1))))).toBe(false)
    })
    it("is signed for this user and this promise", () => {
      expect(allowed(promised, invite(signed(key(1), { mxid: carol })))).toBe(false)
      expect(allowed(promised, invite(signed(key(1), { token: "other" })))).toBe(false)
      expect(allowed(promised, invite({ third_party_invite: { signed: { mxid: bob, token: "tok" } } }))).toBe(false)
      expect(allowed(promised, invite({ third_party_invite: {} }))).toBe(false)
      expect(allowed(promised, invite({ third_party_invite: "bob" }))).toBe(false)
    })
    it("is invited by whoever promised, member or not, but not past a ban", () => {
      expect(allowed({ more: [promise], members: { [carol]: "join" } }, invite(signed(key(1)), carol))).toBe(false)
      expect(allowed({ more: [promise], members: { [alice]: "leave" } }, invite(signed(key(1))))).toBe(true)
      expect(allowed({ more: [promise], members: { [bob]: "ban" } }, invite(signed(key(1))))).toBe(false)
    })
    it("is promised an invitation by who may invite", () => {
      const promising = { type: "m.room.third_party_invite", stateKey: "tok", sender: bob }
      const room = (level: number) => ({ members: { [bob]: "join" }, levels: { invite: level, state_default: 100 } })
      expect(allowed(room(0), promising)).toBe(true)
      expect(allowed(room(1), promising)).toBe(false)
    })
  })
})

describe("leaving and removing", () => {
  it.each([
    ["join", true],
    ["invite", true],
    ["knock", true],
    ["leave", false],
    ["ban", false],
  ])("oneself while %s: %s", (membership, verdict) => {
    expect(allowed({ members: { [bob]: membership } }, member(bob, bob, "leave"))).toBe(verdict)
  })
  it("lifts a ban only with the power to ban", () => {
    const room = (level: number) => ({
      members: { [bob]: "ban" },
      levels: { ban: 60, kick: 40, users: { [alice]: level } },
    })
    expect(allowed(room(59), member(alice, bob, "leave"))).toBe(false)
    expect(allowed(room(60), member(alice, bob, "leave"))).toBe(true)
  })

  it("nobody removes or bans someone of equal or greater power, nor without being there", () => {
    const memberships = ["join", "invite", "knock", "leave", "ban"]
    const levels = [0, 50, 100] // few, so that equal ones meet, and all can be tried
    const wrong = []
    for (const [act, hers, his] of product(["leave", "ban"], memberships, memberships)) {
      for (const [up, down, kick, ban] of product(levels, levels, levels, levels)) {
        const room = {
          members: { [alice]: hers, [bob]: his },
          levels: { kick, ban, users: { [alice]: up, [bob]: down } },
        }
        const mayAct = up >= (act === "ban" ? ban : kick) && (act === "ban" || his !== "ban" || up >= ban)
        const expected = hers === "join" && mayAct && down < up
        if (allowed(room, member(alice, bob, act)) !== expected) wrong.push({ act, hers, his, up, down, kick, ban })
      }
    }
    expect(wrong).toEqual([])
  })
  it("from a knock is known since version 7", () => {
    expect(allowed({ version: "6", members: { [bob]: "knock" } }, member(bob, bob, "leave"))).toBe(false)
    expect(allowed({ version: "7", members: { [bob]: "knock" } }, member(bob, bob, "leave"))).toBe(true)
  })
  it("while naming a voucher takes that server's signature too, since version 8", () => {
    const leave = member(bob, bob, "leave", { join_authorised_via_users_server: carol })
    expect(allowed({ version: "7", members: { [bob]: "join" } }, leave)).toBe(true)
    expect(allowed({ version: "8", members: { [bob]: "join" } }, leave)).toBe(false)
    expect(allowed({ version: "8", members: { [bob]: "join" } }, leave, { vouched: true })).toBe(true)
  })
})

describe("knocking", () => {
  it.each([
    ["7", "knock", undefined, true],
    ["6", "knock", undefined, false],
    ["7", "invite", undefined, false],
    ["9", "knock_restricted", undefined, false],
    ["10", "knock_restricted", undefined, true],
    ["11", "knock", "ban", false],
    ["11", "knock", "join", false],
    ["11", "knock", "invite", false],
    ["11", "knock", "knock", true],
  ])("in version %s under %s as %s: %s", (version, joinRule, membership, verdict) => {
    const members: Record<string, string> = membership === undefined ? {} : { [bob]: membership }
    expect(allowed({ version, joinRule, members }, member(bob, bob, "knock"))).toBe(verdict)
    expect(allowed({ version, joinRule, members }, member(alice, bob, "knock"))).toBe(false)
  })
})

describe("sending", () => {
  const members = { [bob]: "join" }
  it("takes membership, and the level of the type or its kind", () => {
    const message = { type: "m.room.message", sender: bob }
    const name = { type: "m.room.name", stateKey: "", sender: bob }
    expect(allowed({ members }, message)).toBe(true)
    expect(allowed({}, message)).toBe(false)
    expect(allowed({ members, levels: { events_default: 1 } }, message)).toBe(false)
    expect(allowed({ members, levels: { events_default: 1, users: { [bob]: 1 } } }, message)).toBe(true)
    expect(allowed({ members, levels: { events: { "m.room.message": 1 } } }, message)).toBe(false)
    expect(allowed({ members }, name)).toBe(false) // no levels: state takes 50, and the creator has 100
    expect(allowed({ members }, { ...name, sender: alice })).toBe(true)
    expect(allowed({ members, levels: {} }, name)).toBe(false)
    expect(allowed({ members, levels: { users_default: 50 } }, name)).toBe(true)
    expect(allowed({ members, levels: { users: { [bob]: "50" } }, version: "9" }, name)).toBe(true)
    expect(allowed({ members, levels: { users: { [bob]: "50" } }, version: "10" }, name)).toBe(false)
  })
  it("sets nobody else's own state", () => {
    const own = (stateKey: string) => ({ type: "com.example", stateKey, sender: bob })
    const room = { members, levels: { state_default: 0 } }
    expect(allowed(room, own(bob))).toBe(true)
    expect(allowed(room, own(alice))).toBe(false)
    expect(allowed(room, own("@"))).toBe(false)
    expect(allowed(room, own("alice"))).toBe(true)
  })
  it("of aliases is a server's own until version 5", () => {
    const aliases = (stateKey: string) => ({ type: "m.room.aliases", stateKey, sender: carol })
    expect(allowed({ version: "5" }, aliases("b"))).toBe(true)
    expect(allowed({ version: "5" }, aliases("a"))).toBe(false)
    expect(allowed({ version: "6" }, aliases("b"))).toBe(false)
  })
  it("since version 12 is in the room that its id's event created", () => {
    const message = { type: "m.room.message", sender: alice }
    expect(allowed({ version: "12" }, message)).toBe(true)
    expect(allowed({ version: "12" }, { ...message, roomId: "!other" as RoomId })).toBe(false)
  })
  it("needs a room", () => {
    const event = { eventId: "$e", roomId: "!r:a", sender: alice, content: {}, prevEvents: [], redacts: undefined }
    const message = { ...event, type: "m.room.message", stateKey: undefined } as unknown as AuthorisedEvent
    expect(Result.isFailure(authorise(roomVersions.get("11")!, message, { get: () => undefined }))).toBe(true)
  })
  it("of redactions is judged by the rules in versions 1 and 2 alone", () => {
    const redaction = (redacts: string) => ({ type: "m.room.redaction", sender: bob, redacts: redacts as EventId })
    expect(allowed({ version: "1", members }, redaction("$x:b"))).toBe(false)
    expect(allowed({ version: "1", members }, { ...redaction("$x:b"), eventId: "$r:b" as EventId })).toBe(true)
    expect(allowed({ version: "1", members, levels: { users: { [bob]: 50 } } }, redaction("$x:b"))).toBe(true)
    expect(allowed({ version: "2", members }, redaction("$x:a"))).toBe(true)
    expect(allowed({ version: "2", members, levels: {} }, redaction("$x:b"))).toBe(false)
    expect(allowed({ version: "3", members, levels: {} }, redaction("$x:b"))).toBe(true)
  })
})

/** Spec: "m.room.power_levels": what each thing takes where nothing is said, and where the event says it. */
describe("what bob may do", () => {
  const inside = { [bob]: "join" }
  const withCarol = (membership: string) => ({ ...inside, [carol]: membership })
  const state = { type: "m.room.topic", stateKey: "", sender: bob }
  const message = { type: "m.room.message", sender: bob }
  const redaction = { type: "m.room.redaction", sender: bob, redacts: "$x:b" as EventId }

  it.each<[string, Room["members"], Asked, (level: number) => JsonObject, number, string?]>([
    ["invite", inside, member(bob, carol, "invite"), (invite) => ({ invite }), 0],
    ["kick", withCarol("join"), member(bob, carol, "leave"), (kick) => ({ kick }), 50],
    ["withdraw an invitation", withCarol("invite"), member(bob, carol, "leave"), (kick) => ({ kick }), 50],
    ["refuse a knock", withCarol("knock"), member(bob, carol, "leave"), (kick) => ({ kick }), 50],
    ["ban", withCarol("join"), member(bob, carol, "ban"), (ban) => ({ ban }), 50],
    ["lift a ban", withCarol("ban"), member(bob, carol, "leave"), (level) => ({ ban: level, kick: level }), 50],
    ["send", inside, message, (level) => ({ events_default: level }), 0],
    ["send a type", inside, message, (level) => ({ events: { "m.room.message": level }, events_default: 0 }), 0],
    ["set state", inside, state, (level) => ({ state_default: level }), 50],
    ["set a type of state", inside, state, (level) => ({ events: { "m.room.topic": level } }), 50],
    ["redact for others, in version 1", inside, redaction, (redact) => ({ redact }), 50, "1"],
  ])("%s takes its level", (_, members, asked, saying, byDefault, version = "11") => {
    const may = (levels: JsonObject, own: number) =>
      allowed({ members: members!, levels: { ...levels, users: { [alice]: 100, [bob]: own } }, version }, asked)
    for (const level of [1, 30, 50, 75]) {
      expect([may(saying(level), level - 1), may(saying(level), level)]).toEqual([false, true])
    }
    expect([may({}, byDefault - 1), may({}, byDefault)]).toEqual([false, true])
    // Nobody named stands at users_default, which is 0 itself.
    const unnamed = (levels: JsonObject) => allowed({ members: members!, levels, version }, asked)
    expect(unnamed({})).toBe(byDefault === 0)
    expect(unnamed({ users_default: 75, users: { [carol]: 0 }, ...saying(75) })).toBe(true)
    expect(unnamed({ users_default: 74, users: { [carol]: 0 }, ...saying(75) })).toBe(false)
  })
})

describe("changing power levels", () => {
  const change = (before: JsonObject | undefined, next: JsonObject, version = "11", sender: UserId = bob) =>
    allowed(
      { version, members: { [bob]: "join" }, ...(before === undefined ? {} : { levels: before }) },
      { type: "m.room.power_levels", stateKey: "", sender, content: next },
    )
  const base = { state_default: 0, users: { [alice]: 100, [bob]: 50, [carol]: 50 } }
  it.each([
    ["a level up to one's own", { ...base, kick: 50 }, true],
    ["a level above one's own", { ...base, kick: 51 }, false],
    ["one's own level down", { ...base, users: { ...base.users, [bob]: 10 } }, true],
    ["one's own level up", { ...base, users: { ...base.users, [bob]: 51 } }, false],
    ["an equal's level", { ...base, users: { ...base.users, [carol]: 10 } }, false],
    ["an equal out", { ...base, users: { [alice]: 100, [bob]: 50 } }, false],
    ["a newcomer in", { ...base, users: { ...base.users, "@new:a": 50 } }, true],
    ["a newcomer above", { ...base, users: { ...base.users, "@new:a": 51 } }, false],
    ["a type's level above", { ...base, events: { x: 51 } }, false],
    ["text for a level", { ...base, kick: "50" }, false],
    ["a float", { ...base, kick: 1.5 }, false],
    ["text for users", { ...base, users: "all" }, false],
    ["a user who is none", { ...base, users: { ...base.users, bob: 1 } }, false],
    ["text in events", { ...base, events: { x: "1" } }, false],
  ])("%s: %s", (_, next, verdict) => {
    expect(change(base, next)).toBe(verdict)
  })
  it("looks at the form of users alone until version 9", () => {
    const garbage = { kick: "much", events: { x: null }, notifications: 5 }
    expect(change(base, { ...base, ...garbage }, "9")).toBe(true)
    for (const name of Object.keys(garbage) as ReadonlyArray<keyof typeof garbage>) {
      expect(change(base, { ...base, [name]: garbage[name] }, "10")).toBe(false)
    }
    expect(change(base, { ...base, users: { ...base.users, [carol]: "much" } }, "9")).toBe(false)
  })
  it("is free where there were none, and guards notifications since version 6", () => {
    expect(change(undefined, { kick: 101 }, "11", alice)).toBe(true)
    expect(change(base, { ...base, notifications: { room: 51 } }, "6")).toBe(false)
    expect(change(base, { ...base, notifications: { room: 51 } }, "5")).toBe(true)
  })
  it("leaves what stands above oneself as it was, and who stands as high", () => {
    const places = [
      "ban",
      "users_default",
      "events x",
      "events y",
      "notifications room",
      `users ${alice}`,
      `users ${carol}`,
    ]
    const settings = fc.dictionary(fc.constantFrom(...places), fc.constantFrom(0, 50, 51, 100), {
      size: "max",
      maxKeys: 7,
    })
    const contentOf = (levels: Readonly<Record<string, number>>): JsonObject => {
      const content: Record<string, Record<string, number> | number> = { state_default: 0, users: { [bob]: 50 } }
      for (const [place, level] of Object.entries(levels)) {
        const [name, key] = place.split(" ") as [string, string | undefined]
        content[name] = key === undefined ? level : { ...(content[name] as Record<string, number>), [key]: level }
      }
      return content
    }
    const outcomes = new Set<boolean>()
    fc.assert(
      fc.property(settings, fc.subarray(places, { maxLength: 2 }), settings, (before, changed, changes) => {
        const { ...next } = before
        for (const place of changed) {
          if (changes[place] === undefined) delete next[place]
          else next[place] = changes[place]
        }
        const expected = changed.every((place) => {
          const [from, to] = [before[place] ?? -1, next[place] ?? -1]
          return from === to || (Math.max(from, to) <= 50 && !(place.startsWith("users ") && from === 50))
        })
        expect(change(contentOf(before), contentOf(next))).toBe(expected)
        outcomes.add(expected)
      }),
      { numRuns: 1000 },
    )
    expect(outcomes.size).toBe(2)
  })
  it("leaves removed levels above one's own alone", () => {
    expect(change({ ...base, ban: 80 }, base)).toBe(false)
    expect(change({ ...base, events: { x: 80 } }, base)).toBe(false)
  })
  it("never lists a creator since version 12, who stands above all", () => {
    expect(change(base, { ...base, users: { [alice]: 100 } }, "12", alice)).toBe(false)
    expect(change({ state_default: 100 }, { state_default: 1000, users: {} }, "12", alice)).toBe(true)
  })
})
