/** Joining, inviting, leaving: membership events with what belongs into them. */
import { Clock, Effect } from "effect"
import { Forbidden, NotFound } from "@biz1/protocol/errors"
import { serverOf, type RoomId, type UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import { Queries } from "../appservice/Queries.ts"
import { ServerConfig } from "../config.ts"
import { RoomViews } from "../sync/RoomViews.ts"
import { UserViews } from "../sync/UserViews.ts"
import { Conversations } from "./Conversations.ts"
import { acceptsInvite } from "./invitePermission.ts"
import { takeSettingsAlong } from "./personalSettings.ts"

/** The profile fields of a local user's member event; who is not there yet may be made by an application service. */
export const profileContent = Effect.fnUntraced(function* (userId: UserId) {
  const { serverName } = yield* ServerConfig
  const profile = serverOf(userId) === serverName ? yield* (yield* Queries).profile(userId) : undefined
  const fields = ["displayname", "avatar_url"].filter((field) => typeof profile?.[field] === "string")
  return Object.fromEntries(fields.map((field) => [field, profile![field]!])) satisfies JsonObject
})

export interface Change {
  readonly roomId: RoomId
  readonly sender: UserId
  readonly target: UserId
  readonly membership: "join" | "invite" | "leave" | "ban" | "knock"
  readonly reason?: string | undefined
}

/** Makes the member event. Who may do what, the room's rules decide in the actor. */
export const changeMembership = Effect.fnUntraced(function* (change: Change) {
  const { roomId, sender, target, membership, reason } = change
  const conversations = yield* Conversations
  if (membership === "invite") yield* acceptsInvite(target)
  const profile = membership === "leave" || membership === "ban" ? {} : yield* profileContent(target)
  const content = { membership, ...profile, ...(reason === undefined ? {} : { reason }) }
  yield* conversations.send(roomId, {
    sender,
    drafts: [{ type: "m.room.member", stateKey: target, content }],
    allowedByRoom: membership === "join" ? yield* isAllowedByRoom(roomId, target) : undefined,
    ts: yield* Clock.currentTimeMillis,
  })
})

/** Restricted rooms: the user is in one of the rooms that the join rule names. Spec: "Restricted rooms". */
const isAllowedByRoom = Effect.fnUntraced(function* (roomId: RoomId, userId: UserId) {
  const room = yield* (yield* RoomViews).get(roomId)
  const allow = room?.state.get("m.room.join_rules", "")?.content["allow"]
  if (!Array.isArray(allow)) return false
  const user = yield* (yield* UserViews).get(userId)
  return allow.some(
    (condition: JsonObject | null) =>
      condition?.["type"] === "m.room_membership" &&
      user.rooms.get(condition["room_id"] as RoomId)?.membership === "join",
  )
})

/**
 * Joins or knocks. Joining what one is in changes nothing: a member may have a name of their own in the room. Who has
 * had nothing to do with the room is refused in the same words whether it is closed or not there.
 */
export const enter = Effect.fnUntraced(function* (
  roomId: RoomId,
  userId: UserId,
  membership: "join" | "knock",
  reason: string | undefined,
) {
  const before = (yield* (yield* UserViews).get(userId)).rooms.get(roomId)?.membership
  if (before === "join" && membership === "join") return
  const closed = () => Effect.fail(new Forbidden({ error: "This room is closed to you" }))
  const entering = changeMembership({ roomId, sender: userId, target: userId, membership, reason })
  yield* before === undefined ? Effect.catchTag(entering, ["Forbidden", "NotFound"], closed) : entering
  if (membership === "join") yield* takeSettingsAlong(userId, roomId)
})

/** Leaving what one is not in is an error that says so; a room that nobody knows looks the same as a closed one. */
export const leave = Effect.fnUntraced(function* (roomId: RoomId, userId: UserId, reason: string | undefined) {
  const user = yield* (yield* UserViews).get(userId)
  const membership = user.rooms.get(roomId)?.membership
  if (membership === undefined) return yield* new NotFound({ error: "You are not in this room" })
  if (membership === "leave") return
  if (membership === "ban") return yield* new Forbidden({ error: "You are banned from this room" })
  yield* changeMembership({ roomId, sender: userId, target: userId, membership: "leave", reason })
})
