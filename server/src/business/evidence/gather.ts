/** Finds what belongs to evidence: the events, those that change them, those that they rest on, and what they were about. */
import { Effect } from "effect"
import { PgClient } from "@effect/sql-pg"
import { keyText, linksOf } from "@biz1/core/business/links"
import { MAX_EVIDENCE } from "@biz1/protocol/business/evidence"
import { RECORDS } from "@biz1/protocol/business/names"
import { InvalidParam, NotFound } from "@biz1/protocol/errors"
import type { EventId, RoomId } from "@biz1/protocol/ids"
import type { EventEntry } from "../../log/LogEntry.ts"
import { texts } from "../../store/columns.ts"
import { decodeEventRow, eventColumns } from "../../store/eventRow.ts"
import { EventStore } from "../../store/EventStore.ts"
import { Records } from "../records/Records.ts"

export interface Choice {
  readonly events?: ReadonlyArray<EventId> | undefined
  /** Milliseconds since 1970, both with them. */
  readonly from: number | undefined
  readonly to: number | undefined
}

export const chosenIn = Effect.fnUntraced(function* (roomId: RoomId, { events, from, to }: Choice) {
  const sql = yield* PgClient.PgClient
  const among = events === undefined ? sql`true` : sql`e.event_id = ANY(${texts(events)}::text[])`
  const rows = yield* Effect.orDie(sql`SELECT ${eventColumns(sql)} FROM events e
    WHERE e.room_id = ${roomId} AND ${among}
      AND e.origin_server_ts BETWEEN ${BigInt(from ?? 0)} AND ${BigInt(to ?? Number.MAX_SAFE_INTEGER)}
    ORDER BY e.room_seq LIMIT ${MAX_EVIDENCE + 1}`)
  if (rows.length > MAX_EVIDENCE) {
    return yield* new InvalidParam({ error: `These are more than ${MAX_EVIDENCE} events: choose a shorter time` })
  }
  const found = rows.map(decodeEventRow)
  const missing = events?.find((eventId) => !found.some(({ event }) => event.eventId === eventId))
  if (missing !== undefined) {
    return yield* new NotFound({ error: `There is no event ${missing} of that time in this conversation` })
  }
  return found
})

/** The edits of some events, and what has redacted any of them. */
export const changesOf = Effect.fnUntraced(function* (roomId: RoomId, chosen: ReadonlyArray<EventEntry>) {
  const sql = yield* PgClient.PgClient
  const ids = texts(chosen.map(({ event }) => event.eventId))
  const rows = yield* Effect.orDie(sql`SELECT ${eventColumns(sql)} FROM events e WHERE e.room_id = ${roomId}
    AND e.relates_to = ANY(${ids}::text[]) AND e.rel_type = 'm.replace' AND e.redacted_by IS NULL ORDER BY e.room_seq`)
  const known = new Set(chosen.map(({ event }) => event.eventId))
  const changes = rows.map(decodeEventRow).filter(({ event }) => !known.has(event.eventId))
  // A redaction may have been redacted, too.
  let next = chosen
  while (next.length > 0) {
    const further = next.flatMap(({ redactedBy }) =>
      redactedBy === undefined || known.has(redactedBy) ? [] : [redactedBy],
    )
    for (const id of further) known.add(id)
    next = yield* (yield* EventStore).findMany([...new Set(further)])
    changes.push(...next)
  }
  return changes
})

/** All that makes the events allowed, back to the room's beginning, which since version 12 no event names. */
export const authChainOf = Effect.fnUntraced(function* (entries: ReadonlyArray<EventEntry>) {
  const store = yield* EventStore
  const shown = new Set(entries.map(({ event }) => event.eventId))
  const chain = new Map<EventId, EventEntry>()
  const [last] = entries.slice(-1)
  const creation = last === undefined ? [] : yield* store.stateAt(last.event.roomId, last.stateGroup, "m.room.create")
  let next = creation.map(({ event }) => event.eventId)
  next.push(...entries.flatMap(({ event }) => event.authEvents))
  while (next.length > 0) {
    const wanted = [...new Set(next)].filter((id) => !chain.has(id) && !shown.has(id))
    const found = yield* store.findMany(wanted)
    for (const entry of found) chain.set(entry.event.eventId, entry)
    next = found.flatMap(({ event }) => event.authEvents)
  }
  return [...chain.values()].sort((a, b) => a.roomSeq - b.roomSeq)
})

/** What the conversation was about at each event: the state events that say so, and the versions that stood then. */
export const aboutAt = Effect.fnUntraced(function* (entries: ReadonlyArray<EventEntry>) {
  const store = yield* EventStore
  const records = yield* Records
  const links = new Map<number, ReadonlyArray<EventEntry>>()
  for (const { event, stateGroup } of entries) {
    if (links.has(stateGroup)) continue
    links.set(stateGroup, yield* store.stateAt(event.roomId, stateGroup, RECORDS))
  }
  const about = yield* Effect.forEach(entries, ({ event, stateGroup, pos }) =>
    Effect.gen(function* () {
      const keys = new Map(
        links.get(stateGroup)!.flatMap((one) => linksOf(one.event.content).map((link) => [keyText(link), link])),
      )
      const versions = yield* Effect.forEach([...keys.values()], (key) => records.at(key, pos))
      return {
        eventId: event.eventId,
        links: links.get(stateGroup)!.map((one) => one.event.eventId),
        records: versions.flatMap((record) =>
          record === undefined ? [] : [{ type: record.type, id: record.id, ...record.body }],
        ),
      }
    }),
  )
  return { about, linkEvents: [...new Map([...links.values()].flat().map((one) => [one.event.eventId, one])).values()] }
})
