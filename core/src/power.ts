/**
 * Power levels of a room: who stands how high, and what each thing takes. Spec: client-server API,
 * "m.room.power_levels"; `rooms/v12`: creators stand above every level.
 */
import type { UserId } from "@biz1/protocol/ids"
import { isJsonObject, type JsonObject } from "@biz1/protocol/json"
import type { StateEvent } from "./Event.ts"
import type { RoomVersion } from "./roomVersion.ts"

export interface PowerLevels {
  /** Infinite for creators since room version 12. */
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

/** What holds where the room has no power levels event, or the event does not say. */
const defaults = {
  invite: 0,
  kick: 50,
  ban: 50,
  redact: 50,
  users_default: 0,
  events_default: 0,
  state_default: 50,
}
const notificationDefault = 50
/** Where the room has no power levels event. Until room version 11, when creators rose above the levels. */
const creatorDefault = 100

/** The levels that stand by themselves in a power levels event's content, beside its maps of levels. */
export const namedLevels = Object.keys(defaults)

export const powerLevels = (version: RoomVersion, create: StateEvent, event: StateEvent | undefined): PowerLevels => {
  const content: JsonObject = event?.content ?? {}
  const named = (name: keyof typeof defaults) => parseLevel(content[name], version) ?? defaults[name]
  const inMap = (map: string, key: string) => {
    const levels = content[map]
    return isJsonObject(levels) ? parseLevel(levels[key], version) : undefined
  }
  return {
    ofUser: (userId) => {
      if (version.privilegedCreators && creatorsOf(version, create).includes(userId)) return Number.POSITIVE_INFINITY
      if (event === undefined) return creatorOf(version, create) === userId ? creatorDefault : defaults.users_default
      return inMap("users", userId) ?? named("users_default")
    },
    toSend: (type, isState) => inMap("events", type) ?? named(isState ? "state_default" : "events_default"),
    toNotify: (key) => inMap("notifications", key) ?? notificationDefault,
    invite: named("invite"),
    kick: named("kick"),
    ban: named("ban"),
    redact: named("redact"),
  }
}

/** Who made the room: whom its creation names until room version 10, since then its sender. */
export const creatorOf = (version: RoomVersion, create: StateEvent): unknown =>
  version.creatorInContent ? create.content["creator"] : create.sender

/** The creator, and since room version 12 those whom they put beside themselves. */
export const creatorsOf = (version: RoomVersion, create: StateEvent): ReadonlyArray<unknown> => {
  const added = version.privilegedCreators ? create.content["additional_creators"] : undefined
  return [creatorOf(version, create), ...(Array.isArray(added) ? added : [])]
}

/**
 * An integer; until room version 9 also one written as text, or a float, of which the integer part counts.
 * Undefined where there is none. Spec: `rooms/v1`, "`m.room.power_levels` events accept values as strings".
 */
export const parseLevel = (value: unknown, version: RoomVersion): number | undefined => {
  if (version.integerPowerLevels) return Number.isSafeInteger(value) ? (value as number) : undefined
  const number = typeof value === "string" && /^\s*[+-]?\d+\s*$/.test(value) ? Number(value) : value
  return Number.isFinite(number) ? Math.trunc(number as number) : undefined
}
