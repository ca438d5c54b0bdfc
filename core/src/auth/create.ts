/**
 * Spec: authorization rules, "If type is `m.room.create`".
 * That the event has no `room_id` since version 12 is a matter of its form, and seen where it is parsed.
 */
import { serverOf, UserId } from "@biz1/protocol/ids"
import { Schema } from "effect"
import { type RoomVersion, roomVersions } from "../roomVersion.ts"
import { allow, type AuthorisedEvent, reject, type Verdict } from "./Context.ts"

const isUserId = Schema.is(UserId)

export const checkCreate = (version: RoomVersion, event: AuthorisedEvent): Verdict => {
  const { room_version: named, creator, additional_creators: added } = event.content
  if (event.prevEvents.length > 0) return reject("A room's creation is its first event")
  if (!version.roomIdIsCreateHash && event.roomId.slice(event.roomId.indexOf(":") + 1) !== serverOf(event.sender)) {
    return reject("A room is created on the server that its id names")
  }
  if (named !== undefined && (typeof named !== "string" || !roomVersions.has(named))) {
    return reject("The room version is not known")
  }
  if (version.creatorInContent && creator === undefined) return reject("A room's creation names its creator")
  if (version.privilegedCreators && added !== undefined && !(Array.isArray(added) && added.every(isUserId))) {
    return reject("Additional creators are a list of user ids")
  }
  return allow
}
