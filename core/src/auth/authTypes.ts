/**
 * Which state an event names as what allows it, and whether it has named no other.
 * Spec: server-server API, "Auth events selection"; authorization rules, "Considering the event's `auth_events`".
 */
import type { EventId, RoomId } from "@biz1/protocol/ids"
import { isJsonObject, type JsonObject } from "@biz1/protocol/json"
import type { Event } from "../Event.ts"
import type { RoomVersion } from "../roomVersion.ts"
import { allow, reject, type Verdict } from "./Context.ts"

export type StateKey = readonly [type: string, stateKey: string]

/** What of an event decides which state allows it. */
interface Selecting {
  readonly type: string
  readonly stateKey: string | undefined
  readonly sender: string
  readonly content: JsonObject
}

export const authTypesFor = (version: RoomVersion, event: Selecting): ReadonlyArray<StateKey> => {
  if (event.type === "m.room.create") return []
  const selected: Array<StateKey> = [
    ["m.room.power_levels", ""],
    ["m.room.member", event.sender],
  ]
  // Since room version 12 the room's id says which event created it.
  if (!version.roomIdIsCreateHash) selected.push(["m.room.create", ""])
  if (event.type === "m.room.member" && event.stateKey !== undefined) {
    selectForMember(version, event, event.stateKey, selected)
  }
  return selected
}

const selectForMember = (version: RoomVersion, event: Selecting, target: string, selected: Array<StateKey>) => {
  const { membership, third_party_invite: invite, join_authorised_via_users_server: via } = event.content
  if (target !== event.sender) selected.push(["m.room.member", target])
  if (membership === "join" || membership === "invite" || membership === "knock") {
    selected.push(["m.room.join_rules", ""])
  }
  const signed = isJsonObject(invite) ? invite["signed"] : undefined
  if (membership === "invite" && isJsonObject(signed) && typeof signed["token"] === "string") {
    selected.push(["m.room.third_party_invite", signed["token"]])
  }
  if (version.restrictedJoins && typeof via === "string" && via !== event.sender && via !== target) {
    selected.push(["m.room.member", via])
  }
}

/** `authEvents` are those that the event names. `isRejected` tells of each whether it was rejected itself. */
export const checkAuthEvents = (
  version: RoomVersion,
  event: Selecting & { readonly roomId: RoomId },
  authEvents: ReadonlyArray<Pick<Event, "eventId" | "roomId" | "type" | "stateKey">>,
  isRejected: (eventId: EventId) => boolean,
): Verdict => {
  if (event.type === "m.room.create") return allow
  const selected = new Set(authTypesFor(version, event).map(([type, stateKey]) => `${type}\0${stateKey}`))
  const seen = new Set<string>()
  for (const { eventId, roomId, type, stateKey } of authEvents) {
    const key = `${type}\0${stateKey}`
    if (seen.has(key)) return reject(`The event names two auth events of type ${type}`)
    seen.add(key)
    if (stateKey === undefined || !selected.has(key)) return reject(`An event of type ${type} does not allow this one`)
    if (isRejected(eventId)) return reject("The event rests on one that was rejected")
    if (roomId !== event.roomId) return reject("The event rests on one of another room")
  }
  return version.roomIdIsCreateHash || seen.has("m.room.create\0")
    ? allow
    : reject("The event does not rest on the room's creation")
}
