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

/** An event before or after it is hashed and signed. */
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

/** Facts that take keys to know; `undefined` where nobody has looked, which counts as no. */
export interface Facts {
  /** The server of `join_authorised_via_users_server` has signed. A server's own drafts will be. */
  readonly vouched?: boolean
  /** A signature of `third_party_invite.signed` matches a public key of the invitation's state event. */
  readonly thirdPartySigned?: boolean
  /** The state event that the room id names, where it is not among the state: `rooms/v12`, rule 2. */
  readonly roomKnown?: boolean
}

export interface Context {
  readonly version: RoomVersion
  readonly event: AuthorisedEvent
  readonly state: StateView
  readonly create: StateEvent
  readonly power: PowerLevels
  readonly facts: Facts
  readonly membershipOf: (userId: string) => string
  readonly joinRule: string
}
