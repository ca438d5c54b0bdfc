/**
 * State resolution since room version 2, and as version 12 amends it (v2.1).
 * Spec: `rooms/v2` and `rooms/v12`, "State resolution".
 */
import { Result } from "effect"
import type { EventId } from "@biz1/protocol/ids"
import { authorise } from "../auth/authorise.ts"
import type { Event, StateView } from "../Event.ts"
import type { RoomVersion } from "../roomVersion.ts"
import { authDifference, citedState, conflictedStateSubgraph, type Lookup } from "./authChain.ts"
import { mainlineOrder } from "./mainlineOrder.ts"
import { isPowerEvent, powerOrder } from "./powerOrder.ts"
import { isStateEvent, separate, type StateMap, stateMapKey } from "./StateMap.ts"

export const resolveV2 = (
  version: RoomVersion,
  stateSets: ReadonlyArray<StateMap>,
  lookup: Lookup,
  isRejected: (eventId: EventId) => boolean,
): StateMap => {
  const { unconflicted, conflicted } = separate(stateSets, true)
  if (conflicted.size === 0) return unconflicted
  const startsEmpty = version.stateResolution === "v2.1"

  const disputed = new Set([...conflicted.values()].flatMap((eventIds) => [...eventIds]))
  const connected = startsEmpty ? conflictedStateSubgraph(disputed, lookup) : disputed
  const inConflict = new Map<EventId, Event>()
  for (const eventId of connected.union(authDifference(stateSets, lookup))) {
    const event = lookup(eventId)
    if (event !== undefined) inConflict.set(eventId, event)
  }

  const resolved = new Map(startsEmpty ? [] : unconflicted)
  const apply = (events: ReadonlyArray<Event>) => applyAllowed(version, resolved, events, lookup, isRejected)

  const powerEvents = withRestedOn([...inConflict.values()].filter(isPowerEvent), inConflict)
  apply(powerOrder(version, powerEvents, lookup))

  const others = [...inConflict.values()].filter((event) => !powerEvents.has(event))
  const power = resolved.get(stateMapKey("m.room.power_levels", ""))
  apply(mainlineOrder(others, power && lookup(power), lookup))

  for (const [key, eventId] of unconflicted) resolved.set(key, eventId)
  return resolved
}

/**
 * The events, and those in conflict that they rest on. As in `powerOrder` a way that leaves the conflict ends there,
 * as it does on the servers in use: the definition can be read otherwise, but the reading must be one.
 */
const withRestedOn = (events: Iterable<Event>, inConflict: ReadonlyMap<EventId, Event>): ReadonlySet<Event> => {
  const all = new Set(events)
  for (const event of all) {
    for (const eventId of event.authEvents) {
      const authEvent = inConflict.get(eventId)
      if (authEvent !== undefined) all.add(authEvent)
    }
  }
  return all
}

/**
 * Puts on top of the state, one after the other, what the rules allow. Where the state does not hold what a rule asks
 * for, the event's own auth events speak, except rejected ones. Spec: "Iterative auth checks".
 */
const applyAllowed = (
  version: RoomVersion,
  state: Map<string, EventId>,
  events: ReadonlyArray<Event>,
  lookup: Lookup,
  isRejected: (eventId: EventId) => boolean,
): void => {
  for (const event of events) {
    if (!isStateEvent(event)) continue
    const cited = citedState(version, event, (eventId) => (isRejected(eventId) ? undefined : lookup(eventId)))
    const view: StateView = {
      get: (type, stateKey) => {
        const key = stateMapKey(type, stateKey)
        const eventId = state.get(key)
        const held = eventId === undefined ? undefined : lookup(eventId)
        return isStateEvent(held) ? held : cited.get(key)
      },
    }
    if (Result.isSuccess(authorise(version, event, view, { vouched: true }))) {
      state.set(stateMapKey(event.type, event.stateKey), event.eventId)
    }
  }
}
