/**
 * Reads the feed out of the log: what happened in the organisation's conversations and in its business, in one order.
 * People's own rooms, and conversations between two, are nobody else's news.
 */
import { Context, Deferred, type Duration, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import { type FeedEvent, feedOfNews, feedOfSaid, isWanted } from "@biz1/core/business/feed"
import type { RecordKey } from "@biz1/core/business/links"
import type { RoomId } from "@biz1/protocol/ids"
import { decodeBusinessRow } from "../../log/LogReader.ts"
import { LogStream } from "../../log/LogStream.ts"
import { decodeEventRow, eventColumns } from "../../store/eventRow.ts"

export interface Slice {
  readonly events: ReadonlyArray<FeedEvent>
  /** Everything up to here has been looked at: go on after it. */
  readonly upTo: number
}

/** How many entries of the log one reading looks at. */
const entriesAtOnce = 500

export class Feed extends Context.Service<
  Feed,
  {
    /** About as many events as asked for, all of what an entry is told as. */
    readonly after: (
      pos: number,
      options: { readonly types: ReadonlyArray<string>; readonly limit: number },
    ) => Effect.Effect<Slice>
    /** The end of the log as this node knows it. */
    readonly position: () => number
    /** Done when there is something after a position, or the time is over. */
    readonly news: (pos: number, patience: Duration.Input) => Effect.Effect<void>
  }
>()("@biz1/server/business/feed/Feed") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const stream = yield* LogStream
      const waiting = new Set<Deferred.Deferred<void>>()

      const said = Effect.fnUntraced(function* (pos: number, upTo: number) {
        const rows = yield* sql`SELECT ${eventColumns(sql)}, c.kind, c.lane, c.main_room,
            (SELECT json_agg(json_build_object('type', m.type, 'id', m.id) ORDER BY m.type, m.id)::text
              FROM message_records m WHERE m.pos = e.pos) AS records
          FROM events e JOIN conversations c USING (room_id)
          WHERE e.pos > ${BigInt(pos)} AND e.pos <= ${BigInt(upTo)}
            AND NOT c.open AND c.kind NOT IN ('personal', 'assistant')
          ORDER BY e.pos LIMIT ${entriesAtOnce}`
        return rows.map((row) => {
          const { event, pos: at, applies, replaces } = decodeEventRow(row)
          const { eventId, roomId, type, stateKey, sender, content, originServerTs } = event
          const records =
            row["records"] === null ? [] : (JSON.parse(String(row["records"])) as ReadonlyArray<RecordKey>)
          return {
            pos: at,
            events: feedOfSaid({
              pos: at,
              eventId,
              roomId,
              conversation: (row["main_room"] ?? roomId) as RoomId,
              lane: String(row["lane"] ?? "main"),
              kind: String(row["kind"]),
              type,
              stateKey,
              sender,
              content,
              at: originServerTs,
              redacts: applies,
              before: replaces?.content,
              records,
            }),
          }
        })
      })

      const news = Effect.fnUntraced(function* (pos: number, upTo: number) {
        const rows =
          yield* sql`SELECT type, subject, data, cause, at::float8 AS at, pos::float8 AS pos FROM business_log
          WHERE pos > ${BigInt(pos)} AND pos <= ${BigInt(upTo)} ORDER BY pos LIMIT ${entriesAtOnce}`
        return rows.map((row) => {
          const entry = decodeBusinessRow(row)
          return { pos: entry.pos, events: [feedOfNews(entry)] }
        })
      })

      const after = Effect.fnUntraced(function* (
        pos: number,
        { types, limit }: { readonly types: ReadonlyArray<string>; readonly limit: number },
      ) {
        const end = stream.position()
        if (end <= pos) return { events: [], upTo: pos }
        const [talk, business] = [yield* said(pos, end), yield* news(pos, end)]
        // What is beyond the end of a list that was cut has not been seen by that list.
        const seen = (list: typeof talk) => (list.length < entriesAtOnce ? end : list.at(-1)!.pos)
        const upTo = Math.min(seen(talk), seen(business))
        const entries = [...talk, ...business].filter((entry) => entry.pos <= upTo).sort((a, b) => a.pos - b.pos)
        const events: Array<FeedEvent> = []
        for (const entry of entries) {
          if (events.length >= limit) return { events, upTo: entry.pos - 1 }
          events.push(...entry.events.filter(({ type }) => isWanted(type, types)))
        }
        return { events, upTo }
      }, Effect.orDie)

      yield* stream.listen(() => {
        for (const one of waiting) Deferred.doneUnsafe(one, Effect.void)
        waiting.clear()
      })

      return Feed.of({
        after,
        position: stream.position,
        news: (pos, patience) =>
          Effect.suspend(() => {
            if (stream.position() > pos) return Effect.void
            const one = Deferred.makeUnsafe<void>()
            waiting.add(one)
            return Deferred.await(one).pipe(
              Effect.timeoutOption(patience),
              Effect.ensuring(Effect.sync(() => waiting.delete(one))),
              Effect.asVoid,
            )
          }),
      })
    }),
  )
}
