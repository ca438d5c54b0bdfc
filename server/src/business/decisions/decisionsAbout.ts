/** Decisions about a record, from every conversation in which one was said. */
import { Effect, Option, Schema } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { RecordKey } from "@biz1/core/business/links"
import { relationOf } from "@biz1/core/relation"
import { DecisionContent } from "@biz1/protocol/business/decisions"
import { DECISION } from "@biz1/protocol/business/names"
import type { RoomId } from "@biz1/protocol/ids"
import type { EventEntry } from "../../log/LogEntry.ts"
import { texts } from "../../store/columns.ts"
import { decodeEventRow, eventColumns } from "../../store/eventRow.ts"
import { isAbout } from "../customers/named.ts"

interface Options {
  /** All where undefined. */
  readonly rooms: ReadonlyArray<RoomId> | undefined
  /** Positions below this. */
  readonly before: number | undefined
  readonly limit: number
}

/** The newest first. Decisions that were taken back are none. */
export const decisionsAbout = Effect.fnUntraced(function* (record: RecordKey, { rooms, before, limit }: Options) {
  const sql = yield* PgClient.PgClient
  const rows = yield* sql`SELECT ${eventColumns(sql)} FROM message_records m JOIN events e USING (pos)
    WHERE ${isAbout(sql, record, "m")} AND m.pos < ${BigInt(before ?? Number.MAX_SAFE_INTEGER)}
      AND e.type = ${DECISION} AND e.redacted_by IS NULL
      AND e.json::json #>> '{content,record,type}' = m.type AND e.json::json #>> '{content,record,id}' = m.id
      AND ${rooms === undefined ? sql`true` : sql`e.room_id = ANY(${texts(rooms)}::text[])`}
    ORDER BY m.pos DESC LIMIT ${limit}`
  return rows.map(decodeEventRow)
}, Effect.orDie)

const decode = Schema.decodeUnknownOption(DecisionContent)

/** Any client may send such an event: what is no decision is left out. */
export const shownDecision = ({ event }: EventEntry) =>
  Option.match(decode(event.content), {
    onNone: () => [],
    onSome: (decision) => {
      const { eventId, roomId, sender, originServerTs } = event
      const relation = relationOf(event)
      const about = relation === undefined ? {} : { event: relation.eventId }
      return [{ ...decision, ...about, eventId, roomId, by: sender, at: new Date(originServerTs).toISOString() }]
    },
  })

/** Whether a record was ever said in this version, under any of its names. */
export const hasVersion = Effect.fnUntraced(function* (record: RecordKey, version: number) {
  const sql = yield* PgClient.PgClient
  const rows = yield* sql`SELECT 1 FROM record_versions v
    WHERE ${isAbout(sql, record, "v")} AND v.version = ${BigInt(version)} LIMIT 1`
  return rows.length > 0
}, Effect.orDie)
