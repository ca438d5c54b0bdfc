/**
 * A rule's conditions, compiled to functions over an event. Spec: client-server API, "Conditions": "Unrecognised
 * conditions MUST NOT match any events", and so do those whose parameters are not what their kind wants.
 */
import type { UserId } from "@biz1/protocol/ids"
import type { Json, JsonObject } from "@biz1/protocol/json"
import type { PushCondition } from "@biz1/protocol/pushRules"
import { compileGlob, containsWords } from "./glob.ts"
import { parsePath, propertyAt } from "./propertyPath.ts"

/** The event as clients see it. Other properties may be there and can be matched, too. */
export interface PushEvent {
  readonly type: string
  readonly state_key?: string
  readonly content: JsonObject
  readonly sender: string
  readonly room_id: string
}

/** What the rules ask about the user and the room, at the event. */
export interface PushContext {
  readonly userId: UserId
  /** The user's name in this room. */
  readonly displayName?: string | undefined
  readonly memberCount: number
  readonly senderPower: number
  /** The power that notifying by `key` takes in this room, `room` for one: `notifications` of `m.room.power_levels`. */
  readonly powerLevelNeeded: (key: string) => number
}

export type Condition = (event: PushEvent, context: PushContext) => boolean

/** Undefined if the condition can never match. */
export const compileCondition = (condition: PushCondition): Condition | undefined => {
  const { kind, key, pattern, value, is } = condition
  switch (kind) {
    case "event_match":
      return typeof key === "string" && typeof pattern === "string" ? eventMatch(key, pattern) : undefined
    case "event_property_is":
      return typeof key === "string" && isScalar(value) ? eventPropertyIs(key, value) : undefined
    case "event_property_contains":
      return typeof key === "string" && isScalar(value) ? eventPropertyContains(key, value) : undefined
    case "contains_display_name":
      return containsDisplayName
    case "room_member_count":
      return typeof is === "string" ? roomMemberCount(is) : undefined
    case "sender_notification_permission":
      return typeof key === "string" ? (_, context) => context.senderPower >= context.powerLevelNeeded(key) : undefined
    default:
      return undefined
  }
}

/** Longer ones never match. What they cost is a user's to choose and everyone's to bear. */
const maxPatternLength = 512

export const eventMatch = (key: string, pattern: string): Condition | undefined => {
  if (pattern.length > maxPatternLength) return undefined
  const glob = compileGlob(pattern)
  // Spec: "As a special case, if `key` is `content.body`", part of the value is enough.
  const matches = key === "content.body" ? glob.matchesWords : glob.matches
  const read = property(key)
  return (event) => {
    const found = read(event)
    return typeof found === "string" && matches(found)
  }
}

const eventPropertyIs = (key: string, value: Scalar): Condition => {
  const read = property(key)
  return (event) => read(event) === value
}

const eventPropertyContains = (key: string, value: Scalar): Condition => {
  const read = property(key)
  return (event) => {
    const found = read(event)
    return Array.isArray(found) && found.includes(value)
  }
}

const containsDisplayName: Condition = (event, { displayName }) => {
  const body = event.content["body"]
  if (typeof body !== "string" || displayName === undefined) return false
  return containsWords(body.toLowerCase(), displayName.toLowerCase())
}

const roomMemberCount = (is: string): Condition | undefined => {
  const [, operator, digits] = /^(==|<=|>=|<|>)?([0-9]+)$/.exec(is) ?? []
  if (digits === undefined) return undefined
  const count = Number(digits)
  switch (operator) {
    case "<":
      return (_, { memberCount }) => memberCount < count
    case ">":
      return (_, { memberCount }) => memberCount > count
    case "<=":
      return (_, { memberCount }) => memberCount <= count
    case ">=":
      return (_, { memberCount }) => memberCount >= count
    default:
      return (_, { memberCount }) => memberCount === count
  }
}

const property = (key: string): ((event: PushEvent) => Json | undefined) => {
  if (key === "type") return (event) => event.type // what most conditions of most rules ask for
  const path = parsePath(key)
  return (event) => propertyAt(event as PushEvent & JsonObject, path)
}

/** Spec: "non-compound canonical JSON values: strings, integers [...], booleans, and `null`". */
type Scalar = string | number | boolean | null
const isScalar = (value: Json | undefined): value is Scalar =>
  value === null || typeof value === "string" || typeof value === "boolean" || Number.isSafeInteger(value)
