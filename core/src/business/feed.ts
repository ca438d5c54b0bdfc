/**
 * What other systems are told of what happens here: events of rooms and news of the business, as CloudEvents. It is a
 * projection of the log alone, so that the same entry is always told in the same words and under the same id.
 */
import { CONVERSATION, DECISION, LANE, RECORD_EVENT, RECORDS } from "@biz1/protocol/business/names"
import type { EventId, RoomId, UserId } from "@biz1/protocol/ids"
import { isJsonObject, type JsonObject } from "@biz1/protocol/json"
import { relationOf } from "../relation.ts"
import { keyText, linksOf, type RecordKey } from "./links.ts"

/** An event of a conversation's room, at its place in the log. */
export interface Said {
  readonly pos: number
  readonly eventId: EventId
  readonly roomId: RoomId
  /** The main room of the conversation. */
  readonly conversation: RoomId
  readonly lane: string
  readonly kind: string
  readonly type: string
  readonly stateKey: string | undefined
  readonly sender: UserId
  readonly content: JsonObject
  /** Milliseconds since 1970. */
  readonly at: number
  /** The event that this one redacts. */
  readonly redacts: EventId | undefined
  /** The content of the state event that stood there before. */
  readonly before: JsonObject | undefined
  readonly records: ReadonlyArray<RecordKey>
}

/** News of the business, at their place in the log. */
export interface News {
  readonly pos: number
  readonly type: string
  readonly subject: string
  readonly data: JsonObject
  readonly at: number
  readonly cause: string | undefined
}

/** Format: CloudEvents 1.0, JSON; `seq` rises along the feed, `cause` says what brought it about. */
export interface FeedEvent {
  readonly id: string
  readonly type: string
  readonly subject: string
  readonly time: string
  readonly seq: number
  readonly data: JsonObject
  readonly cause?: string
}

export const feedOfNews = ({ pos, type, subject, data, at, cause }: News): FeedEvent => ({
  id: `news/${pos}`,
  type,
  subject,
  time: new Date(at).toISOString(),
  seq: pos,
  data,
  ...(cause === undefined ? {} : { cause }),
})

export const feedOfSaid = (said: Said): ReadonlyArray<FeedEvent> => {
  const { pos, eventId, conversation, roomId, lane, sender, at } = said
  return told(said).map(({ type, subject, data, part }) => ({
    id: part === undefined ? eventId : `${eventId}/${part}`,
    type,
    subject: subject ?? `conversation/${conversation}`,
    time: new Date(at).toISOString(),
    seq: pos,
    data: { conversation, roomId, lane, eventId, sender, ...data },
  }))
}

interface Told {
  readonly type: string
  readonly subject?: string
  readonly data: JsonObject
  /** Tells several from one event apart. */
  readonly part?: string
}

const told = (said: Said): ReadonlyArray<Told> => {
  const { type, stateKey, content, redacts, records } = said
  if (type === "m.room.redaction") {
    if (redacts === undefined) return []
    const { reason } = content
    return [{ type: "message.redacted", data: { redacts, ...(reason === undefined ? {} : { reason }) } }]
  }
  if (stateKey !== undefined) return toldOfState(said, stateKey)
  if (type === DECISION) return [{ type: "decision.recorded", data: { content, records: named(records) } }]
  if (type === RECORD_EVENT || type === "m.reaction") return []
  const relation = relationOf(said)
  if (relation?.relType === "m.replace") {
    return [{ type: "message.edited", data: { edits: relation.eventId, content: content["m.new_content"] ?? {} } }]
  }
  if (type.startsWith("m.call.")) return toldOfCall(said)
  return [{ type: "message.created", data: { type, content, records: named(records) } }]
}

const named = (records: ReadonlyArray<RecordKey>): ReadonlyArray<JsonObject> =>
  records.map(({ type, id }) => ({ type, id }))

const callTypes: Readonly<Record<string, string>> = {
  "m.call.invite": "call.started",
  "m.call.hangup": "call.ended",
  "m.call.reject": "call.missed",
}

const toldOfCall = ({ type, content }: Said): ReadonlyArray<Told> => {
  const name = callTypes[type]
  const { call_id: callId } = content
  return name === undefined ? [] : [{ type: name, data: { callId: callId ?? "" } }]
}

const toldOfState = (said: Said, stateKey: string): ReadonlyArray<Told> => {
  const { type, content, before, kind } = said
  if (type === "m.room.member") return toldOfMember(said, stateKey)
  if (type === RECORDS) return toldOfLinks(said)
  if (type === CONVERSATION || type === LANE) {
    return [{ type: before === undefined ? "conversation.created" : "conversation.updated", data: { kind, content } }]
  }
  if (type === "m.room.name" && before !== undefined) {
    return [{ type: "conversation.updated", data: { kind, title: content["name"] ?? "" } }]
  }
  return []
}

const toldOfMember = ({ content, before }: Said, user: string): ReadonlyArray<Told> => {
  const [was, is] = [before?.["membership"] === "join", content["membership"] === "join"]
  if (was === is) return []
  return [{ type: is ? "participant.joined" : "participant.left", data: { user } }]
}

const toldOfLinks = ({ content, before }: Said): ReadonlyArray<Told> => {
  const now = new Map(linksOf(content).map((link) => [keyText(link), link]))
  const then = new Map(linksOf(isJsonObject(before) ? before : {}).map((link) => [keyText(link), link]))
  const made = [...now].filter(([key]) => !then.has(key))
  const gone = [...then].filter(([key]) => !now.has(key))
  const one = (type: string, [key, link]: (typeof made)[number]): Told => ({
    type,
    subject: `record/${key}`,
    data: { record: { type: link.type, id: link.id }, role: link.role },
    part: key,
  })
  return [...made.map((link) => one("record.linked", link)), ...gone.map((link) => one("record.unlinked", link))]
}

/** Whether a feed event is among the types that somebody wants, where `record.*` stands for all that begin so. */
export const isWanted = (type: string, wanted: ReadonlyArray<string>): boolean =>
  wanted.length === 0 ||
  wanted.some((pattern) => (pattern.endsWith(".*") ? type.startsWith(pattern.slice(0, -1)) : type === pattern))
