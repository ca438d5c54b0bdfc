/**
 * The specification's definitions, read out in code as they stand and without a thought of speed, to hold against what
 * we run. Where its words can be read in two ways, they are read as the servers in use do, since a room that resolves
 * differently on two servers falls apart: a state's own events are part of its full auth chain, and among the events to
 * be ordered only those that one names itself go before it, not those that it rests on by way of events outside.
 */
import { Result } from "effect"
import type { EventId } from "@biz1/protocol/ids"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { authorise } from "../auth/authorise.ts"
import type { Event } from "../Event.ts"
import { powerLevels } from "../power.ts"
import { isStateEvent, type StateMap, stateMapKey } from "./StateMap.ts"
import { randomRoom, type TestRoom } from "./testRoom.ts"

const union = <A>(sets: ReadonlyArray<ReadonlySet<A>>): Set<A> => new Set(sets.flatMap((set) => [...set]))

const model = (room: TestRoom, states: ReadonlyArray<StateMap>): StateMap => {
  const v21 = room.version.stateResolution === "v2.1"
  const event = (eventId: EventId) => room.lookup(eventId)!

  const keys = union(states.map((state) => new Set(state.keys())))
  const agreed = [...keys].filter((key) => states.every((state) => state.get(key) === states[0]!.get(key)))
  const unconflicted = new Map(agreed.map((key) => [key, states[0]!.get(key)!]))
  const disputed = [...keys].filter((key) => !unconflicted.has(key))
  const conflicted = new Set(states.flatMap((state) => disputed.flatMap((key) => state.get(key) ?? [])))

  const chains = new Map<EventId, ReadonlySet<EventId>>()
  const authChain = (eventId: EventId): ReadonlySet<EventId> => {
    const known = chains.get(eventId)
    if (known !== undefined) return known
    const { authEvents } = event(eventId)
    const chain = union([new Set(authEvents), ...authEvents.map(authChain)])
    chains.set(eventId, chain)
    return chain
  }

  const fullChains = states.map((state) => union([...state.values()].map((id) => new Set([id, ...authChain(id)]))))
  const authDifference = [...union(fullChains)].filter((id) => !fullChains.every((chain) => chain.has(id)))
  const between = [...room.events.keys()].filter(
    (id) =>
      [...conflicted].some((above) => above === id || authChain(above).has(id)) &&
      [...conflicted].some((below) => below === id || authChain(id).has(below)),
  )
  const fullConflicted = new Set([...conflicted, ...authDifference, ...(v21 ? between : [])])

  const cited = (of: Event, type: string): Event | undefined =>
    type === "m.room.create" && v21
      ? room.lookup(`$${of.roomId.slice(1)}` as EventId)
      : of.authEvents.map(event).find((authEvent) => authEvent.type === type)
  const citedPower = (of: Event) => cited(of, "m.room.power_levels")
  const senderPower = (of: Event) => {
    const [create, power] = [cited(of, "m.room.create"), citedPower(of)]
    if (!isStateEvent(create)) return 0
    return powerLevels(room.version, create, isStateEvent(power) ? power : undefined).ofUser(of.sender)
  }
  const older = (x: Event, y: Event) =>
    x.originServerTs < y.originServerTs || (x.originServerTs === y.originServerTs && x.eventId < y.eventId)
  const sorted = (events: ReadonlyArray<Event>, isLess: (x: Event, y: Event) => boolean) =>
    events.toSorted((x, y) => (isLess(x, y) ? -1 : 1))

  const reverseTopological = (ids: ReadonlySet<EventId>): ReadonlyArray<Event> => {
    const isLess = (x: Event, y: Event) =>
      senderPower(x) > senderPower(y) || (senderPower(x) === senderPower(y) && older(x, y))
    const left = new Set([...ids].map(event))
    const ordered: Array<Event> = []
    while (left.size > 0) {
      const free = [...left].filter((one) => ![...left].some((other) => one.authEvents.includes(other.eventId)))
      const [least] = sorted(free, isLess)
      ordered.push(least!)
      left.delete(least!)
    }
    return ordered
  }

  const powerChain = (of: Event | undefined): ReadonlyArray<Event> =>
    of === undefined ? [] : [of, ...powerChain(citedPower(of))]
  const byMainline = (events: ReadonlyArray<Event>, power: Event | undefined) => {
    const mainline = powerChain(power)
    const position = (of: Event) => {
      const met = powerChain(citedPower(of)).find((one) => mainline.includes(one))
      return met === undefined ? Infinity : mainline.indexOf(met)
    }
    return sorted(events, (x, y) => position(x) > position(y) || (position(x) === position(y) && older(x, y)))
  }

  const applied = (start: StateMap, events: ReadonlyArray<Event>): StateMap =>
    events.reduce((state, next) => {
      const view = {
        get: (type: string, stateKey: string) => {
          const held = room.lookup(state.get(stateMapKey(type, stateKey)) ?? ("" as EventId))
          const own = type === "m.room.create" ? [cited(next, type)!] : next.authEvents.map(event)
          const found = held ?? own.find((one) => one.type === type && one.stateKey === stateKey)
          return isStateEvent(found) ? found : undefined
        },
      }
      const allowed = isStateEvent(next) && Result.isSuccess(authorise(room.version, next, view))
      return allowed ? new Map([...state, [stateMapKey(next.type, next.stateKey), next.eventId]]) : state
    }, start)

  const isPowerEvent = ({ type, content: { membership }, sender, stateKey }: Event) =>
    type === "m.room.power_levels" ||
    type === "m.room.join_rules" ||
    (type === "m.room.member" && (membership === "leave" || membership === "ban") && sender !== stateKey)
  const powerEvents = [...fullConflicted].filter((id) => isPowerEvent(event(id)))
  const withNamed = (id: EventId): ReadonlyArray<EventId> => [
    id,
    ...event(id)
      .authEvents.filter((named) => fullConflicted.has(named))
      .flatMap(withNamed),
  ]
  const first = new Set(powerEvents.flatMap(withNamed))
  const partial = applied(v21 ? new Map() : unconflicted, reverseTopological(first))
  const rest = [...fullConflicted].filter((id) => !first.has(id)).map(event)
  const power = partial.get(stateMapKey("m.room.power_levels", ""))
  const full = applied(partial, byMainline(rest, power && event(power)))
  return new Map([...full, ...unconflicted])
}

describe.each(["2", "6", "11", "12"])("in version %s", (version) => {
  it("rooms resolve as the specification has it", () => {
    fc.assert(
      fc.property(randomRoom(version), fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 5 }), (given, pairs) => {
        const { room, ends, grown } = given
        const somewhere = pairs.map((pair) => pair.map((pick) => grown[pick % grown.length]!))
        for (const eventIds of [ends, ...somewhere]) {
          const states = eventIds.map(room.stateAfter)
          expect(room.resolveAfter(...eventIds)).toEqual(model(room, states))
        }
      }),
      { numRuns: 300 },
    )
  })
})
