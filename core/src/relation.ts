/** What one event says it is to another. Spec: client-server API, "Forming relationships between events". */
import { Schema } from "effect"
import { EventId } from "@biz1/protocol/ids"
import { isJsonObject, type JsonObject } from "@biz1/protocol/json"

export interface Relation {
  readonly relType: string
  readonly eventId: EventId
}

const isEventId = Schema.is(EventId)
const maxTypeLength = 255

/** An event's relation. State events have none; neither a rich reply nor an edit without new content is one. */
export const relationOf = (event: {
  readonly type: string
  readonly stateKey?: string | undefined
  readonly content: JsonObject
}): Relation | undefined => {
  const relates = event.content["m.relates_to"]
  if (event.stateKey !== undefined || !isJsonObject(relates)) return undefined
  const { rel_type: relType, event_id: eventId } = relates
  // What an encrypted edit brings is inside of it.
  const empty = event.type !== "m.room.encrypted" && !isJsonObject(event.content["m.new_content"])
  if (relType === "m.replace" && empty) return undefined
  if (typeof relType !== "string" || relType.length > maxTypeLength || !storable(relType)) return undefined
  return isEventId(eventId) && storable(eventId) ? { relType, eventId } : undefined
}

/** PostgreSQL keeps no NUL and no half characters. */
const storable = (text: string) => !text.includes("\0") && text.isWellFormed()
