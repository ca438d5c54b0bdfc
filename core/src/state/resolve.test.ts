import { hash } from "node:crypto"
import type { EventId } from "@biz1/protocol/ids"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { resolve } from "./resolve.ts"
import { type StateMap, stateMapKey } from "./StateMap.ts"
import {
  type Act,
  act,
  alice,
  bob,
  carol,
  dave,
  joinRule,
  levels,
  member,
  randomRoom,
  TestRoom,
  topic,
} from "./testRoom.ts"

const withoutCreator = { [bob]: 50, [carol]: 50 }
const version = fc.constantFrom("1", "2", "6", "11", "12")
/** Versions whose resolution lets what takes power away go first. */
const v2AndLater = ["2", "11", "12"]

/** A room whose branches each have some acts of their own, resolved at their ends. */
const merged = (version: string, ...branches: ReadonlyArray<ReadonlyArray<Act>>) => {
  const room = new TestRoom(version)
  const ends = branches.map((acts) => room.chain(room.founded, acts))
  const state = room.resolveAfter(...ends)
  return { room, ends, state }
}

describe.each(v2AndLater)("in version %s", (version) => {
  const creator = version === "12" ? {} : { [alice]: 100 }

  it("a ban goes before what the banned did meanwhile", () => {
    const { room, state } = merged(version, [topic(bob, "evasion")], [member(alice, bob, "ban")])
    expect(room.membership(state, bob)).toBe("ban")
    expect(room.holder(state, "m.room.topic")).toBeUndefined()
  })
  it("a ban beats a join at the same time, whichever claims to be older", () => {
    for (const at of [0, 1000]) {
      const { room, state } = merged(version, [{ ...member(dave, dave, "join"), at }], [member(alice, dave, "ban")])
      expect(room.membership(state, dave)).toBe("ban")
    }
  })
  it("a room that closes meanwhile lets nobody in", () => {
    const { room, state } = merged(version, [member(dave, dave, "join")], [joinRule(alice, "invite")])
    expect(room.membership(state, dave)).toBeUndefined()
  })
  it("the stronger's levels stand, and what they forbid falls", () => {
    const demotion = levels(alice, { users: { ...creator, [carol]: 50 } })
    const { room, ends, state } = merged(version, [member(bob, dave, "ban"), topic(bob, "x")], [demotion])
    expect(room.holder(state, "m.room.power_levels")).toBe(ends[1])
    expect(room.membership(state, dave)).toBeUndefined()
    expect(room.holder(state, "m.room.topic")).toBeUndefined()
  })
  it("the stronger acts first, whoever claims to be older", () => {
    for (const at of [0, 1000]) {
      const room = new TestRoom(version)
      const base = room.chain(room.founded, [levels(alice, { users: { ...creator, [bob]: 90, [carol]: 80 } })])
      const bobs = room.chain(base, [{ ...member(bob, carol, "ban"), at }])
      const carols = room.chain(base, [{ ...member(carol, dave, "ban"), at: 500 }])
      const state = room.resolveAfter(bobs, carols)
      expect(room.membership(state, carol)).toBe("ban")
      expect(room.membership(state, dave)).toBeUndefined()
    }
  })
  it("of two equals the older acts first, so that the later stands", () => {
    for (const [bobs, carols, last] of [
      [5, 9, 1],
      [9, 5, 0],
    ] as const) {
      const { room, ends, state } = merged(
        version,
        [{ ...joinRule(bob, "invite"), at: bobs }],
        [{ ...joinRule(carol, "knock"), at: carols }],
      )
      expect(room.holder(state, "m.room.join_rules")).toBe(ends[last])
    }
  })
  it("of two settings the one on newer levels stands, though it claims to be older", () => {
    const room = new TestRoom(version)
    const newer = room.chain(room.founded, [
      { ...levels(alice, { users: { ...creator, ...withoutCreator }, kick: 60 }), at: 10 },
      { ...topic(bob, "newer"), at: 11 },
    ])
    const older = room.chain(room.founded, [{ ...topic(carol, "older"), at: 99 }])
    expect(room.holder(room.resolveAfter(newer, older), "m.room.topic")).toBe(newer)
  })
  it("of two settings of the same time the one with the greater id stands", () => {
    const { room, ends, state } = merged(version, [{ ...topic(bob, "x"), at: 9 }], [{ ...topic(carol, "y"), at: 9 }])
    expect(room.holder(state, "m.room.topic")).toBe(ends.toSorted().at(-1))
  })
  it("what only one branch has set is in conflict with nothing, and checked nevertheless", () => {
    const { room, ends, state } = merged(version, [topic(bob, "x")], [member(dave, dave, "join")])
    expect(room.holder(state, "m.room.topic")).toBe(ends[0])
    expect(room.membership(state, dave)).toBe("join")
  })
  it("an auth event that was rejected speaks for nobody", () => {
    const { room, ends } = merged(version, [topic(bob, "x")], [topic(bob, "y")])
    const power = room.holder(room.stateAfter(room.founded), "m.room.power_levels")!
    // Without levels in the states it is the event's own auth events that say what bob may.
    const states = ends.map((end) => new Map([...room.stateAfter(end)].filter(([, eventId]) => eventId !== power)))
    const topicWhere = (isRejected: (eventId: EventId) => boolean) =>
      room.holder(resolve(room.version, states, room.lookup, isRejected), "m.room.topic")
    expect(topicWhere(() => false)).toBe(ends[1])
    expect(topicWhere((eventId) => eventId === power)).toBeUndefined()
  })
  const bobs = fc.array(
    act.filter(({ sender }) => sender === bob),
    { minLength: 1 },
  )
  const branchOf = (room: TestRoom, fork: EventId, acts: ReadonlyArray<Act>) =>
    acts.reduce((last, next) => room.add([last], next) ?? last, fork)
  it("a ban by somebody stronger stands at any point, whatever the banned does meanwhile", () => {
    fc.assert(
      fc.property(randomRoom(version), bobs, ({ room, ends: [fork] }, acts) => {
        const ban = room.add([fork!], member(alice, bob, "ban"))
        fc.pre(ban !== undefined)
        expect(room.membership(room.resolveAfter(ban!, branchOf(room, fork!, acts)), bob)).toBe("ban")
      }),
    )
  })
  it("nothing that the banned does meanwhile stands, where the ban rests on nothing that they may dispute", () => {
    fc.assert(
      fc.property(bobs, (acts) => {
        const room = new TestRoom(version)
        const ban = room.chain(room.founded, [member(alice, bob, "ban")])
        const state = room.resolveAfter(ban, branchOf(room, room.founded, acts))
        expect(new Set(state.values())).toEqual(new Set(room.stateAfter(ban).values()))
      }),
    )
  })
})

