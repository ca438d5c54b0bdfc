/** All that was said and done about a record, from every conversation that was about it at the time, in the log's order. */
import { Effect } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { RecordKey } from "@biz1/core/business/links"
import { DECISION } from "@biz1/protocol/business/names"
import type { JsonObject } from "@biz1/protocol/json"
import type { EventEntry } from "../../log/LogEntry.ts"
import { texts } from "../../store/columns.ts"
import { decodeEventRow, eventColumns } from "../../store/eventRow.ts"
import { isAbout } from "../customers/named.ts"
import type { Caller } from "../api/Caller.ts"
import { mayReadEntry, roomsOf } from "./reading.ts"

interface Options {
  readonly caller: Caller
  /** Positions below this. */
  readonly before: number | undefined
  readonly limit: number
}

/** The newest first. `next` is the position to go on before, where there may be more. */
export const timelineOf = Effect.fnUntraced(function* (record: RecordKey, { caller, before, limit }: Options) {
  const sql = yield* PgClient.PgClient
  const upTo = BigInt(before ?? Number.MAX_SAFE_INTEGER)
  const rooms = yield* roomsOf(caller)
  const inRooms = rooms === undefined ? sql`true` : sql`e.room_id = ANY(${texts(rooms)}::text[])`
  const rows = yield* Effect.orDie(sql`SELECT DISTINCT ON (m.pos) ${eventColumns(sql)}
    FROM message_records m JOIN events e USING (pos) WHERE ${isAbout(sql, record, "m")} AND m.pos < ${upTo} AND ${inRooms} AND e.redacted_by IS NULL
    ORDER BY m.pos DESC LIMIT ${limit}`)
  const changes = yield* Effect.orDie(sql`SELECT v.pos::float8 AS pos, v.version::float8 AS version, l.type, l.data,
      l.at::float8 AS at FROM record_versions v JOIN business_log l USING (pos)
    WHERE ${isAbout(sql, record, "v")} AND v.pos < ${upTo} ORDER BY v.pos DESC LIMIT ${limit}`)
  const all = [...rows.map(decodeEventRow), ...changes.map(changeOf)].sort((a, b) => b.pos - a.pos).slice(0, limit)
  const seen = yield* Effect.filter(all, (one) => ("item" in one ? Effect.succeed(true) : mayReadEntry(caller, one)))
  return {
    items: seen.map((one) => ("item" in one ? one.item : itemOf(one))),
    next: all.length < limit ? undefined : all.at(-1)!.pos,
  }
})

const files: ReadonlySet<unknown> = new Set(["m.file", "m.image", "m.video", "m.audio"])

const kindOf = ({ type, content }: EventEntry["event"]) => {
  if (type === DECISION) return "decision" as const
  if (type.startsWith("m.call.") || type.startsWith("m.rtc.")) return "call" as const
  return files.has(content["msgtype"]) ? ("file" as const) : ("message" as const)
}

const itemOf = ({ event }: EventEntry) => ({
  kind: kindOf(event),
  at: new Date(event.originServerTs).toISOString(),
  roomId: event.roomId,
  eventId: event.eventId,
  sender: event.sender,
  type: event.type,
  content: event.content,
})

const changeOf = (row: Readonly<Record<string, unknown>>) => {
  const { changed } = JSON.parse(String(row["data"])) as JsonObject
  return {
    pos: Number(row["pos"]),
    item: {
      kind: "change" as const,
      at: new Date(Number(row["at"])).toISOString(),
      type: String(row["type"]),
      version: Number(row["version"]),
      changed: (changed ?? []) as ReadonlyArray<string>,
    },
  }
}
