/** Users and members as people: a display name, else the localpart, and never an ID where it can be avoided. */
import type { MatrixClient, Room } from "matrix-js-sdk"
import { localpart } from "./localpart.ts"
import type { Person } from "./model.ts"

export const toPerson = (userId: string, name: string | undefined, avatar: string | undefined): Person => ({
  id: userId,
  name: name === undefined || name.trim() === "" || name === userId ? localpart(userId) : name,
  avatar: avatar?.startsWith("mxc:") ? avatar : undefined,
})

/** The person as this room knows them, or as the server at large does. */
export const personIn = (room: Room, userId: string): Person => {
  const member = room.getMember(userId)
  if (member !== null) return toPerson(userId, member.rawDisplayName, member.getMxcAvatarUrl())
  return personOf(room.client, userId)
}

export const personOf = (client: MatrixClient, userId: string): Person => {
  const user = client.getUser(userId)
  return toPerson(userId, user?.displayName, user?.avatarUrl)
}