describe("in version 1", () => {
  it("the deepest setting that is allowed stands", () => {
    const { room, ends, state } = merged("1", [topic(bob, "x")], [member(dave, dave, "join"), topic(carol, "y")])
    expect(room.holder(state, "m.room.topic")).toBe(ends[1])
  })
  it("what the banned did meanwhile stays, unless it is in conflict", () => {
    const alone = merged("1", [topic(bob, "evasion")], [member(alice, bob, "ban")])
    expect(alone.room.holder(alone.state, "m.room.topic")).toBe(alone.ends[0])
    const disputed = merged("1", [topic(bob, "evasion")], [topic(carol, "mine"), member(alice, bob, "ban")])
    expect(disputed.room.lookup(disputed.room.holder(disputed.state, "m.room.topic")!)?.sender).toBe(carol)
  })
  it("a membership follows another as long as the rules allow", () => {
    const { room, state } = merged("1", [member(carol, carol, "leave")], [topic(bob, "x"), member(alice, carol, "ban")])
    expect(room.membership(state, carol)).toBe("ban")
    const kept = merged("1", [member(alice, dave, "ban")], [topic(bob, "x"), member(dave, dave, "join")])
    expect(kept.room.membership(kept.state, dave)).toBe("ban")
  })
  it("the first that the rules refuse ends the turns", () => {
    const users = { [alice]: 100 }
    const { room, ends, state } = merged(
      "1",
      [levels(alice, { users })],
      [topic(bob, "x"), levels(bob, { users: { ...users, [bob]: 50, [carol]: 50 }, kick: 40 })],
      [topic(bob, "x"), topic(bob, "y"), levels(alice, { users, kick: 60 })],
    )
    expect(room.holder(state, "m.room.power_levels")).toBe(ends[0])
  })
  it("of two settings of the same depth the one whose id has the lesser hash stands", () => {
    const { room, ends, state } = merged("1", [topic(bob, "x")], [topic(carol, "y")])
    const sha1 = (eventId: EventId) => hash("sha1", eventId)
    expect(room.holder(state, "m.room.topic")).toBe(ends.toSorted((x, y) => (sha1(x) < sha1(y) ? -1 : 1))[0])
  })
  it("who is in the room on one branch alone is in it", () => {
    const users = { [alice]: 100, [dave]: 50 }
    const { room, ends, state } = merged(
      "1",
      [levels(alice, { users })],
      [member(dave, dave, "join"), levels(alice, { users }), levels(dave, { users, kick: 40 })],
    )
    expect(room.holder(state, "m.room.power_levels")).toBe(ends[1])
  })
  it("of settings that nobody may make any more the oldest stands", () => {
    const silenced = levels(alice, { users: { [alice]: 100 } })
    const { room, state } = merged("1", [silenced], [topic(bob, "x"), topic(bob, "y")], [topic(bob, "z")])
    expect(room.viewOf(state).get("m.room.topic", "")?.content["topic"]).toBe("z")
  })
})

