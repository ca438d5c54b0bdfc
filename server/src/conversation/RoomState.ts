/** What a conversation's actor keeps in memory: where the room's graph ends, and the state there. */
import type { StateEvent, StateView } from "@biz1/core/Event"
import { redactedContent } from "@biz1/core/redact"
import type { RoomVersion } from "@biz1/core/roomVersion"
import type { EventId, RoomId } from "@biz1/protocol/ids"

export interface RoomState {
  readonly roomId: RoomId
  readonly version: RoomVersion
  /** `roomSeq` of the last event; 0 before the room's creation. */
  seq: number
  /** Depth of the deepest event. */
  depth: number
  extremities: ReadonlyArray<EventId>
  /** The state group after the last event, and how many changes away its full snapshot is. */
  group: number
  groupHops: number
  readonly state: StateMap
  /** Recent transactions of the room's senders and the events they made. */
  readonly txns: Map<string, ReadonlyArray<EventId>>
}

/** State events by type and state key. */
export class StateMap<E extends StateEvent = StateEvent> implements StateView {
  readonly #events = new Map<string, Map<string, E>>()
  #size = 0

  get size() {
    return this.#size
  }

  readonly get = (type: string, stateKey: string) => this.#events.get(type)?.get(stateKey)

  /** All events of a type, by state key. */
  readonly ofType = (type: string): ReadonlyMap<string, E> => this.#events.get(type) ?? none

  set(event: E) {
    let ofType = this.#events.get(event.type)
    if (ofType === undefined) this.#events.set(event.type, (ofType = new Map()))
    if (!ofType.has(event.stateKey)) this.#size++
    ofType.set(event.stateKey, event)
  }

  *[Symbol.iterator](): Iterator<E> {
    for (const ofType of this.#events.values()) yield* ofType.values()
  }
}
const none: ReadonlyMap<string, never> = new Map<string, never>()

/** Takes the content away from a state event that was redacted, if it is still part of the state. */
export const redactState = <E extends StateEvent>(state: StateMap<E>, eventId: EventId, version: RoomVersion) => {
  for (const event of state) {
    if (event.eventId !== eventId) continue
    state.set({ ...event, content: redactedContent(event.type, event.content, version) })
    return
  }
}

/** A sender's transaction, as the log keeps it: the same everywhere, and free of NUL, which PostgreSQL cannot store. */
export const txnKey = (deviceId: string, endpoint: string, txnId: string) => [deviceId, endpoint, txnId].join("\u001f")

/** How far a state group may be from its snapshot: a snapshot costs as much as the state is large. */
export const maxGroupHops = (stateSize: number) => Math.max(100, stateSize >> 2)
