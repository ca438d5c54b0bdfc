/** A room's state by names alone: the event that holds each type and state key. */
import type { EventId } from "@biz1/protocol/ids"
import type { Event, StateEvent } from "../Event.ts"

/** Keyed by `stateMapKey`. */
export type StateMap = ReadonlyMap<string, EventId>

export const stateMapKey = (type: string, stateKey: string) => `${type}\0${stateKey}`

export const isStateEvent = (event: Event | undefined): event is Event & StateEvent => event?.stateKey !== undefined

/**
 * Splits state sets into what they agree on and, by key, what they do not.
 * Spec: `rooms/v2`, "Unconflicted state map and conflicted state set". In `rooms/v1` only different events conflict:
 * there an absent one does not.
 */
export const separate = (stateSets: ReadonlyArray<StateMap>, absenceConflicts: boolean) => {
  const unconflicted = new Map<string, EventId>()
  const conflicted = new Map<string, ReadonlySet<EventId>>()
  for (const stateSet of stateSets) {
    for (const [key, eventId] of stateSet) {
      if (unconflicted.has(key) || conflicted.has(key)) continue
      const held = stateSets.map((other) => other.get(key))
      if (held.every((other) => other === eventId || (other === undefined && !absenceConflicts))) {
        unconflicted.set(key, eventId)
      } else {
        conflicted.set(key, new Set(held.filter((other) => other !== undefined)))
      }
    }
  }
  return { unconflicted, conflicted }
}
