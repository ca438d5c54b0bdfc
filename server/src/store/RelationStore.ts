/** Finds events by what they say about others: edits, threads, references, whatever relates. */
import { Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { EventId, RoomId, UserId } from "@biz1/protocol/ids"
import type { EventEntry } from "../log/LogEntry.ts"
import { texts, within } from "./columns.ts"
import { decodeEventRow, eventColumns } from "./eventRow.ts"

/** For whom: their own events are told apart, and nothing comes from people whom they ignore or from where they may not read. */
export interface Viewer {
  readonly userId: UserId
  readonly ignored: ReadonlySet<string>
  /** Parts of the room, by `roomSeq`, both ends with it. */
  readonly stretches: ReadonlyArray<readonly [from: number, to: number]>
}

/** Events of one kind of relation to one event. */
export interface Related {
  readonly eventId: EventId
  readonly relType: string
  readonly count: number
  readonly lastSeq: number
  readonly includesOwn: boolean
  /** Of references only. */
  readonly eventIds: ReadonlyArray<EventId>
}

/** What is about an event; what is not named may be anything. */
export interface RelatedBy {
  readonly relTypes: ReadonlyArray<string> | undefined
  readonly senders: ReadonlyArray<string> | undefined
}

/** Direct relations to an event, or with `depth` above 1 also relations to those. */
export interface RelationQuery {
  readonly relType?: string | undefined
  readonly type?: string | undefined
  readonly depth: number
  readonly after: number
  readonly before: number
  readonly direction: "forward" | "backward"
  readonly limit: number
}

export class RelationStore extends Context.Service<
  RelationStore,
  {
    /** What there is to bundle with these events. */
    readonly summaries: (
      roomId: RoomId,
      eventIds: ReadonlyArray<EventId>,
      viewer: Viewer,
    ) => Effect.Effect<ReadonlyArray<Related>>
    /** The edit of each event that counts, by the id of what it edits. */
    readonly edits: (
      roomId: RoomId,
      eventIds: ReadonlyArray<EventId>,
      viewer: Viewer,
    ) => Effect.Effect<ReadonlyMap<EventId, EventEntry>>
    /** Those of some events that others are about, in one of some ways and by one of some people. */
    readonly relatedTo: (
      roomId: RoomId,
      eventIds: ReadonlyArray<EventId>,
      by: RelatedBy,
      viewer: Viewer,
    ) => Effect.Effect<ReadonlySet<EventId>>
    readonly page: (
      roomId: RoomId,
      eventId: EventId,
      query: RelationQuery,
      viewer: Viewer,
    ) => Effect.Effect<ReadonlyArray<EventEntry>>
    /** A user's annotations of an event, by events of a type. */
    readonly annotationsBy: (
      roomId: RoomId,
      eventId: EventId,
      sender: UserId,
      type: string,
    ) => Effect.Effect<ReadonlyArray<EventEntry>>
    /** Events that have threads, those with the latest replies first, with the `roomSeq` of that reply. */
    readonly threads: (
      roomId: RoomId,
      options: { readonly before: number; readonly limit: number; readonly participated: boolean },
      viewer: Viewer,
    ) => Effect.Effect<ReadonlyArray<{ readonly rootId: EventId; readonly lastSeq: number }>>
  }
>()("@biz1/server/store/RelationStore") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const columns = eventColumns(sql)
      const ids = (eventIds: Iterable<string>) => sql`${texts([...eventIds])}::text[]`

      /** For a table `events AS e`. */
      const seenBy = ({ stretches, ignored }: Viewer) =>
        sql`e.redacted_by IS NULL AND e.sender <> ALL(${ids(ignored)}) AND ${within(sql, "e.room_seq", stretches)}`

      return RelationStore.of({
        summaries: (roomId, eventIds, viewer) =>
          eventIds.length === 0
            ? Effect.succeed([])
            : sql`SELECT e.relates_to AS "eventId", e.rel_type AS "relType", count(*)::int AS count,
                max(e.room_seq)::float8 AS "lastSeq", bool_or(e.sender = ${viewer.userId}) AS "includesOwn",
                coalesce(array_agg(e.event_id ORDER BY e.room_seq) FILTER (WHERE e.rel_type = 'm.reference'), '{}') AS "eventIds"
              FROM events e WHERE e.room_id = ${roomId} AND e.relates_to = ANY(${ids(eventIds)})
                AND e.rel_type IN ('m.replace', 'm.thread', 'm.reference') AND ${seenBy(viewer)}
              GROUP BY e.relates_to, e.rel_type`.pipe(
                Effect.map((rows) => rows as unknown as ReadonlyArray<Related>),
                Effect.orDie,
              ),
        // Spec: "Validity of replacement events". The latest counts; of two at the same time the one with the larger id.
        edits: (roomId, eventIds, viewer) =>
          eventIds.length === 0
            ? Effect.succeed(new Map())
            : sql`SELECT DISTINCT ON (e.relates_to) e.relates_to, ${columns}
              FROM events e JOIN events t ON t.event_id = e.relates_to
              WHERE e.room_id = ${roomId} AND e.relates_to = ANY(${ids(eventIds)}) AND e.rel_type = 'm.replace'
                AND t.room_id = e.room_id AND t.sender = e.sender AND t.type = e.type AND t.state_key IS NULL
                AND t.redacted_by IS NULL AND t.rel_type IS DISTINCT FROM 'm.replace'
                AND ${seenBy(viewer)}
              ORDER BY e.relates_to, e.origin_server_ts DESC, e.event_id DESC`.pipe(
                Effect.map((rows) => new Map(rows.map((row) => [row["relates_to"] as EventId, decodeEventRow(row)]))),
                Effect.orDie,
              ),
        relatedTo: (roomId, eventIds, { relTypes, senders }, viewer) =>
          sql`SELECT DISTINCT e.relates_to FROM events e WHERE e.room_id = ${roomId}
            AND e.relates_to = ANY(${ids(eventIds)}) AND ${seenBy(viewer)}
            ${relTypes === undefined ? sql`` : sql`AND e.rel_type = ANY(${ids(relTypes)})`}
            ${senders === undefined ? sql`` : sql`AND e.sender = ANY(${ids(senders)})`}`.pipe(
            Effect.map((rows) => new Set(rows.map((row) => row["relates_to"] as EventId))),
            Effect.orDie,
          ),
        page: (roomId, eventId, { relType, type, depth, after, before, direction, limit }, viewer) =>
          sql`WITH RECURSIVE related AS (
              SELECT r.event_id, 1 AS depth FROM events r WHERE r.room_id = ${roomId} AND r.relates_to = ${eventId}
              UNION
              SELECT r.event_id, p.depth + 1 FROM related p JOIN events r
              ON r.room_id = ${roomId} AND r.relates_to = p.event_id AND p.depth < ${depth}
            ) SELECT ${columns} FROM events e WHERE e.event_id IN (SELECT event_id FROM related)
              ${relType === undefined ? sql`` : sql`AND e.rel_type = ${relType}`}
              ${type === undefined ? sql`` : sql`AND e.type = ${type}`}
              AND e.room_seq > ${BigInt(after)} AND e.room_seq < ${BigInt(before)} AND ${seenBy(viewer)}
              ORDER BY e.room_seq ${sql.literal(direction === "forward" ? "ASC" : "DESC")} LIMIT ${limit}`.pipe(
            Effect.map((rows) => rows.map(decodeEventRow)),
            Effect.orDie,
          ),
        annotationsBy: (roomId, eventId, sender, type) =>
          sql`SELECT ${columns} FROM events e WHERE e.room_id = ${roomId} AND e.relates_to = ${eventId}
            AND e.rel_type = 'm.annotation' AND e.sender = ${sender} AND e.type = ${type} AND e.redacted_by IS NULL`.pipe(
            Effect.map((rows) => rows.map(decodeEventRow)),
            Effect.orDie,
          ),
        threads: (roomId, { before, limit, participated }, viewer) =>
          sql`SELECT e.relates_to AS "rootId", max(e.room_seq)::float8 AS "lastSeq"
            FROM events e JOIN events t ON t.event_id = e.relates_to AND t.room_id = e.room_id
            WHERE e.room_id = ${roomId} AND e.rel_type = 'm.thread' AND ${seenBy(viewer)}
            GROUP BY e.relates_to, t.sender
            HAVING max(e.room_seq) < ${BigInt(before)} AND (NOT ${participated}
              OR t.sender = ${viewer.userId} OR bool_or(e.sender = ${viewer.userId}))
            ORDER BY max(e.room_seq) DESC LIMIT ${limit}`.pipe(
            Effect.map((rows) => rows as unknown as ReadonlyArray<{ rootId: EventId; lastSeq: number }>),
            Effect.orDie,
          ),
      })
    }),
  )
}
