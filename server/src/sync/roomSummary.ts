/**
 * What a room tells of itself to those who may look at it from outside: lists of rooms, previews, spaces.
 * Spec: client-server API, "Published room directory", "Spaces", `GET /room_summary`.
 */
import type { RoomId } from "@biz1/protocol/ids"
import { isJsonObject, type JsonObject } from "@biz1/protocol/json"
import type { RoomView } from "./RoomViews.ts"
import type { UserView } from "./UserViews.ts"

const contentOf = (room: RoomView, type: string, key: string) => room.state.get(type, "")?.content[key]

const joinRuleOf = (room: RoomView) => contentOf(room, "m.room.join_rules", "join_rule") ?? "invite"

/** As lists of rooms show it. */
export const publicSummary = (room: RoomView): JsonObject => {
  const texts = {
    name: contentOf(room, "m.room.name", "name"),
    topic: contentOf(room, "m.room.topic", "topic"),
    canonical_alias: contentOf(room, "m.room.canonical_alias", "alias"),
    avatar_url: contentOf(room, "m.room.avatar", "url"),
    room_type: contentOf(room, "m.room.create", "type"),
  }
  const given = Object.entries(texts).filter((entry): entry is [string, string] => typeof entry[1] === "string")
  return {
    ...Object.fromEntries(given),
    room_id: room.roomId,
    num_joined_members: room.joinedCount,
    world_readable: contentOf(room, "m.room.history_visibility", "history_visibility") === "world_readable",
    guest_can_join: contentOf(room, "m.room.guest_access", "guest_access") === "can_join",
    join_rule: joinRuleOf(room),
  }
}

/** The same with what helps to decide about joining. */
export const roomSummary = (room: RoomView): JsonObject => {
  const encryption = contentOf(room, "m.room.encryption", "algorithm")
  const allowed = allowedRooms(room)
  return {
    ...publicSummary(room),
    room_version: room.version.id,
    ...(typeof encryption === "string" ? { encryption } : {}),
    ...(allowed.length > 0 ? { allowed_room_ids: allowed } : {}),
  }
}

/** The rooms whose members a restricted room lets in. Spec: "Restricted rooms". */
export const allowedRooms = (room: RoomView): ReadonlyArray<RoomId> => {
  const allow = contentOf(room, "m.room.join_rules", "allow")
  const rule = joinRuleOf(room)
  if (!Array.isArray(allow) || (rule !== "restricted" && rule !== "knock_restricted")) return []
  return allow
    .filter((one) => isJsonObject(one) && one["type"] === "m.room_membership" && typeof one["room_id"] === "string")
    .map((one) => one.room_id as RoomId)
}

const open = new Set<unknown>(["public", "knock", "knock_restricted"])

/** Whether somebody, or without a user anybody, may learn of the room what its summary says. */
export const mayPreview = (room: RoomView, user: UserView | undefined): boolean => {
  if (contentOf(room, "m.room.history_visibility", "history_visibility") === "world_readable") return true
  if (open.has(joinRuleOf(room))) return true
  if (user === undefined) return false
  const isIn = (roomId: RoomId, ...memberships: ReadonlyArray<string>) =>
    memberships.includes(user.rooms.get(roomId)?.membership ?? "")
  return isIn(room.roomId, "join", "invite", "knock") || allowedRooms(room).some((roomId) => isIn(roomId, "join"))
}
