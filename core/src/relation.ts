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

/** The relation of an event with this content. State events have none; a rich reply alone is none either. */
export const relationOf = (event: {
  readonly stateKey?: string | undefined
  readonly content: JsonObject
}): Relation | undefined => {
  const relates = event.content["m.relates_to"]
  if (event.stateKey !== undefined || !isJsonObject(relates)) return undefined
  const { rel_type: relType, event_id: eventId } = relates
  if (typeof relType !== "string" || relType.length > maxTypeLength || !storable(relType)) return undefined
  return isEventId(eventId) && storable(eventId) ? { relType, eventId } : undefined
}

/** PostgreSQL keeps no NUL and no half characters. */
const storable = (text: string) => !text.includes("\0") && text.isWellFormed()
