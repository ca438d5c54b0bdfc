/**
 * What a conversation, and each message of it, is about. A room's links are state: the entry of each writer under the
 * writer's own user ID, which nobody else may write (room versions' rule for state keys that begin with `@`).
 */
import { DECISION, RECORDS } from "@biz1/protocol/business/names"
import { isJsonObject, type JsonObject } from "@biz1/protocol/json"
import type { StateEvent } from "../Event.ts"
import { relationOf } from "../relation.ts"

export interface RecordKey {
  readonly type: string
  readonly id: string
}

/** One link, as it stands in the state. */
export interface Link extends RecordKey {
  readonly role: "primary" | "related"
  /** What is told of the record to everyone in the room. */
  readonly disclosed: JsonObject
}

/** How many records a room, and a message, may name. */
export const MAX_LINKS = 100
const maxPicked = 20

const typeName = /^[a-z][a-z0-9_.-]{0,63}$/
const wellFormed = (type: unknown, id: unknown): boolean =>
  typeof type === "string" && typeName.test(type) && typeof id === "string" && /^[^\0]{1,200}$/.test(id)

export const keyText = ({ type, id }: RecordKey): string => `${type}/${id}`

const parseKey = (text: string): RecordKey | undefined => {
  const slash = text.indexOf("/")
  const key = { type: text.slice(0, slash), id: text.slice(slash + 1) }
  return slash > 0 && wellFormed(key.type, key.id) ? key : undefined
}

/** The links that one state event makes. What is not a link is left out: partners' servers write these, too. */
export const linksOf = (content: JsonObject): ReadonlyArray<Link> => {
  const links = content["links"]
  if (!isJsonObject(links)) return []
  return Object.entries(links)
    .slice(0, MAX_LINKS)
    .flatMap(([text, link]) => {
      const key = parseKey(text)
      if (key === undefined || !isJsonObject(link)) return []
      return [{ ...key, role: link["role"] === "primary" ? "primary" : "related", disclosed: link } as const]
    })
}

/** The content of a state event that makes these links. */
export const linksContent = (links: ReadonlyArray<Link>): JsonObject => ({
  links: Object.fromEntries(links.map((link) => [keyText(link), { ...link.disclosed, role: link.role }])),
})

/** The records that a message's writer picked, or decided about. */
const picked = (type: string, content: JsonObject): ReadonlyArray<RecordKey> => {
  const given = type === DECISION ? [content["record"]] : content[RECORDS]
  if (!Array.isArray(given)) return []
  return given.slice(0, maxPicked).flatMap((one: unknown) => {
    if (!isJsonObject(one) || !wellFormed(one["type"], one["id"])) return []
    return [{ type: String(one["type"]), id: String(one["id"]) }]
  })
}

/**
 * The records that a message is about: what the room is linked with at that event, and what its writer picked. This is
 * what is stored with the message; it can be derived again from the room's state at any time.
 */
export const contextOf = (
  links: Iterable<Pick<StateEvent, "content">>,
  message: { readonly type: string; readonly stateKey?: string | undefined; readonly content: JsonObject },
): ReadonlyArray<RecordKey> => {
  if (message.stateKey !== undefined || message.type === "m.room.redaction") return []
  const relation = relationOf(message)
  // A reaction, or another wording, is no message of its own.
  if (relation?.relType === "m.annotation" || relation?.relType === "m.replace") return []
  const keys = new Map<string, RecordKey>()
  for (const { content } of links) for (const { type, id } of linksOf(content)) keys.set(`${type}/${id}`, { type, id })
  for (const key of picked(message.type, message.content)) keys.set(keyText(key), key)
  return [...keys.values()]
}
