/** Events that are to be sent later, and for a while those that were. */
import { Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { DeviceId, EventId, RoomId, UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"

export interface DelayedEvent {
  readonly delayId: string
  readonly userId: UserId
  readonly deviceId: DeviceId
  readonly roomId: RoomId
  readonly type: string
  readonly stateKey: string | undefined
  readonly content: JsonObject
  readonly delayMs: number
  readonly runningSince: number
  /** The log's position when it was scheduled. */
  readonly afterPos: number
  readonly outcome: Outcome | undefined
}

/** An event was sent; or none will be, because somebody said so or something was wrong. */
export interface Outcome {
  readonly atMs: number
  readonly eventId?: EventId | undefined
  readonly error?: JsonObject | undefined
}

export class DelayedEventStore extends Context.Service<
  DelayedEventStore,
  {
    /** The id under which it is kept: its own, or that of the first try of the same transaction. */
    readonly add: (event: DelayedEvent, txn: string) => Effect.Effect<string>
    readonly find: (delayId: string) => Effect.Effect<DelayedEvent | undefined>
    /** A user's, those first that are due first. */
    readonly ofUser: (userId: UserId, options: { readonly scheduled: boolean }) => Effect.Effect<Array<DelayedEvent>>
    readonly due: (nowMs: number, limit: number) => Effect.Effect<Array<DelayedEvent>>
    readonly restart: (delayId: string, nowMs: number) => Effect.Effect<void>
    readonly finalise: (delayId: string, outcome: Outcome) => Effect.Effect<void>
    readonly forgetFinalised: (beforeMs: number) => Effect.Effect<void>
    /** Whether somebody else has set the state since that the event would set. */
    readonly isOvertaken: (event: DelayedEvent) => Effect.Effect<boolean>
  }
>()("@biz1/server/store/DelayedEventStore") {
  static readonly layer = Layer.effect(
    this,
    Effect.map(PgClient.PgClient, (sql) => {
      const columns = sql.literal(`delay_id, user_id, device_id, room_id, type, state_key, content,
        delay_ms::float8 AS delay_ms, running_since::float8 AS running_since, after_pos::float8 AS after_pos,
        finalised_ts::float8 AS finalised_ts, event_id, error`)
      const some = Effect.map((rows: ReadonlyArray<Row>) => rows.map(decode))

      return DelayedEventStore.of({
        add: (event, txn) =>
          sql`INSERT INTO delayed_events (delay_id, user_id, device_id, room_id, type, state_key, content, delay_ms,
              running_since, send_ts, txn, after_pos)
            VALUES (${event.delayId}, ${event.userId}, ${event.deviceId}, ${event.roomId}, ${event.type},
              ${event.stateKey ?? null}, ${JSON.stringify(event.content)}, ${BigInt(event.delayMs)},
              ${BigInt(event.runningSince)}, ${BigInt(event.runningSince + event.delayMs)}, ${txn},
              ${BigInt(event.afterPos)})
            ON CONFLICT ON CONSTRAINT delayed_events_txn DO UPDATE SET txn = excluded.txn RETURNING delay_id`.pipe(
            Effect.map((rows) => String(rows[0]!["delay_id"])),
            Effect.orDie,
          ),
        find: (delayId) =>
          sql`SELECT ${columns} FROM delayed_events WHERE delay_id = ${delayId}`.pipe(
            some,
            Effect.map((found) => found[0]),
            Effect.orDie,
          ),
        ofUser: (userId, { scheduled }) =>
          sql`SELECT ${columns} FROM delayed_events WHERE user_id = ${userId}
            ${scheduled ? sql`AND finalised_ts IS NULL` : sql``} ORDER BY send_ts`.pipe(some, Effect.orDie),
        due: (nowMs, limit) =>
          sql`SELECT ${columns} FROM delayed_events WHERE finalised_ts IS NULL AND send_ts <= ${BigInt(nowMs)}
            ORDER BY send_ts LIMIT ${limit}`.pipe(some, Effect.orDie),
        restart: (delayId, nowMs) =>
          sql`UPDATE delayed_events SET running_since = ${BigInt(nowMs)}, send_ts = ${BigInt(nowMs)} + delay_ms
            WHERE delay_id = ${delayId} AND finalised_ts IS NULL`.pipe(Effect.orDie, Effect.asVoid),
        finalise: (delayId, { atMs, eventId, error }) =>
          sql`UPDATE delayed_events SET finalised_ts = ${BigInt(atMs)}, event_id = ${eventId ?? null},
              error = ${error === undefined ? null : JSON.stringify(error)}
            WHERE delay_id = ${delayId} AND finalised_ts IS NULL`.pipe(Effect.orDie, Effect.asVoid),
        forgetFinalised: (beforeMs) =>
          sql`DELETE FROM delayed_events WHERE finalised_ts < ${BigInt(beforeMs)}`.pipe(Effect.orDie, Effect.asVoid),
        isOvertaken: ({ roomId, type, stateKey, userId, afterPos }) =>
          stateKey === undefined
            ? Effect.succeed(false)
            : sql`SELECT 1 FROM current_state s JOIN events e USING (event_id) WHERE s.room_id = ${roomId}
                AND s.type = ${type} AND s.state_key = ${stateKey} AND e.pos > ${BigInt(afterPos)}
                AND e.sender <> ${userId}`.pipe(
                Effect.map((rows) => rows.length > 0),
                Effect.orDie,
              ),
      })
    }),
  )
}

type Row = Readonly<Record<string, unknown>>

const decode = (row: Row): DelayedEvent => ({
  delayId: String(row["delay_id"]),
  userId: row["user_id"] as UserId,
  deviceId: row["device_id"] as DeviceId,
  roomId: row["room_id"] as RoomId,
  type: String(row["type"]),
  stateKey: (row["state_key"] ?? undefined) as string | undefined,
  content: JSON.parse(String(row["content"])) as JsonObject,
  delayMs: Number(row["delay_ms"]),
  runningSince: Number(row["running_since"]),
  afterPos: Number(row["after_pos"]),
  outcome:
    row["finalised_ts"] === null
      ? undefined
      : {
          atMs: Number(row["finalised_ts"]),
          eventId: (row["event_id"] ?? undefined) as EventId | undefined,
          error: row["error"] === null ? undefined : (JSON.parse(String(row["error"])) as JsonObject),
        },
})
