/** Which events rest on older power levels and go before those on newer ones. Spec: `rooms/v2`, "Mainline ordering". */
import type { EventId } from "@biz1/protocol/ids"
import type { Event } from "../Event.ts"
import type { Lookup } from "./authChain.ts"
import { byAge } from "./powerOrder.ts"

/** `power` is the power levels event that the mainline ends with: the newest. */
export const mainlineOrder = (
  events: Iterable<Event>,
  power: Event | undefined,
  lookup: Lookup,
): ReadonlyArray<Event> => {
  const positions = new Map<EventId, number>()
  for (let at = power; at !== undefined && !positions.has(at.eventId); at = powerOf(at, lookup)) {
    positions.set(at.eventId, positions.size)
  }

  /** How far the nearest of the power levels that the event rests on is from the mainline's end. */
  const positionOf = (event: Event): number => {
    const walked: Array<EventId> = []
    let at = powerOf(event, lookup)
    while (at !== undefined && !positions.has(at.eventId)) {
      positions.set(at.eventId, Number.POSITIVE_INFINITY)
      walked.push(at.eventId)
      at = powerOf(at, lookup)
    }
    const position = at === undefined ? Number.POSITIVE_INFINITY : positions.get(at.eventId)!
    for (const eventId of walked) positions.set(eventId, position) // the next event need not walk it again
    return position
  }

  const placed = Array.from(events, (event) => ({ event, position: positionOf(event) }))
  placed.sort((x, y) => (x.position === y.position ? byAge(x.event, y.event) : x.position > y.position ? -1 : 1))
  return placed.map(({ event }) => event)
}

const powerOf = (event: Event, lookup: Lookup): Event | undefined => {
  for (const eventId of event.authEvents) {
    const authEvent = lookup(eventId)
    if (authEvent?.type === "m.room.power_levels" && authEvent.stateKey === "") return authEvent
  }
  return undefined
}
