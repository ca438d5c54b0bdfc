/** What every rule reads: the event to be judged, and the few facts of the state before it. */
import { Result, Schema } from "effect"
import type { EventId, RoomId, UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import type { StateEvent, StateView } from "../Event.ts"
import type { PowerLevels } from "../power.ts"
import type { RoomVersion } from "../roomVersion.ts"

/** An event breaks a rule of its room; every server comes to the same verdict. `rule` is a sentence for its sender. */
export class Rejected extends Schema.TaggedError<Rejected>()("Rejected", { rule: Schema.String }) {}

export type Verdict = Result.Result<void, Rejected>
export const allow: Verdict = Result.void
export const reject = (rule: string): Verdict => Result.fail(new Rejected({ rule }))

/** An event before or after it is hashed and signed. A draft has no id yet: any that names no server will do. */
export interface AuthorisedEvent {
  readonly eventId: EventId
  readonly roomId: RoomId
  readonly type: string
  readonly stateKey: string | undefined
  readonly sender: UserId
  readonly content: JsonObject
  readonly prevEvents: ReadonlyArray<EventId>
  readonly redacts: EventId | undefined
}

/** What takes others' keys to know. Where nobody has looked it counts as no. */
export interface Facts {
  /** The server of `join_authorised_via_users_server` has signed the event, or will: it is a draft of ours. */
  readonly vouched?: boolean
}

export interface Context {
  readonly version: RoomVersion
  readonly event: AuthorisedEvent
  readonly state: StateView
  readonly create: StateEvent
  readonly power: PowerLevels
  readonly facts: Facts
  /** `leave` where the state says nothing. */
  readonly membershipOf: (userId: string) => string
  /** `invite` where the state says nothing. */
  readonly joinRule: string
}
