/** The fields of events that a client wants to see, and no others. Spec: client-server API, "Filtering", `event_fields`. */
import { parsePath, propertyAt } from "@biz1/core/push/propertyPath"
import { isJsonObject, type Json, type JsonObject } from "@biz1/protocol/json"

export type PickFields = (event: JsonObject) => JsonObject

/** Undefined where all fields are wanted. */
export const pickFields = (fields: ReadonlyArray<string> | undefined): PickFields | undefined => {
  if (fields === undefined) return undefined
  const paths = fields.map(parsePath)
  return (event) => {
    const picked: Record<string, Json> = Object.create(null) as Record<string, Json>
    for (const path of paths) {
      const value = propertyAt(event, path)
      if (value !== undefined) put(picked, path, value)
    }
    return picked
  }
}

const put = (into: Record<string, Json>, [name = "", ...rest]: ReadonlyArray<string>, value: Json) => {
  if (rest.length === 0) {
    into[name] = value
    return
  }
  const inner: Record<string, Json> = Object.assign(Object.create(null), isJsonObject(into[name]) ? into[name] : {})
  into[name] = inner
  put(inner, rest, value)
}

/** A whole answer of /sync, its rooms' timelines and states with the fields that are wanted. */
export const withFields = (answer: string, pick: PickFields): string => {
  const { rooms, ...rest } = JSON.parse(answer) as Answer
  const pickIn = (room: Room): Room =>
    Object.fromEntries(
      Object.entries(room).map(([name, section]) => {
        const { events } = section
        const picks = hasRoomEvents.has(name) && events !== undefined
        return [name, picks ? { ...section, events: events.map(pick) } : section]
      }),
    )
  const ofKind = (some: Readonly<Record<string, Room>>) =>
    Object.fromEntries(Object.entries(some).map(([roomId, room]) => [roomId, pickIn(room)]))
  const kinds = Object.entries(rooms).map(([kind, some]) => [kind, ofKind(some)])
  return JSON.stringify({ ...rest, rooms: Object.fromEntries(kinds) })
}

const hasRoomEvents = new Set(["timeline", "state", "state_after", "org.matrix.msc4222.state_after"])

type Room = Readonly<Record<string, { readonly events?: ReadonlyArray<JsonObject> }>>

interface Answer {
  readonly rooms: Readonly<Record<string, Readonly<Record<string, Room>>>>
}
