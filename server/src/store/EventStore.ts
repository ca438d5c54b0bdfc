/** Reads events: one, some of a room in order, the state at a point. */
import { Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import { roomVersions, type RoomVersion } from "@biz1/core/roomVersion"
import type { EventId, RoomId, UserId } from "@biz1/protocol/ids"
import type { EventEntry } from "../log/LogEntry.ts"
import { integers, within } from "./columns.ts"
import { decodeEventRow, eventColumns } from "./eventRow.ts"

/** A stretch of a room, by `roomSeq`; without a bound it goes on to the end. */
export interface Page {
  readonly after?: number | undefined
  readonly before?: number | undefined
  readonly direction: "forward" | "backward"
  readonly limit: number
}

export class EventStore extends Context.Service<
  EventStore,
  {
    readonly version: (roomId: RoomId) => Effect.Effect<RoomVersion | undefined>
    readonly find: (eventId: EventId) => Effect.Effect<EventEntry | undefined>
    readonly findMany: (eventIds: ReadonlyArray<EventId>) => Effect.Effect<ReadonlyArray<EventEntry>>
    readonly findSeqs: (roomId: RoomId, seqs: ReadonlyArray<number>) => Effect.Effect<ReadonlyArray<EventEntry>>
    /** Events between the bounds, both left out, nearest to where the reading starts first. */
    readonly page: (roomId: RoomId, page: Page) => Effect.Effect<ReadonlyArray<EventEntry>>
    /** The last events of a room at or below a stream position, newest first. */
    readonly latest: (
      roomId: RoomId,
      options: { readonly upTo: number; readonly limit: number },
    ) => Effect.Effect<ReadonlyArray<EventEntry>>
    /** The `roomSeq` of the room's last event at or below a stream position; 0 before the first. */
    readonly seqAt: (roomId: RoomId, pos: number) => Effect.Effect<number>
    /** The event of the room at a time, or the first after or last before it, of those in some stretches. */
    readonly nearest: (
      roomId: RoomId,
      options: {
        readonly ts: number
        readonly direction: "forward" | "backward"
        readonly stretches: ReadonlyArray<readonly [from: number, to: number]>
      },
    ) => Effect.Effect<EventEntry | undefined>
    /** The state after an event's group, whole or of one type. */
    readonly stateAt: (roomId: RoomId, group: number, type?: string) => Effect.Effect<ReadonlyArray<EventEntry>>
    /** What decides who may read what: every change of the history visibility and of one user's membership, in order. */
    readonly visibilityChanges: (roomId: RoomId, userId: UserId) => Effect.Effect<ReadonlyArray<EventEntry>>
  }
>()("@biz1/server/store/EventStore") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const columns = eventColumns(sql)
      const decode = Effect.map((rows: ReadonlyArray<Readonly<Record<string, unknown>>>) => rows.map(decodeEventRow))

      const findMany = (eventIds: ReadonlyArray<EventId>) =>
        eventIds.length === 0
          ? Effect.succeed([])
          : sql`SELECT ${columns} FROM events e WHERE e.event_id = ANY(${eventIds}::text[])`.pipe(decode, Effect.orDie)

      return EventStore.of({
        version: (roomId) =>
          sql`SELECT version FROM rooms WHERE room_id = ${roomId}`.pipe(
            Effect.map((rows) => roomVersions.get(String(rows[0]?.["version"]))),
            Effect.orDie,
          ),
        find: (eventId) => Effect.map(findMany([eventId]), (found) => found[0]),
        findMany,
        findSeqs: (roomId, seqs) =>
          seqs.length === 0
            ? Effect.succeed([])
            : sql`SELECT ${columns} FROM events e WHERE e.room_id = ${roomId}
                AND e.room_seq = ANY(${integers(seqs)}::bigint[])`.pipe(decode, Effect.orDie),
        page: (roomId, { after, before, direction, limit }) =>
          sql`SELECT ${columns} FROM events e WHERE e.room_id = ${roomId}
            AND e.room_seq > ${BigInt(after ?? 0)} AND e.room_seq < ${BigInt(before ?? Number.MAX_SAFE_INTEGER)}
            ORDER BY e.room_seq ${sql.literal(direction === "forward" ? "ASC" : "DESC")} LIMIT ${limit}`.pipe(
            decode,
            Effect.orDie,
          ),
        latest: (roomId, { upTo, limit }) =>
          sql`SELECT ${columns} FROM events e WHERE e.room_id = ${roomId} AND e.pos <= ${BigInt(upTo)}
            ORDER BY e.room_seq DESC LIMIT ${limit}`.pipe(decode, Effect.orDie),
        seqAt: (roomId, pos) =>
          sql`SELECT room_seq::float8 AS seq FROM events WHERE room_id = ${roomId} AND pos <= ${BigInt(pos)}
            ORDER BY room_seq DESC LIMIT 1`.pipe(
            Effect.map((rows) => Number(rows[0]?.["seq"] ?? 0)),
            Effect.orDie,
          ),
        nearest: (roomId, { ts, direction, stretches }) =>
          sql`SELECT ${columns} FROM events e WHERE e.room_id = ${roomId} AND ${within(sql, "e.room_seq", stretches)}
            AND ${
              direction === "forward"
                ? sql`e.origin_server_ts >= ${BigInt(ts)} ORDER BY e.origin_server_ts, e.room_seq`
                : sql`e.origin_server_ts <= ${BigInt(ts)} ORDER BY e.origin_server_ts DESC, e.room_seq DESC`
            } LIMIT 1`.pipe(
            decode,
            Effect.map((found) => found[0]),
            Effect.orDie,
          ),
        stateAt: (roomId, group, type) =>
          sql`WITH RECURSIVE chain AS (
              SELECT state_group, base_group, 0 AS hops FROM state_groups
              WHERE room_id = ${roomId} AND state_group = ${BigInt(group)}
              UNION ALL
              SELECT g.state_group, g.base_group, c.hops + 1 FROM state_groups g JOIN chain c
              ON g.room_id = ${roomId} AND g.state_group = c.base_group
            ), state AS (
              SELECT DISTINCT ON (s.type, s.state_key) s.event_id FROM chain c JOIN state_group_entries s
              ON s.room_id = ${roomId} AND s.state_group = c.state_group
              WHERE ${type === undefined ? sql`true` : sql`s.type = ${type}`}
              ORDER BY s.type, s.state_key, c.hops
            ) SELECT ${columns} FROM state JOIN events e USING (event_id)`.pipe(decode, Effect.orDie),
        visibilityChanges: (roomId, userId) =>
          sql`SELECT ${columns} FROM events e WHERE e.room_id = ${roomId} AND (
              (e.type = 'm.room.history_visibility' AND e.state_key = '') OR
              (e.type = 'm.room.member' AND e.state_key = ${userId})
            ) ORDER BY e.room_seq`.pipe(decode, Effect.orDie),
      })
    }),
  )
}
