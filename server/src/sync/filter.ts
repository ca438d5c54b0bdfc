/** Filters as questions. Spec: client-server API, "Filtering". */
import type { EventFilter, RoomEventFilter } from "@biz1/protocol/filter"
import type { JsonObject } from "@biz1/protocol/json"

interface Filterable {
  readonly type: string
  readonly sender?: string | undefined
  readonly content?: JsonObject | undefined
}

export type Accepts = (event: Filterable, roomId?: string) => boolean

/** A type may end in, or hold, `*` for any text. */
const typeMatcher = (types: ReadonlyArray<string>) => {
  const exact = new Set(types.filter((type) => !type.includes("*")))
  const patterns = types.filter((type) => type.includes("*")).map((type) => type.split("*"))
  return (type: string) => exact.has(type) || patterns.some((parts) => matchesParts(type, parts))
}

const matchesParts = (text: string, parts: ReadonlyArray<string>): boolean => {
  let at = 0
  for (const [index, part] of parts.entries()) {
    if (index === parts.length - 1) return text.length - part.length >= at && text.endsWith(part)
    const found = index === 0 ? (text.startsWith(part) ? 0 : -1) : text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return true
}

const everything: Accepts = () => true

export const accepting = (filter: EventFilter | RoomEventFilter | undefined): Accepts => {
  if (filter === undefined) return everything
  const checks: Array<Accepts> = []
  if (filter.types !== undefined) {
    const wanted = typeMatcher(filter.types)
    checks.push(({ type }) => wanted(type))
  }
  if (filter.not_types !== undefined) {
    const unwanted = typeMatcher(filter.not_types)
    checks.push(({ type }) => !unwanted(type))
  }
  if (filter.senders !== undefined) {
    const senders = new Set(filter.senders)
    checks.push(({ sender }) => sender !== undefined && senders.has(sender))
  }
  if (filter.not_senders !== undefined) {
    const senders = new Set(filter.not_senders)
    checks.push(({ sender }) => sender === undefined || !senders.has(sender))
  }
  const { rooms, not_rooms: notRooms, contains_url: containsUrl } = filter as RoomEventFilter
  if (rooms !== undefined) checks.push((_, roomId) => roomId === undefined || rooms.includes(roomId))
  if (notRooms !== undefined) checks.push((_, roomId) => roomId === undefined || !notRooms.includes(roomId))
  if (containsUrl !== undefined) {
    checks.push(({ content }) => (typeof content?.["url"] === "string") === containsUrl)
  }
  if (checks.length === 0) return everything
  return (event, roomId) => checks.every((check) => check(event, roomId))
}

/** Whether a filter lets everything through, so that what is counted and what is shown are the same. */
export const acceptsAll = (accepts: Accepts) => accepts === everything
