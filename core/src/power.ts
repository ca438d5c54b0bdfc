/**
 * Power levels of a room: who stands how high, and what each thing takes. Spec: client-server API, "m.room.power_levels";
 * `rooms/v12`: creators stand above every level.
 */
import type { UserId } from "@biz1/protocol/ids"
import { isJsonObject, type JsonObject } from "@biz1/protocol/json"
import type { StateEvent } from "./Event.ts"
import type { RoomVersion } from "./roomVersion.ts"

export interface PowerLevels {
  readonly ofUser: (userId: UserId) => number
  /** What sending an event of the type takes. */
  readonly toSend: (type: string, isState: boolean) => number
  /** What notifying by a key such as `room` takes. */
  readonly toNotify: (key: string) => number
  readonly invite: number
  readonly kick: number
  readonly ban: number
  readonly redact: number
}

type LevelName = "invite" | "kick" | "ban" | "redact" | "users_default" | "events_default" | "state_default"

/** Without a power levels event sending state takes nothing; with one that does not say, it takes 50. */
const fallbacks: Readonly<Record<LevelName, number>> = {
  invite: 0,
  kick: 50,
  ban: 50,
  redact: 50,
  users_default: 0,
  events_default: 0,
  state_default: 50,
}

export const powerLevels = (
  version: RoomVersion,
  create: StateEvent,
  event: StateEvent | undefined,
): PowerLevels => {
  const content: JsonObject = event?.content ?? {}
  const level = (value: unknown) => parseLevel(value, version)
  const named = (name: LevelName) => level(content[name]) ?? fallbacks[name]
  const creators = creatorsOf(create, version)
  const stateDefault = event === undefined ? 0 : named("state_default")
  const inMap = (map: string, key: string) => {
    const levels = content[map]
    return isJsonObject(levels) && Object.hasOwn(levels, key) ? level(levels[key]) : undefined
  }
  return {
    ofUser: (userId) => {
      if (version.privilegedCreators && creators.has(userId)) return Number.POSITIVE_INFINITY
      if (event === undefined) return creators.has(userId) ? 100 : 0
      return inMap("users", userId) ?? named("users_default")
    },
    toSend: (type, isState) => inMap("events", type) ?? (isState ? stateDefault : named("events_default")),
    toNotify: (key) => inMap("notifications", key) ?? 50,
    invite: named("invite"),
    kick: named("kick"),
    ban: named("ban"),
    redact: named("redact"),
  }
}

/** Who made the room: its sender, in old versions whom the content names, and since version 12 those it adds. */
export const creatorsOf = (create: StateEvent, version: RoomVersion): ReadonlySet<string> => {
  const named = version.creatorInContent ? create.content["creator"] : create.sender
  const added = version.privilegedCreators ? create.content["additional_creators"] : undefined
  return new Set([...(typeof named === "string" ? [named] : []), ...(Array.isArray(added) ? (added as Array<string>) : [])])
}

/** An integer; until room version 9 also one written as text. Undefined where there is none. */
export const parseLevel = (value: unknown, version: RoomVersion): number | undefined => {
  if (typeof value === "number") return Math.trunc(value)
  if (version.integerPowerLevels || typeof value !== "string") return undefined
  return /^\s*[+-]?\d+\s*$/.test(value) ? Number(value) : undefined
}
