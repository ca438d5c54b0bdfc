/** The index of words: what each findable event says now, and which events hold the words of a question. */
import { Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { EventId, RoomId, UserId } from "@biz1/protocol/ids"
import { integers, texts } from "./columns.ts"
import { indexedWords, wordsQuery } from "./words.ts"

export interface Indexed {
  readonly eventId: EventId
  readonly roomId: RoomId
  readonly pos: number
  readonly text: string
}

export interface Candidate {
  readonly eventId: EventId
  readonly roomId: RoomId
  readonly roomSeq: number
  readonly sender: UserId
  readonly rank: number
}

export interface Question {
  readonly term: string
  readonly roomIds: ReadonlyArray<RoomId>
  readonly types: ReadonlyArray<string>
  /** Nothing that came into the log after this position. */
  readonly upTo: number
  readonly order: "recent" | "rank"
  readonly limit: number
}

export class SearchStore extends Context.Service<
  SearchStore,
  {
    readonly put: (found: ReadonlyArray<Indexed>) => Effect.Effect<void>
    readonly remove: (eventIds: ReadonlyArray<EventId>) => Effect.Effect<void>
    /** In the order asked for. Languages without spaces are found by their characters, in whatever order they stand. */
    readonly candidates: (question: Question) => Effect.Effect<ReadonlyArray<Candidate>>
  }
>()("@biz1/server/store/SearchStore") {
  static readonly layer = Layer.effect(
    this,
    Effect.map(PgClient.PgClient, (sql) =>
      SearchStore.of({
        put: (found) =>
          found.length === 0
            ? Effect.void
            : sql`INSERT INTO event_search (event_id, room_id, pos, words)
                SELECT event_id, room_id, pos, array_to_tsvector(string_to_array(words, ' ')) FROM unnest(
                  ${texts(found.map(({ eventId }) => eventId))}::text[],
                  ${texts(found.map(({ roomId }) => roomId))}::text[],
                  ${integers(found.map(({ pos }) => pos))}::bigint[],
                  ${texts(found.map(({ text }) => indexedWords(text)))}::text[]
                ) AS found (event_id, room_id, pos, words)
                ON CONFLICT (event_id) DO UPDATE SET words = excluded.words`.pipe(Effect.orDie, Effect.asVoid),
        remove: (eventIds) =>
          eventIds.length === 0
            ? Effect.void
            : sql`DELETE FROM event_search WHERE event_id = ANY(${texts(eventIds)}::text[])`.pipe(
                Effect.orDie,
                Effect.asVoid,
              ),
        candidates: ({ term, roomIds, types, upTo, order, limit }) => {
          const words = wordsQuery(term)
          if (words === undefined || roomIds.length === 0) return Effect.succeed([])
          // Who writes a word out means it more than who writes its beginning; a short text is about it more than a long one.
          return sql`SELECT s.event_id AS "eventId", s.room_id AS "roomId", e.room_seq::float8 AS "roomSeq", e.sender,
              (ts_rank(s.words, q.all_words, 1) + ts_rank(s.words, q.whole_words, 1))::float8 AS rank
            FROM event_search s JOIN events e ON e.event_id = s.event_id,
              (SELECT ${words.all}::tsquery AS all_words,
                ${words.whole}::tsquery AS whole_words) q
            WHERE s.words @@ q.all_words AND s.room_id = ANY(${texts(roomIds)}::text[]) AND s.pos <= ${BigInt(upTo)}
              AND e.type = ANY(${texts(types)}::text[]) AND e.redacted_by IS NULL
            ORDER BY ${order === "rank" ? sql`rank DESC, s.pos DESC` : sql`s.pos DESC`} LIMIT ${limit}`.pipe(
            Effect.map((rows) => rows as unknown as ReadonlyArray<Candidate>),
            Effect.orDie,
          )
        },
      }),
    ),
  )
}