describe("any resolution", () => {
  const shuffled = <A>(items: ReadonlyArray<A>) => fc.shuffledSubarray([...items], { minLength: items.length })
  const someStates = version.chain((version) =>
    fc
      .tuple(randomRoom(version), fc.array(fc.nat(), { minLength: 1, maxLength: 4 }))
      .map(([{ room, grown }, picks]) => ({
        room,
        states: picks.map((pick) => room.stateAfter(grown[pick % grown.length]!)),
      })),
  )

  it("knows no order, of states or within them, and no repetition", () => {
    const reordered = someStates.chain(({ room, states }) =>
      shuffled([...states, states[0]!])
        .chain((again) => fc.tuple(...again.map((state) => shuffled([...state]))))
        .map((entries) => ({ room, states, again: entries.map((each): StateMap => new Map(each)) })),
    )
    fc.assert(
      fc.property(reordered, ({ room, states, again }) => {
        const resolved = resolve(room.version, states, room.lookup)
        expect(resolve(room.version, again, room.lookup)).toEqual(resolved)
      }),
    )
  })
  it("of equal states is that state", () => {
    fc.assert(
      fc.property(someStates, ({ room, states: [state] }) => {
        expect(resolve(room.version, [state!], room.lookup)).toEqual(state)
        expect(resolve(room.version, [state!, new Map(state)], room.lookup)).toEqual(state)
      }),
    )
  })
  it("keeps what all states agree on, and makes up nothing", () => {
    fc.assert(
      fc.property(someStates, ({ room, states }) => {
        const resolved = resolve(room.version, states, room.lookup)
        const agreed = [...states[0]!].filter(([key, eventId]) => states.every((state) => state.get(key) === eventId))
        expect(new Map([...resolved, ...agreed])).toEqual(resolved)
        for (const [key, eventId] of resolved) {
          const { type, stateKey } = room.lookup(eventId)!
          expect(key).toBe(stateMapKey(type, stateKey!))
        }
      }),
    )
  })
  it("of a history without branches is what was set last", () => {
    fc.assert(
      fc.property(version, fc.array(act, { size: "max", maxLength: 30 }), (version, acts) => {
        const room = new TestRoom(version)
        const expected = new Map(room.stateAfter(room.founded))
        let last = room.founded
        for (const act of acts) {
          const added = room.add([last], act)
          if (added === undefined) continue
          last = added
          expected.set(stateMapKey(act.type, act.stateKey!), added)
        }
        expect(room.resolveAfter(last)).toEqual(expected)
      }),
    )
  })
})
