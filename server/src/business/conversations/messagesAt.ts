/** Messages of a conversation as they stood at an event: edited as far as they were then. What was erased stays erased. */
import { Effect } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { EventId } from "@biz1/protocol/ids"
import { isJsonObject } from "@biz1/protocol/json"
import type { EventEntry } from "../../log/LogEntry.ts"
import { texts } from "../../store/columns.ts"
import { decodeEventRow, eventColumns } from "../../store/eventRow.ts"
import { EventStore } from "../../store/EventStore.ts"
import type { Caller } from "../api/Caller.ts"
import { readerOf } from "./reading.ts"

/** The last wording that each message had by then. */
const editsOf = Effect.fnUntraced(function* (messages: ReadonlyArray<EventEntry>, last: EventEntry) {
  const sql = yield* PgClient.PgClient
  const ids = texts(messages.map(({ event }) => event.eventId))
  const rows = yield* Effect.orDie(sql`SELECT DISTINCT ON (e.relates_to) e.relates_to AS edited, ${eventColumns(sql)}
    FROM events e JOIN events t ON t.event_id = e.relates_to
    WHERE e.room_id = ${last.event.roomId} AND e.relates_to = ANY(${ids}::text[]) AND e.rel_type = 'm.replace'
      AND e.sender = t.sender AND e.type = t.type AND e.redacted_by IS NULL AND e.room_seq <= ${BigInt(last.roomSeq)}
    ORDER BY e.relates_to, e.origin_server_ts DESC, e.event_id DESC`)
  return new Map(rows.map((row) => [row["edited"] as EventId, decodeEventRow(row).event]))
})

const time = (ms: number) => new Date(ms).toISOString()

/** The newest first. `next` is the `roomSeq` to go on before, where there may be more. */
export const messagesAt = Effect.fnUntraced(function* (
  caller: Caller,
  last: EventEntry,
  { before, limit }: { readonly before: number | undefined; readonly limit: number },
) {
  const sql = yield* PgClient.PgClient
  const { roomId } = last.event
  const end = Math.min(before ?? Number.MAX_SAFE_INTEGER, last.roomSeq + 1)
  const rows = yield* Effect.orDie(sql`SELECT ${eventColumns(sql)} FROM events e
    WHERE e.room_id = ${roomId} AND e.room_seq < ${BigInt(end)} AND e.state_key IS NULL
      AND e.type NOT IN ('m.room.redaction', 'm.reaction') AND e.rel_type IS DISTINCT FROM 'm.replace'
    ORDER BY e.room_seq DESC LIMIT ${limit}`)
  const found = rows.map(decodeEventRow)
  const seen = found.filter(yield* readerOf(caller, roomId))
  const edits = yield* editsOf(seen, last)
  const redactions = new Map(
    (yield* (yield* EventStore).findMany(
      seen.flatMap(({ redactedBy }) => (redactedBy === undefined ? [] : [redactedBy])),
    )).map(({ event }) => [event.eventId, event.originServerTs]),
  )
  const messages = seen.map(({ event, redactedBy }) => {
    const { eventId, sender, type, content, originServerTs } = event
    const edit = redactedBy === undefined ? edits.get(eventId) : undefined
    const wording = edit?.content["m.new_content"]
    const erasedTs = redactedBy === undefined ? undefined : redactions.get(redactedBy)
    return {
      eventId,
      sender,
      type,
      at: time(originServerTs),
      content: isJsonObject(wording) ? wording : content,
      ...(edit === undefined ? {} : { editedAt: time(edit.originServerTs) }),
      ...(erasedTs === undefined ? {} : { erasedAt: time(erasedTs) }),
    }
  })
  return { messages, next: found.length < limit ? undefined : found.at(-1)!.roomSeq }
})
