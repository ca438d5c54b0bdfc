/**
 * A PDU: an event as servers exchange it. The JSON as received is what is hashed, signed and kept;
 * it is decoded to look at, never to write again.
 * Spec: server-server API, "PDUs"; the format of each room version in `rooms/v*`.
 */
import type { Json, JsonObject } from "./json.ts"

export interface Pdu extends JsonObject {
  readonly type: string
  readonly sender: string
  /** Absent from the create event since room version 12. */
  readonly room_id: string
  /** Present, also as "", on state events alone. */
  readonly state_key: string
  readonly content: JsonObject
  /** Milliseconds since 1970. */
  readonly origin_server_ts: number
  readonly depth: number
  /** Event ids; pairs of an id and its hashes in room versions 1 and 2. */
  readonly prev_events: ReadonlyArray<Json>
  readonly auth_events: ReadonlyArray<Json>
  readonly hashes: { readonly sha256: string }
  readonly signatures: { readonly [server: string]: { readonly [keyId: string]: string } }
  readonly unsigned: JsonObject
}
