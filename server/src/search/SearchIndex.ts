/**
 * Keeps what was said findable by its words. A consumer of the log with a cursor of its own: it may lag, it never skips.
 * A message is found by what its last edit says; a redacted one by nothing.
 */
import { Context, Effect, Layer, Schedule } from "effect"
import { PgClient } from "@effect/sql-pg"
import { relationOf } from "@biz1/core/relation"
import type { EventId, RoomId, UserId } from "@biz1/protocol/ids"
import { isJsonObject } from "@biz1/protocol/json"
import type { EventEntry } from "../log/LogEntry.ts"
import { LogReader } from "../log/LogReader.ts"
import { LogStream } from "../log/LogStream.ts"
import { texts } from "../store/columns.ts"
import { EventStore } from "../store/EventStore.ts"
import { RelationStore, type Viewer } from "../store/RelationStore.ts"
import { SearchStore } from "../store/SearchStore.ts"
import { searchedText, searchedTypes } from "./searchedText.ts"
import { patiently } from "../operations/outages.ts"

const consumer = "search"
const entriesPerStep = 1000

export class SearchIndex extends Context.Service<
  SearchIndex,
  {
    /** Indexes what has been committed so far; gives the position it has reached. */
    readonly catchUp: Effect.Effect<number>
  }
>()("@biz1/server/search/SearchIndex") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const reader = yield* LogReader
      const stream = yield* LogStream
      const events = yield* EventStore
      const relations = yield* RelationStore
      const index = yield* SearchStore

      /** The events that redacted edits were about. */
      const editedBy = (edits: ReadonlyArray<EventId>) =>
        edits.length === 0
          ? Effect.succeed([])
          : sql`SELECT relates_to FROM events WHERE event_id = ANY(${texts(edits)}::text[]) AND rel_type = 'm.replace'`.pipe(
              Effect.map((rows) => rows.map((row) => row["relates_to"] as EventId)),
            )

      /** Puts what these events say now in place of what they said. */
      const indexAnew = Effect.fnUntraced(function* (entries: ReadonlyArray<EventEntry>) {
        for (const [roomId, ofRoom] of Map.groupBy(entries, ({ event }) => event.roomId)) {
          const messages = ofRoom.filter(({ event }) => event.stateKey === undefined).map(({ event }) => event.eventId)
          const edits = yield* relations.edits(roomId as RoomId, messages, everyone)
          yield* index.put(
            ofRoom.flatMap(({ event, pos }) => {
              const edited = edits.get(event.eventId)?.event.content["m.new_content"]
              const text = searchedText(event.type, isJsonObject(edited) ? edited : event.content)
              return text === undefined ? [] : [{ eventId: event.eventId, roomId: event.roomId, pos, text }]
            }),
          )
        }
      })

      /** Of several nodes one does a step, and the cursor moves with what it wrote. */
      const step = sql
        .withTransaction(
          Effect.gen(function* () {
            yield* sql`INSERT INTO cursors (consumer, pos) VALUES (${consumer}, 0) ON CONFLICT DO NOTHING`
            const [cursor] = yield* sql`SELECT pos::float8 AS pos FROM cursors WHERE consumer = ${consumer} FOR UPDATE`
            const done = Number(cursor!["pos"])
            const last = Math.min(stream.position(), done + entriesPerStep)
            if (last <= done) return { reached: done, more: false }
            const { entries } = yield* reader.batch(done + 1, last)
            const happened = entries.filter((entry) => entry.kind === "event")
            const redacted = happened.flatMap(({ applies }) => (applies === undefined ? [] : [applies]))
            yield* index.remove(redacted)
            const searched = happened.filter(isSearched)
            const edited = searched.map(({ event }) => editOf(event)).filter((id) => id !== undefined)
            const again = yield* events.findMany([...edited, ...(yield* editedBy(redacted))])
            const each = new Map([...searched, ...again].map((entry) => [entry.event.eventId, entry]))
            yield* indexAnew([...each.values()].filter((entry) => isSearched(entry) && !editOf(entry.event)))
            yield* sql`UPDATE cursors SET pos = ${BigInt(last)} WHERE consumer = ${consumer}`
            return { reached: last, more: last < stream.position() }
          }),
        )
        .pipe(Effect.orDie)

      const catchUp = step.pipe(
        Effect.repeat({ until: ({ more }) => !more }),
        Effect.map(({ reached }) => reached),
      )
      yield* catchUp.pipe(
        patiently("index what was said"),
        Effect.repeat(Schedule.spaced("1 second")),
        Effect.forkScoped,
      )
      return SearchIndex.of({ catchUp })
    }),
  )
}

/** The index is of all; who may read what is asked when it is read. */
const everyone: Viewer = {
  userId: "" as UserId,
  ignored: new Set(),
  stretches: [[1, Number.MAX_SAFE_INTEGER]],
}

const isSearched = ({ event, redactedBy }: EventEntry) =>
  redactedBy === undefined && Object.hasOwn(searchedTypes, event.type)

/** The event that another is an edit of. */
const editOf = (event: Parameters<typeof relationOf>[0]): EventId | undefined => {
  const relation = relationOf(event)
  return relation?.relType === "m.replace" ? relation.eventId : undefined
}
