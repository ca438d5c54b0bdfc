/** Spec: authorization rules, "If type is `m.room.power_levels`": nobody gives or takes more than they have. */
import { Schema } from "effect"
import { UserId } from "@biz1/protocol/ids"
import { isJsonObject, type JsonObject } from "@biz1/protocol/json"
import { creatorsOf, namedLevels, parseLevel } from "../power.ts"
import type { RoomVersion } from "../roomVersion.ts"
import { allow, type Context, reject, type Verdict } from "./Context.ts"

export const checkPowerLevels = ({ version, event, state, create, power }: Context): Verdict => {
  const next = event.content
  const problem = problemOf(next, version)
  if (problem !== undefined) return reject(problem)
  if (version.privilegedCreators) {
    const users = mapOf(next, "users")
    if (creatorsOf(version, create).some((creator) => Object.hasOwn(users, String(creator)))) {
      return reject("The room's creators stand above all levels and are not listed")
    }
  }
  const before = state.get("m.room.power_levels", "")?.content
  if (before === undefined) return allow

  const own = power.ofUser(event.sender)
  const isAbove = (level: number | undefined) => level !== undefined && level > own
  const changes = (map: string) => changesOf(mapOf(before, map), mapOf(next, map), version)

  const levels = changesOf(before, next, version, namedLevels)
  levels.push(...changes("events"))
  if (version.guardNotificationLevels) levels.push(...changes("notifications"))
  if (levels.some(({ from, to }) => isAbove(from) || isAbove(to))) {
    return reject("You may not change a level above your own, nor to one above your own")
  }
  for (const { key, from, to } of changes("users")) {
    if (isAbove(to)) return reject("You may not give a level above your own")
    if (key !== event.sender && from !== undefined && from >= own) {
      return reject("You may not change the level of somebody who stands as high as you")
    }
  }
  return allow
}

const mapOf = (content: JsonObject, name: string): JsonObject => {
  const map = content[name]
  return isJsonObject(map) ? map : {}
}

interface Change {
  readonly key: string
  readonly from: number | undefined
  readonly to: number | undefined
}

/** Levels that were added, changed or removed; `undefined` where there was, or is, none. */
const changesOf = (
  before: JsonObject,
  next: JsonObject,
  version: RoomVersion,
  keys: Iterable<string> = new Set([...Object.keys(before), ...Object.keys(next)]),
): Array<Change> => {
  const levelOf = (value: unknown) => parseLevel(value, version)
  return Array.from(keys, (key) => ({ key, from: levelOf(before[key]), to: levelOf(next[key]) })) //
    .filter(({ from, to }) => from !== to)
}

const isUserId = Schema.is(UserId)

/** Before room version 10 no rule looks at the form of anything but `users`. */
const problemOf = (content: JsonObject, version: RoomVersion): string | undefined => {
  const isLevel = (value: unknown) => parseLevel(value, version) !== undefined
  const isAbsent = (name: string) => content[name] === undefined
  const isMapOfLevels = (name: string) => isJsonObject(content[name]) && Object.values(content[name]).every(isLevel)

  const named = version.integerPowerLevels ? namedLevels : []
  const wrong = named.find((name) => !isAbsent(name) && !isLevel(content[name]))
  if (wrong !== undefined) return `The level ${wrong} is no whole number`
  const maps = version.integerPowerLevels ? ["users", "events", "notifications"] : ["users"]
  const wrongMap = maps.find((name) => !isAbsent(name) && !isMapOfLevels(name))
  if (wrongMap !== undefined) return `The levels of ${wrongMap} are not all whole numbers`
  return Object.keys(mapOf(content, "users")).every((key) => isUserId(key))
    ? undefined
    : "Power levels are given to user ids"
}
