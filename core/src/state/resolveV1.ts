/**
 * State resolution of room version 1, which may reset a room to older state and is kept for rooms that have it.
 * Where its text leaves a choice, ours is that of the servers that these rooms were made on.
 * Spec: `rooms/v1`, "State resolution".
 */
import { hash } from "node:crypto"
import { Result } from "effect"
import type { EventId } from "@biz1/protocol/ids"
import { authorise } from "../auth/authorise.ts"
import type { Event, StateEvent, StateView } from "../Event.ts"
import type { RoomVersion } from "../roomVersion.ts"
import type { Lookup } from "./authChain.ts"
import { isStateEvent, separate, type StateMap, stateMapKey } from "./StateMap.ts"

/** In this order, as each decides who may do the next. All others come last, and decide nothing. */
const passes = ["m.room.power_levels", "m.room.join_rules", "m.room.member"]

export const resolveV1 = (version: RoomVersion, stateSets: ReadonlyArray<StateMap>, lookup: Lookup): StateMap => {
  const { unconflicted, conflicted } = separate(stateSets, false)
  const resolved = new Map(unconflicted)
  const conflicts = [...conflicted.values()]
    .map((eventIds) => oldestFirst(eventIds, lookup))
    .filter((events) => events.length > 0)

  const view: StateView = {
    get: (type, stateKey) => {
      const eventId = resolved.get(stateMapKey(type, stateKey))
      const event = eventId === undefined ? undefined : lookup(eventId)
      return isStateEvent(event) ? event : undefined
    },
  }
  const isAllowed = (event: Event, state: StateView) =>
    Result.isSuccess(authorise(version, event, state, { vouched: true }))
  const take = (winners: ReadonlyArray<Event & StateEvent>) => {
    for (const event of winners) resolved.set(stateMapKey(event.type, event.stateKey), event.eventId)
  }

  // One user's membership is decided without those of others that are in conflict as well, so that no order matters.
  for (const pass of passes) {
    const ofPass = conflicts.filter(([first]) => first!.type === pass)
    take(ofPass.map((events) => lastAllowedInTurn(events, view, isAllowed)))
  }
  const others = conflicts.filter(([first]) => !passes.includes(first!.type))
  take(others.map((events) => events.findLast((event) => isAllowed(event, view)) ?? events[0]!))
  return resolved
}

/** The first stands; each that it and the state allow takes its place, up to the first that they do not. */
const lastAllowedInTurn = (
  events: ReadonlyArray<Event & StateEvent>,
  state: StateView,
  isAllowed: (event: Event, state: StateView) => boolean,
): Event & StateEvent => {
  let standing = events[0]!
  const view: StateView = {
    get: (type, stateKey) =>
      type === standing.type && stateKey === standing.stateKey ? standing : state.get(type, stateKey),
  }
  for (const event of events.slice(1)) {
    if (!isAllowed(event, view)) break
    standing = event
  }
  return standing
}

/** By ascending depth, then descending SHA-1 of the id. */
const oldestFirst = (eventIds: Iterable<EventId>, lookup: Lookup): ReadonlyArray<Event & StateEvent> =>
  Array.from(eventIds, lookup)
    .filter(isStateEvent)
    .map((event) => ({ event, sha1: hash("sha1", event.eventId) }))
    .sort((x, y) => x.event.depth - y.event.depth || (x.sha1 < y.sha1 ? 1 : -1))
    .map(({ event }) => event)
