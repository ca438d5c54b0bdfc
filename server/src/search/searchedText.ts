/** What of an event can be searched. Spec: client-server API, "Server Side Search", "`room_events`". */
import { isJsonObject, type Json, type JsonObject } from "@biz1/protocol/json"

/** The key by which clients ask for it, by the event's type. */
export const searchedTypes = {
  "m.room.message": "content.body",
  "m.room.name": "content.name",
  "m.room.topic": "content.topic",
} as const

/** Undefined for events that are never found. */
export const searchedText = (type: string, content: JsonObject): string | undefined => {
  if (!Object.hasOwn(searchedTypes, type)) return undefined
  const key = searchedTypes[type as keyof typeof searchedTypes].slice("content.".length)
  const texts = [content[key], ...(type === "m.room.topic" ? plainTopics(content["m.topic"]) : [])]
  return [...new Set(texts.filter((text) => typeof text === "string"))].join("\n") || undefined
}

/** The representations of a rich topic that are plain text, as those are that name no type. */
const plainTopics = (topic: Json | undefined): ReadonlyArray<Json | undefined> => {
  const texts = isJsonObject(topic) ? topic["m.text"] : undefined
  if (!Array.isArray(texts)) return []
  return texts
    .filter((text) => isJsonObject(text) && (text["mimetype"] ?? "text/plain") === "text/plain")
    .map((text) => text.body)
}
