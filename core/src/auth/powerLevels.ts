/** Spec: authorization rules, "If type is `m.room.power_levels`": nobody gives or takes more than they have. */
import { Schema } from "effect"
import { UserId } from "@biz1/protocol/ids"
import { isJsonObject, type JsonObject } from "@biz1/protocol/json"
import { creatorsOf, parseLevel } from "../power.ts"
import type { RoomVersion } from "../roomVersion.ts"
import { allow, type Context, reject, type Verdict } from "./Context.ts"

const scalars = ["users_default", "events_default", "state_default", "ban", "redact", "kick", "invite"]
const isUserId = Schema.is(UserId)

export const checkPowerLevels = ({ version, event, state, create, power }: Context): Verdict => {
  const next = event.content
  const malformed = problemOf(next, version)
  if (malformed !== undefined) return reject(malformed)
  const users = next["users"] as JsonObject | undefined
  if (version.privilegedCreators && users !== undefined) {
    for (const creator of creatorsOf(create, version)) {
      if (Object.hasOwn(users, creator)) return reject("the room's creators stand above all levels and are not listed")
    }
  }
  const before = state.get("m.room.power_levels", "")?.content
  if (before === undefined) return allow

  const own = power.ofUser(event.sender)
  const changes = [
    ...changesOf(before, next, version, scalars),
    ...changesOf(mapOf(before, "events"), mapOf(next, "events"), version),
    ...(version.guardNotificationLevels
      ? changesOf(mapOf(before, "notifications"), mapOf(next, "notifications"), version)
      : []),
  ]
  for (const { from, to } of changes) {
    if ((from ?? own) > own || (to ?? own) > own) return reject("you cannot change a level above your own")
  }
  for (const { key, from, to } of changesOf(mapOf(before, "users"), mapOf(next, "users"), version)) {
    if (key !== event.sender && from !== undefined && from >= own) {
      return reject("you cannot change the level of somebody who stands as high as you")
    }
    if ((to ?? own) > own) return reject("you cannot give a level above your own")
  }
  return allow
}

const mapOf = (content: JsonObject, name: string): JsonObject => {
  const map = content[name]
  return isJsonObject(map) ? map : {}
}

/** Levels that were added, changed or removed; `undefined` where there was, or is, none. */
const changesOf = (before: JsonObject, next: JsonObject, version: RoomVersion, only?: ReadonlyArray<string>) =>
  (only ?? [...new Set([...Object.keys(before), ...Object.keys(next)])])
    .map((key) => ({
      key,
      from: Object.hasOwn(before, key) ? parseLevel(before[key], version) : undefined,
      to: Object.hasOwn(next, key) ? parseLevel(next[key], version) : undefined,
    }))
    .filter(({ from, to }) => from !== to)

const problemOf = (content: JsonObject, version: RoomVersion): string | undefined => {
  const isLevel = (value: unknown) =>
    version.integerPowerLevels ? Number.isSafeInteger(value) : parseLevel(value, version) !== undefined
  for (const name of scalars) {
    // Before version 10 only the map of users was looked at.
    if (version.integerPowerLevels && content[name] !== undefined && !isLevel(content[name])) {
      return `the level ${name} is no whole number`
    }
  }
  for (const name of version.integerPowerLevels ? ["events", "notifications", "users"] : ["users"]) {
    const map = content[name]
    if (map === undefined) continue
    if (!isJsonObject(map) || !Object.values(map).every(isLevel)) return `the levels of ${name} are no whole numbers`
  }
  return Object.keys(mapOf(content, "users")).every((userId) => isUserId(userId))
    ? undefined
    : "power levels are given to user ids"
}
