/**
 * From JSON that a server sent to the event it is, or why it is none. What fails here breaks the form of its room
 * version: it is dropped, whoever signed it, and never becomes part of a room. Hashes, signatures and the authorisation
 * rules come after.
 * Spec: server-server API, "Checks performed on receipt of a PDU", the first; `rooms/v*`, "Event format"; client-server
 * API, "Size limits".
 */
import type { EventId, RoomId, UserId } from "@biz1/protocol/ids"
import { isJsonObject, type Json, type JsonObject } from "@biz1/protocol/json"
import type { Pdu } from "@biz1/protocol/pdu"
import { Result, Schema } from "effect"
import { canonicalJson } from "./canonicalJson.ts"
import type { Event } from "./Event.ts"
import { eventIdOf } from "./eventId.ts"
import type { RoomVersion } from "./roomVersion.ts"
import { isCanonicalValue, isWellFormedValue } from "./scanJson.ts"

/** `problem` is a sentence for the log, and for the server that asks what became of its event. */
export class PduProblem extends Schema.TaggedError<PduProblem>()("PduProblem", { problem: Schema.String }) {}

const maxEventBytes = 65_536
const maxKeyLength = 255
const maxPrevEvents = 20
const maxAuthEvents = 10

/**
 * The event view of `json`, which stays as it is. `eventId` spares the hash where the id is known already.
 * Numbers that parsing has changed (1.0, or beyond 2^53) cannot be seen here: `scanJson` sees them in the text.
 */
export const parsePdu = (
  json: JsonObject,
  version: RoomVersion,
  eventId?: EventId,
): Result.Result<Event, PduProblem> => {
  const problem = problemOf(json, version)
  if (problem !== undefined) return Result.fail(new PduProblem({ problem }))

  const pdu = json as Pdu
  const id = eventId ?? eventIdOf(pdu, version)
  return Result.succeed({
    eventId: id,
    roomId: (namesItsRoom(pdu, version) ? `!${id.slice(1)}` : pdu.room_id) as RoomId,
    type: pdu.type,
    stateKey: pdu.state_key as string | undefined,
    sender: pdu.sender as UserId,
    content: pdu.content,
    originServerTs: pdu.origin_server_ts,
    depth: pdu.depth,
    prevEvents: pdu.prev_events.map(idOfEdge),
    authEvents: pdu.auth_events.map(idOfEdge),
    redacts: redactsOf(pdu, version),
    pdu,
  })
}

/** Since room version 12 the create event carries no `room_id`: its own hash is the room's name. */
const namesItsRoom = (pdu: JsonObject, version: RoomVersion) =>
  version.roomIdIsCreateHash && pdu["type"] === "m.room.create"

const idOfEdge = (edge: Json) => (Array.isArray(edge) ? edge[0] : edge) as EventId

/** A redaction that names nothing, or no event id, redacts nothing. */
const redactsOf = (pdu: Pdu, version: RoomVersion): EventId | undefined => {
  if (pdu.type !== "m.room.redaction") return undefined
  const redacts = (version.updatedRedaction ? pdu.content : pdu)["redacts"]
  return isEventId(redacts, version) ? (redacts as EventId) : undefined
}

const problemOf = (pdu: JsonObject, version: RoomVersion): string | undefined => {
  const { type, state_key: stateKey, sender, content, hashes, signatures, unsigned, depth } = pdu

  if (!isKey(type, version)) return "`type` is not a string of at most 255 bytes"
  if (stateKey !== undefined && !isKey(stateKey, version)) return "`state_key` is not a string of at most 255 bytes"
  if (!isKey(sender, version) || !/^@[^:]*:./s.test(sender)) return "`sender` is not a user ID"
  if (namesItsRoom(pdu, version)) {
    // Spec: room version 12, authorization rules, "If the event has a `room_id`, reject".
    if (Object.hasOwn(pdu, "room_id")) return "A create event of this room version has no `room_id`"
  } else if (!isKey(pdu["room_id"], version) || !/^!./s.test(pdu["room_id"])) return "`room_id` is not a room ID"
  if (version.eventIds === "server" && !isEventId(pdu["event_id"], version)) return "`event_id` is not an event ID"

  if (!isJsonObject(content)) return "`content` is not an object"
  if (!Number.isSafeInteger(pdu["origin_server_ts"])) return "`origin_server_ts` is not an integer"
  // Until room version 5 it may be larger, but such a number does not come through parsing, nor does its signature.
  if (!Number.isSafeInteger(depth) || (depth as number) < 0) return "`depth` is not an integer from 0 to 2^53 - 1"
  if (!areEdges(pdu["prev_events"], maxPrevEvents, version)) return "`prev_events` is not a list of at most 20 events"
  if (!areEdges(pdu["auth_events"], maxAuthEvents, version)) return "`auth_events` is not a list of at most 10 events"
  if (!isJsonObject(hashes) || typeof hashes["sha256"] !== "string") return "`hashes` has no `sha256`"
  if (!areSignatures(signatures)) return "`signatures` are not strings by server and key"
  if (unsigned !== undefined && !isJsonObject(unsigned)) return "`unsigned` is not an object"

  if (version.strictCanonicalJson ? !isCanonicalValue(pdu) : !isWellFormedValue(pdu)) {
    return "The event has a number or a text that canonical JSON does not allow"
  }
  return Buffer.byteLength(canonicalJson(pdu)) > maxEventBytes ? "The event is larger than 65,536 bytes" : undefined
}

/** What events are found by. NUL is allowed by no rule and forbidden by none; no column of text can hold it. */
const isKey = (value: Json | undefined, version: RoomVersion): value is string =>
  typeof value === "string" && lengthOf(value, version) <= maxKeyLength && !value.includes("\0")

/** The limit has always been meant in bytes. Before version 11, rooms have events that other servers counted in characters. */
const lengthOf = (text: string, version: RoomVersion): number =>
  version.updatedRedaction ? Buffer.byteLength(text) : [...text].length

const isEventId = (value: Json | undefined, version: RoomVersion): boolean =>
  isKey(value, version) && value.length > 1 && value.startsWith("$")

const areEdges = (edges: Json | undefined, max: number, version: RoomVersion): boolean =>
  Array.isArray(edges) && edges.length <= max && edges.every((edge: Json) => isEdge(edge, version))

/** In room versions 1 and 2 an edge is an event's id and its hashes. */
const isEdge = (edge: Json, version: RoomVersion): boolean =>
  version.eventIds === "server"
    ? Array.isArray(edge) && edge.length === 2 && isEventId(edge[0], version) && isJsonObject(edge[1])
    : isEventId(edge, version)

const areSignatures = (signatures: Json | undefined): boolean =>
  isJsonObject(signatures) &&
  Object.values(signatures).every(
    (own) => isJsonObject(own) && Object.values(own).every((signature) => typeof signature === "string"),
  )
