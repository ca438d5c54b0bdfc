/** What an invited or knocking user may know of a room. Spec: "Stripped state"; the create event came with v1.16. */
import type { UserId } from "@biz1/protocol/ids"
import { showStripped } from "./clientEvent.ts"
import type { RoomView } from "./RoomViews.ts"

const strippedTypes = [
  "m.room.create",
  "m.room.name",
  "m.room.avatar",
  "m.room.topic",
  "m.room.join_rules",
  "m.room.canonical_alias",
  "m.room.encryption",
]

/** JSON of each event: the room's, who invited, and the user's own. */
export const strippedState = (room: RoomView, userId: UserId): ReadonlyArray<string> => {
  const own = room.state.get("m.room.member", userId)
  const inviter = own && room.state.get("m.room.member", own.sender)
  return [...strippedTypes.map((type) => room.state.get(type, "")), inviter, own]
    .filter((event) => event !== undefined)
    .map(showStripped)
}
