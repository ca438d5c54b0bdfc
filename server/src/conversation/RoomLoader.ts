/** Rebuilds a conversation's memory from the store. */
import { Effect } from "effect"
import type { PgClient } from "@effect/sql-pg"
import type { StateEvent } from "@biz1/core/Event"
import { redactedContent } from "@biz1/core/redact"
import { roomVersions, type RoomVersion } from "@biz1/core/roomVersion"
import type { EventId, RoomId, UserId } from "@biz1/protocol/ids"
import type { Pdu } from "@biz1/protocol/pdu"
import { StateMap, type RoomState } from "./RoomState.ts"

/** Transactions of this many last events are known without asking the store; a repeat of an older one meets its index. */
const rememberedEvents = 500

type Row = Readonly<Record<string, unknown>>

export const loadRoom = Effect.fnUntraced(function* (sql: PgClient.PgClient, roomId: RoomId) {
  const [room] =
    yield* sql`SELECT r.version, e.room_seq::float8 AS seq, e.event_id, e.extremities, e.state_group::float8 AS "group",
      (SELECT max(depth)::float8 FROM events WHERE room_id = r.room_id AND room_seq > e.room_seq - 20) AS depth
    FROM rooms r, LATERAL (SELECT * FROM events WHERE room_id = r.room_id ORDER BY room_seq DESC LIMIT 1) e
    WHERE r.room_id = ${roomId}`
  if (room === undefined) return undefined
  const [hops] = yield* sql`WITH RECURSIVE chain AS (
      SELECT base_group FROM state_groups WHERE room_id = ${roomId} AND state_group = ${BigInt(Number(room["group"]))}
      UNION ALL
      SELECT g.base_group FROM state_groups g JOIN chain c ON g.room_id = ${roomId} AND g.state_group = c.base_group
    ) SELECT count(*)::int AS n FROM chain WHERE base_group IS NOT NULL`
  const sent = yield* sql`SELECT sender, txn, event_id FROM events
    WHERE room_id = ${roomId} AND room_seq > ${BigInt(Number(room["seq"]) - rememberedEvents)} AND txn IS NOT NULL`
  const version = roomVersions.get(String(room["version"]))!
  const state = new StateMap()
  for (const row of yield* stateRows(sql, roomId)) state.set(decodeStateRow(row, version))
  const loaded: RoomState = {
    roomId,
    version,
    seq: Number(room["seq"]),
    depth: Number(room["depth"]),
    extremities: (room["extremities"] as ReadonlyArray<EventId> | null) ?? [room["event_id"] as EventId],
    group: Number(room["group"]),
    groupHops: Number(hops!["n"]),
    state,
    txns: new Map(
      sent.map((row) => [`${String(row["sender"])}\u001f${String(row["txn"])}`, [row["event_id"] as EventId]]),
    ),
  }
  return loaded
})

/** The current state of a room, with the position at which each event became part of it. */
export const stateRows = (sql: PgClient.PgClient, roomId: RoomId) =>
  sql`SELECT e.event_id, e.sender, e.json, e.redacted_by, s.type, s.state_key, s.pos::float8 AS pos
    FROM current_state s JOIN events e USING (event_id) WHERE s.room_id = ${roomId}`

export const decodeStateRow = (row: Row, version: RoomVersion): StateEvent => {
  const { type, content } = JSON.parse(String(row["json"])) as Pdu
  return {
    eventId: row["event_id"] as EventId,
    type: row["type"] as string,
    stateKey: row["state_key"] as string,
    sender: row["sender"] as UserId,
    content: row["redacted_by"] === null ? content : redactedContent(type, content, version),
  }
}
