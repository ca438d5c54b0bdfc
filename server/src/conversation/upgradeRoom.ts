/** What a room's replacement takes over from it. Spec: client-server API, "Room Upgrades". */
import type { StateEvent } from "@biz1/core/Event"
import type { RoomVersion } from "@biz1/core/roomVersion"
import { CONVERSATION } from "@biz1/protocol/business/names"
import type { EventId, RoomId, UserId } from "@biz1/protocol/ids"
import { isJsonObject, type Json, type JsonObject } from "@biz1/protocol/json"
import type { Draft } from "./decide.ts"
import type { StateMap } from "./RoomState.ts"

export interface Upgrade {
  readonly old: { readonly roomId: RoomId; readonly state: StateMap; readonly lastEvent: EventId | undefined }
  readonly version: RoomVersion
  readonly creator: UserId
  /** The creator stood above all levels of the old room. */
  readonly wasAbove: boolean
  readonly additionalCreators: ReadonlyArray<UserId>
  /** The profile fields of the creator's member event. */
  readonly profile: JsonObject
}

const transferred = [
  "m.room.server_acl",
  "m.room.encryption",
  "m.room.name",
  "m.room.avatar",
  "m.room.topic",
  "m.room.guest_access",
  "m.room.history_visibility",
  "m.room.join_rules",
  "m.room.canonical_alias",
  CONVERSATION,
]

export const replacementContent = ({ old, version, creator, additionalCreators }: Upgrade): JsonObject => {
  const before = old.state.get("m.room.create", "")?.content ?? {}
  return {
    room_version: version.id,
    predecessor: { room_id: old.roomId, ...(old.lastEvent === undefined ? {} : { event_id: old.lastEvent }) },
    ...(before["type"] === undefined ? {} : { type: before["type"] }),
    ...(before["m.federate"] === undefined ? {} : { "m.federate": before["m.federate"] }),
    ...(version.creatorInContent ? { creator } : {}),
    ...(version.privilegedCreators && additionalCreators.length > 0 ? { additional_creators: additionalCreators } : {}),
  }
}

/** The replacement's state. Its creator has power over all of it until the last event, which brings the old levels back. */
export const replacementDrafts = (upgrade: Upgrade): ReadonlyArray<Draft> => {
  const { old, version, creator, profile } = upgrade
  const levels = transferredLevels(upgrade)
  const raised = withLevel(levels, creator, highest(levels) + 1)
  const state = transferred.map((type) => old.state.get(type, "")).filter((event) => event !== undefined)
  const bans = [...old.state.ofType("m.room.member").values()].filter(({ content }) => content["membership"] === "ban")
  return [
    { type: "m.room.member", stateKey: creator, content: { membership: "join", ...profile } },
    levelsDraft(version.privilegedCreators ? levels : raised),
    ...[...state, ...bans].map(copyOf),
    ...(version.privilegedCreators ? [] : [levelsDraft(levels)]),
  ]
}

const levelsDraft = (content: JsonObject): Draft => ({ type: "m.room.power_levels", stateKey: "", content })
const copyOf = ({ type, stateKey, content }: StateEvent): Draft => ({ type, stateKey, content })

const withLevel = (levels: JsonObject, user: UserId, level: number): JsonObject => ({
  ...levels,
  users: { ...(isJsonObject(levels["users"]) ? levels["users"] : {}), [user]: level },
})

const transferredLevels = ({ old, version, creator, wasAbove, additionalCreators }: Upgrade): JsonObject => {
  const levels = asIntegers(old.state.get("m.room.power_levels", "")?.content ?? { users: { [creator]: 100 } })
  // Who created the old room may have had no level, and needs one where creators are nothing special.
  if (!version.privilegedCreators) return wasAbove ? withLevel(levels, creator, highest(levels)) : levels
  // Since version 12 creators stand above all levels and may not be listed.
  const creators = new Set<string>([creator, ...additionalCreators])
  const users = Object.entries(isJsonObject(levels["users"]) ? levels["users"] : {})
  return { ...levels, users: Object.fromEntries(users.filter(([userId]) => !creators.has(userId))) }
}

/** Levels may be text until version 9. */
const asIntegers = (levels: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(levels).map(([key, value]): [string, Json] => {
      if (isJsonObject(value)) return [key, asIntegers(value)]
      return [key, typeof value === "string" && /^\s*[+-]?\d{1,15}\s*$/.test(value) ? Number(value) : value]
    }),
  )

const highest = (levels: JsonObject): number =>
  Object.values(levels).reduce<number>((top, value) => {
    if (isJsonObject(value)) return Math.max(top, highest(value))
    return typeof value === "number" ? Math.max(top, value) : top
  }, 100)

/** The old room's levels when only those who have a say in it may still write and invite. */
export const closedLevels = (levels: JsonObject): JsonObject => {
  const usersDefault = typeof levels["users_default"] === "number" ? levels["users_default"] : 0
  const closed = Math.max(50, usersDefault + 1)
  const raised = (key: string) => Math.max(closed, typeof levels[key] === "number" ? levels[key] : 0)
  return { ...levels, events_default: raised("events_default"), invite: raised("invite") }
}
