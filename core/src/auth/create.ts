/** Spec: authorization rules, "If type is `m.room.create`". */
import { serverOf, UserId } from "@biz1/protocol/ids"
import { Schema } from "effect"
import { type RoomVersion, roomVersions } from "../roomVersion.ts"
import { allow, type AuthorisedEvent, reject, type Verdict } from "./Context.ts"

const isUserId = Schema.is(UserId)

export const checkCreate = (version: RoomVersion, event: AuthorisedEvent): Verdict => {
  if (event.stateKey !== "") return reject("a room's creation has the empty state key")
  if (event.prevEvents.length > 0) return reject("a room's creation is its first event")
  const { room_version: named, creator, additional_creators: added } = event.content
  if (!version.roomIdIsCreateHash && event.roomId.slice(event.roomId.indexOf(":") + 1) !== serverOf(event.sender)) {
    return reject("a room is created on the server that its id names")
  }
  if (named !== undefined && (typeof named !== "string" || !roomVersions.has(named))) {
    return reject("the room version is not known")
  }
  if (version.creatorInContent && typeof creator !== "string") return reject("a room's creation names its creator")
  if (version.privilegedCreators && added !== undefined) {
    if (!Array.isArray(added) || !added.every((userId) => isUserId(userId))) {
      return reject("additional creators are user ids")
    }
  }
  return allow
}
