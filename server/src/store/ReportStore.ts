/** What people have reported, for the operators to look at. */
import { Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { EventId, RoomId, UserId } from "@biz1/protocol/ids"

export interface Report {
  readonly reporter: UserId
  /** Of an event: its room and sender, too. Of a room or a person that one alone. */
  readonly roomId?: RoomId
  readonly eventId?: EventId
  readonly userId?: UserId
  readonly reason: string
  readonly score?: number | undefined
  readonly receivedTs: number
}

/** As operators read it. */
export interface FiledReport {
  readonly report_id: number
  readonly reporter: UserId
  readonly room_id: RoomId | null
  readonly event_id: EventId | null
  readonly user_id: UserId | null
  readonly reason: string
  readonly score: number | null
  readonly received_ts: number
}

export class ReportStore extends Context.Service<
  ReportStore,
  {
    readonly add: (report: Report) => Effect.Effect<void>
    /** The newest first, older than `before`. */
    readonly page: (before: number, limit: number) => Effect.Effect<ReadonlyArray<FiledReport>>
  }
>()("@biz1/server/store/ReportStore") {
  static readonly layer = Layer.effect(
    this,
    Effect.map(PgClient.PgClient, (sql) =>
      ReportStore.of({
        add: ({ reporter, roomId, eventId, userId, reason, score, receivedTs }) =>
          sql`INSERT INTO reports (reporter, room_id, event_id, user_id, reason, score, received_ts)
            VALUES (${reporter}, ${roomId ?? null}, ${eventId ?? null}, ${userId ?? null}, ${reason}, ${score ?? null},
              ${BigInt(receivedTs)})`.pipe(Effect.orDie, Effect.asVoid),
        page: (before, limit) =>
          sql`SELECT report_id::float8 AS report_id, reporter, room_id, event_id, user_id, reason, score,
              received_ts::float8 AS received_ts
            FROM reports WHERE report_id < ${BigInt(before)} ORDER BY report_id DESC LIMIT ${limit}`.pipe(
            Effect.map((rows) => rows as unknown as ReadonlyArray<FiledReport>),
            Effect.orDie,
          ),
      }),
    ),
  )
}
