/** Reads ranges of the log back from the store. */
import { Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import { decodeEventRow, eventColumns } from "../store/eventRow.ts"
import type {
  AccountDataEntry,
  BusinessEntry,
  DeviceListEntry,
  KeyCountEntry,
  LogBatch,
  LogEntry,
  ReceiptEntry,
  ToDeviceEntry,
} from "./LogEntry.ts"

export class LogReader extends Context.Service<
  LogReader,
  {
    /** The highest committed position. */
    readonly lastPosition: Effect.Effect<number>
    /** What stands at `first` to `last`, which must be committed. */
    readonly batch: (first: number, last: number) => Effect.Effect<LogBatch>
  }
>()("@biz1/server/log/LogReader") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const lastPosition = sql`SELECT pos::float8 AS pos FROM stream_position`.pipe(
        Effect.map((rows) => Number(rows[0]!["pos"])),
        Effect.orDie,
      )
      const batch = Effect.fnUntraced(function* (first: number, last: number) {
        const events = yield* sql`SELECT ${eventColumns(sql)} FROM events e
          WHERE e.pos BETWEEN ${first} AND ${last}`
        const receipts = yield* sql`SELECT room_id AS "roomId", user_id AS "userId", receipt_type AS "receiptType",
            thread_id AS "threadId", event_id AS "eventId", event_pos::float8 AS "eventPos", ts::float8 AS ts,
            pos::float8 AS pos FROM receipts WHERE pos BETWEEN ${first} AND ${last}`
        const accountData =
          yield* sql`SELECT user_id AS "userId", room_id AS "roomId", type, content, pos::float8 AS pos
          FROM account_data WHERE pos BETWEEN ${first} AND ${last}`
        const toDevice = yield* sql`SELECT user_id AS "userId", device_id AS "deviceId", pos::float8 AS pos
          FROM to_device WHERE pos BETWEEN ${first} AND ${last}`
        const deviceLists = yield* sql`SELECT user_id AS "userId", seen_by AS "seenBy", pos::float8 AS pos
          FROM device_list_changes WHERE pos BETWEEN ${first} AND ${last}`
        const keyCounts = yield* sql`SELECT user_id AS "userId", device_id AS "deviceId", pos::float8 AS pos
          FROM one_time_key_changes WHERE pos BETWEEN ${first} AND ${last}`
        const business = yield* sql`SELECT type, subject, data, cause, at::float8 AS at, pos::float8 AS pos
          FROM business_log WHERE pos BETWEEN ${first} AND ${last}`
        const entries: Array<LogEntry> = [
          ...events.map(decodeEventRow),
          ...receipts.map((row) => ({ ...row, kind: "receipt" }) as unknown as ReceiptEntry),
          ...accountData.map(
            (row) =>
              ({
                ...row,
                kind: "accountData",
                content: JSON.parse(String(row["content"])),
              }) as unknown as AccountDataEntry,
          ),
          ...toDevice.map((row) => ({ ...row, kind: "toDevice" }) as unknown as ToDeviceEntry),
          ...deviceLists.map((row) => ({ ...row, kind: "deviceList" }) as unknown as DeviceListEntry),
          ...keyCounts.map((row) => ({ ...row, kind: "keyCount" }) as unknown as KeyCountEntry),
          ...business.map(decodeBusinessRow),
        ]
        return { first, last, entries: entries.sort((a, b) => a.pos - b.pos) }
      }, Effect.orDie)
      return LogReader.of({ lastPosition, batch })
    }),
  )
}

export const decodeBusinessRow = (row: Readonly<Record<string, unknown>>): BusinessEntry =>
  ({
    ...row,
    kind: "business",
    data: JSON.parse(String(row["data"])),
    cause: row["cause"] ?? undefined,
  }) as unknown as BusinessEntry
