/** Events as the rules see them: a decoded view beside the JSON that was received. */
import type { EventId, RoomId, UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import type { Pdu } from "@biz1/protocol/pdu"

/** What the rules ask of an event that is part of a room's state. */
export interface StateEvent {
  readonly eventId: EventId
  readonly type: string
  readonly stateKey: string
  readonly sender: UserId
  readonly content: JsonObject
}

/** Any event, with its place in the room's graph. */
export interface Event {
  readonly eventId: EventId
  readonly roomId: RoomId
  readonly type: string
  readonly stateKey: string | undefined
  readonly sender: UserId
  readonly content: JsonObject
  readonly originServerTs: number
  readonly depth: number
  readonly prevEvents: ReadonlyArray<EventId>
  readonly authEvents: ReadonlyArray<EventId>
  /** The event that this one redacts: `redacts`, or `content.redacts` since room version 11. */
  readonly redacts: EventId | undefined
  /** The JSON as received: what hashes and signatures cover. */
  readonly pdu: Pdu
}

/** A room's state at some point: one event for a type and state key. */
export interface StateView {
  readonly get: (type: string, stateKey: string) => StateEvent | undefined
}
