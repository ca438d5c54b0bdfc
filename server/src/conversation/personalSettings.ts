/**
 * What a user has made of a room for themselves goes along when they follow it to its replacement: tags, the room's own
 * push rule, and being a direct conversation. Spec: client-server API, "Room Upgrades", "Server behaviour".
 */
import { Effect, Result } from "effect"
import { findRule, putRule } from "@biz1/core/push/editRules"
import type { RoomId, UserId } from "@biz1/protocol/ids"
import { isJsonObject, type Json, type JsonObject } from "@biz1/protocol/json"
import { editRuleset, rulesetOf } from "../push/ruleset.ts"
import { AccountData } from "../sync/AccountData.ts"
import { RoomViews } from "../sync/RoomViews.ts"
import { UserViews } from "../sync/UserViews.ts"

/** Does nothing where the room replaces none that the user is in. */
export const takeSettingsAlong = Effect.fnUntraced(function* (userId: UserId, roomId: RoomId) {
  const old = yield* replacedBy(roomId)
  if (old === undefined) return
  const user = yield* (yield* UserViews).get(userId)
  if (user.rooms.get(old)?.membership !== "join") return
  yield* takeTags(userId, old, roomId)
  yield* takePushRule(userId, old, roomId)
  yield* takeDirect(userId, old, roomId)
})

/** Anybody can claim to replace a room: it counts where the room itself says so. */
const replacedBy = Effect.fnUntraced(function* (roomId: RoomId) {
  const rooms = yield* RoomViews
  const predecessor = (yield* rooms.get(roomId))?.state.get("m.room.create", "")?.content["predecessor"]
  const id = isJsonObject(predecessor) ? predecessor["room_id"] : undefined
  if (typeof id !== "string") return undefined
  const old = yield* rooms.get(id as RoomId)
  const replacement = old?.state.get("m.room.tombstone", "")?.content["replacement_room"]
  return replacement === roomId ? old?.roomId : undefined
})

const takeTags = Effect.fnUntraced(function* (userId: UserId, from: RoomId, to: RoomId) {
  const data = yield* AccountData
  const tags = yield* data.get({ userId, roomId: from, type: "m.tag" })
  if (tags === undefined) return
  yield* data.modify({ userId, roomId: to, type: "m.tag" }, (already) => Result.succeed(already ?? tags))
})

const takePushRule = Effect.fnUntraced(function* (userId: UserId, from: RoomId, to: RoomId) {
  if (findRule(yield* rulesetOf(userId), "room", from) === undefined) return
  yield* editRuleset(userId, (ruleset) => {
    const rule = findRule(ruleset, "room", from)
    const done = rule === undefined || findRule(ruleset, "room", to) !== undefined
    return Result.succeed(done ? ruleset : (putRule(ruleset, "room", to, { actions: rule.actions }) ?? ruleset))
  })
})

const takeDirect = Effect.fnUntraced(function* (userId: UserId, from: RoomId, to: RoomId) {
  const data = yield* AccountData
  const key = { userId, roomId: "", type: "m.direct" } as const
  if (!Object.values((yield* data.get(key)) ?? {}).some((ids) => holds(ids, from))) return
  yield* data.modify(key, (direct = {}) => Result.succeed(withBeside(direct, from, to)))
})

const holds = (ids: Json, id: RoomId): ids is Array<Json> => Array.isArray(ids) && ids.includes(id)

const withBeside = (direct: JsonObject, from: RoomId, to: RoomId): JsonObject =>
  Object.fromEntries(
    Object.entries(direct).map(([userId, ids]) => [userId, holds(ids, from) && !ids.includes(to) ? [...ids, to] : ids]),
  )
