/**
 * Events as the store keeps them: the JSON that was received, and columns to find it by. What was redacted leaves the
 * store redacted, so that no reader can forget to look; only `json` is still what was signed.
 */
import type { Event } from "@biz1/core/Event"
import { redact, redactedContent } from "@biz1/core/redact"
import { roomVersions, type RoomVersion } from "@biz1/core/roomVersion"
import type { EventId, RoomId, UserId } from "@biz1/protocol/ids"
import type { Pdu } from "@biz1/protocol/pdu"
import type { EventEntry } from "../log/LogEntry.ts"
import type { PgClient } from "@effect/sql-pg"

/** What `decodeEventRow` reads, for a table `events AS e`. */
export const eventColumns = (sql: PgClient.PgClient) =>
  sql.literal(`e.event_id, e.pos::float8 AS pos, e.room_id, e.room_seq::float8 AS room_seq, e.state_group::float8 AS state_group,
    e.txn, e.redacts, e.redacted_by, e.json,
    EXISTS (SELECT FROM events t WHERE t.event_id = e.redacts AND t.redacted_by = e.event_id) AS applies,
    e.state_key IS NOT NULL AS current,
    (SELECT r.version FROM rooms r WHERE r.room_id = e.room_id AND (e.redacted_by IS NOT NULL OR e.state_key IS NOT NULL)
      ) AS version,
    (SELECT json_build_array(p.event_id, p.redacted_by IS NOT NULL, p.json::json)::text FROM events p
      WHERE e.state_key IS NOT NULL AND p.room_id = e.room_id AND p.type = e.type AND p.state_key = e.state_key
      AND p.pos < e.pos ORDER BY p.pos DESC LIMIT 1) AS replaces`)

type Row = Readonly<Record<string, unknown>>

export const decodeEventRow = (row: Row): EventEntry => {
  const json = String(row["json"])
  const pdu = JSON.parse(json) as Pdu
  const redacts = (row["redacts"] ?? undefined) as EventId | undefined
  const event = eventOf(pdu, row["event_id"] as EventId, row["room_id"] as RoomId, redacts)
  const redactedBy = (row["redacted_by"] ?? undefined) as EventId | undefined
  const version = roomVersions.get(String(row["version"]))
  return {
    kind: "event",
    event: redactedBy === undefined ? event : redactedEvent(event, version!),
    json,
    pos: row["pos"] as number,
    roomSeq: row["room_seq"] as number,
    stateGroup: row["state_group"] as number,
    current: row["current"] as boolean,
    txn: (row["txn"] ?? undefined) as string | undefined,
    redactedBy,
    applies: row["applies"] === true ? redacts : undefined,
    replaces: replacedOf(row["replaces"] as string | null, version),
  }
}

const replacedOf = (text: string | null, version: RoomVersion | undefined): EventEntry["replaces"] => {
  if (text === null) return undefined
  const [eventId, redacted, { type, sender, content }] = JSON.parse(text) as [EventId, boolean, Pdu]
  return { eventId, sender: sender as UserId, content: redacted ? redactedContent(type, content, version!) : content }
}

/** In room versions 1 and 2 edges are pairs of an id and its hashes. */
const edges = (list: Pdu["prev_events"]) =>
  list.map((edge) => (Array.isArray(edge) ? edge[0] : edge)) as ReadonlyArray<EventId>

/** The view of a PDU whose form was checked before it was stored. */
export const eventOf = (pdu: Pdu, eventId: EventId, roomId: RoomId, redacts: EventId | undefined): Event => ({
  eventId,
  roomId,
  type: pdu.type,
  stateKey: pdu.state_key as string | undefined,
  sender: pdu.sender as UserId,
  content: pdu.content,
  originServerTs: pdu.origin_server_ts,
  depth: pdu.depth,
  prevEvents: edges(pdu.prev_events),
  authEvents: edges(pdu.auth_events),
  redacts,
  pdu,
})

/** What the room version keeps of an event that was redacted. */
export const redactedEvent = (event: Event, version: RoomVersion): Event => {
  const pdu = redact(event.pdu, version) as Pdu
  return { ...event, content: pdu.content, pdu }
}
