/** Walks along `auth_events`. Spec: `rooms/v2` and `rooms/v12`, "State resolution", definitions. */
import type { EventId } from "@biz1/protocol/ids"
import type { Event, StateEvent } from "../Event.ts"
import type { RoomVersion } from "../roomVersion.ts"
import { isStateEvent, type StateMap, stateMapKey } from "./StateMap.ts"

/** The room's events by id. What it does not know is as if nobody had named it. */
export type Lookup = (eventId: EventId) => Event | undefined

/** The auth chains of all the events together, without the events that no other of them rests on. */
export const authChain = (eventIds: Iterable<EventId>, lookup: Lookup): Set<EventId> => {
  const chain = new Set<EventId>()
  const waiting = [...eventIds]
  for (let eventId = waiting.pop(); eventId !== undefined; eventId = waiting.pop()) {
    for (const authEvent of lookup(eventId)?.authEvents ?? []) {
      if (chain.has(authEvent)) continue
      chain.add(authEvent)
      waiting.push(authEvent)
    }
  }
  return chain
}

const withAuthChain = (eventIds: Iterable<EventId>, lookup: Lookup): Set<EventId> =>
  authChain(eventIds, lookup).union(new Set(eventIds))

/**
 * Events that some state sets rest on and others do not. A state's own events count as its chain: the definition does
 * not say so, but the servers in use have it so, and rooms must not fall apart over the difference.
 */
export const authDifference = (stateSets: ReadonlyArray<StateMap>, lookup: Lookup): Set<EventId> => {
  const ids = stateSets.map((stateSet) => new Set(stateSet.values()))
  const shared = ids.reduce((all, own) => all.intersection(own))
  // What all states hold rests on the same in all of them: it is walked once, and only where it can matter.
  const chains = ids.map((own) => withAuthChain(own.difference(shared), lookup))
  const union = chains.reduce((all, own) => all.union(own))
  const difference = union.difference(chains.reduce((all, own) => all.intersection(own)))
  return difference.size === 0 ? difference : difference.difference(withAuthChain(shared, lookup))
}

/** All events on paths between conflicted events, these included. Spec: `rooms/v12`, "Conflicted state subgraph". */
export const conflictedStateSubgraph = (conflicted: ReadonlySet<EventId>, lookup: Lookup): Set<EventId> => {
  const restedOnBy = new Map<EventId, Array<EventId>>()
  for (const eventId of withAuthChain(conflicted, lookup)) {
    for (const authEvent of lookup(eventId)?.authEvents ?? []) {
      const above = restedOnBy.get(authEvent)
      if (above === undefined) restedOnBy.set(authEvent, [eventId])
      else above.push(eventId)
    }
  }
  const subgraph = new Set(conflicted)
  for (const eventId of subgraph) restedOnBy.get(eventId)?.forEach((above) => subgraph.add(above))
  return subgraph
}

/** The state that an event's `auth_events` amount to; since room version 12 its room id names the room's creation. */
export const citedState = (version: RoomVersion, event: Event, lookup: Lookup): ReadonlyMap<string, StateEvent> => {
  const cited = new Map<string, StateEvent>()
  const named = event.authEvents.map(lookup)
  if (version.roomIdIsCreateHash) named.push(lookup(`$${event.roomId.slice(1)}` as EventId))
  for (const authEvent of named.filter(isStateEvent)) {
    cited.set(stateMapKey(authEvent.type, authEvent.stateKey), authEvent)
  }
  return cited
}
