/** Which events go first because they may take power away. Spec: `rooms/v2`, "Reverse topological power ordering". */
import type { EventId } from "@biz1/protocol/ids"
import type { Event } from "../Event.ts"
import { powerLevels } from "../power.ts"
import type { RoomVersion } from "../roomVersion.ts"
import { citedState, type Lookup } from "./authChain.ts"
import { stateMapKey } from "./StateMap.ts"

/** Events that may remove somebody's ability to do something. Spec: "Power events"; only the empty state key has power. */
export const isPowerEvent = ({ type, stateKey, sender, content }: Event): boolean => {
  if (type === "m.room.power_levels" || type === "m.room.join_rules") return stateKey === ""
  const { membership } = content
  const removes = type === "m.room.member" && (membership === "leave" || membership === "ban")
  return removes && stateKey !== undefined && stateKey !== sender
}

/** Every event after those it rests on; of those free to come next, the strongest sender's, then the oldest. */
export const powerOrder = (version: RoomVersion, events: Iterable<Event>, lookup: Lookup): ReadonlyArray<Event> => {
  const waiting = new Map<EventId, Candidate>()
  for (const event of events) {
    waiting.set(event.eventId, { event, power: senderPower(version, event, lookup), restsOn: 0, above: [] })
  }
  for (const candidate of waiting.values()) {
    for (const authEvent of new Set(candidate.event.authEvents)) {
      const below = waiting.get(authEvent)
      if (below === undefined) continue
      candidate.restsOn++
      below.above.push(candidate)
    }
  }
  // Kahn's algorithm. `free` is sorted with the first to come at its end.
  const free = [...waiting.values()].filter(({ restsOn }) => restsOn === 0).sort((x, y) => compare(y, x))
  const ordered: Array<Event> = []
  for (let next = free.pop(); next !== undefined; next = free.pop()) {
    ordered.push(next.event)
    for (const above of next.above) if (--above.restsOn === 0) insert(free, above)
  }
  return ordered
}

interface Candidate {
  readonly event: Event
  readonly power: number
  /** How many events of the set it rests on that are not ordered yet. */
  restsOn: number
  readonly above: Array<Candidate>
}

/** The sender's power as the event's own auth events have it. */
const senderPower = (version: RoomVersion, event: Event, lookup: Lookup): number => {
  const cited = citedState(version, event, lookup)
  const create = cited.get(stateMapKey("m.room.create", ""))
  if (create === undefined) return 0
  return powerLevels(version, create, cited.get(stateMapKey("m.room.power_levels", ""))).ofUser(event.sender)
}

const compare = (x: Candidate, y: Candidate): number => {
  if (x.power !== y.power) return x.power > y.power ? -1 : 1
  return byAge(x.event, y.event)
}

/** The older event first, and of two that claim the same time the one with the lesser id. */
export const byAge = (x: Event, y: Event): number => {
  if (x.originServerTs !== y.originServerTs) return x.originServerTs - y.originServerTs
  return x.eventId < y.eventId ? -1 : x.eventId > y.eventId ? 1 : 0
}

const insert = (free: Array<Candidate>, candidate: Candidate) => {
  let [low, high] = [0, free.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compare(free[middle]!, candidate) > 0) low = middle + 1
    else high = middle
  }
  free.splice(low, 0, candidate)
}
