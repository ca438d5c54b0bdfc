/**
 * Keeps what was said findable by its words. A consumer of the log with a cursor of its own: it may lag, it never skips,
 * and a redacted message loses its words.
 */
import { Context, Effect, Layer, Schedule } from "effect"
import { PgClient } from "@effect/sql-pg"
import { searchWords } from "@biz1/core/search/searchText"
import type { EventEntry, LogEntry } from "../log/LogEntry.ts"
import { LogReader } from "../log/LogReader.ts"
import { LogStream } from "../log/LogStream.ts"
import { texts, integers } from "../store/columns.ts"

const consumer = "search"
const entriesPerStep = 1000
/** Of one message; the rest of a longer one is not found by its words. */
const maxWords = 2000

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
            const found = entries.filter(isMessage)
            if (found.length > 0) {
              yield* sql`INSERT INTO event_search (event_id, room_id, pos, words)
                SELECT event_id, room_id, pos, array_to_tsvector(string_to_array(words, ' ')) FROM unnest(
                  ${texts(found.map(({ event }) => event.eventId))}::text[],
                  ${texts(found.map(({ event }) => event.roomId))}::text[],
                  ${integers(found.map(({ pos }) => pos))}::bigint[],
                  ${texts(found.map((entry) => wordsOf(entry).join(" ")))}::text[]
                ) AS found (event_id, room_id, pos, words) ON CONFLICT DO NOTHING`
            }
            const redacted = entries.flatMap((entry) =>
              entry.kind === "event" && entry.applies !== undefined ? [entry.applies] : [],
            )
            if (redacted.length > 0) yield* sql`DELETE FROM event_search WHERE event_id = ANY(${redacted}::text[])`
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
        Effect.catchCause((cause) => Effect.logWarning("cannot index what was said, trying again", cause)),
        Effect.repeat(Schedule.spaced("1 second")),
        Effect.forkScoped,
      )
      return SearchIndex.of({ catchUp })
    }),
  )
}

const isMessage = (entry: LogEntry): entry is EventEntry =>
  entry.kind === "event" && entry.redactedBy === undefined && wordsOf(entry).length > 0

/** What is searched: messages' bodies, and rooms' names and topics. */
const searched: Readonly<Record<string, string>> = {
  "m.room.message": "body",
  "m.room.name": "name",
  "m.room.topic": "topic",
}

const wordsOf = ({ event }: EventEntry): ReadonlyArray<string> => {
  const key = searched[event.type]
  const text = key === undefined ? undefined : event.content[key]
  return typeof text === "string" ? [...new Set(searchWords(text.slice(0, 20_000)))].slice(0, maxWords) : []
}
