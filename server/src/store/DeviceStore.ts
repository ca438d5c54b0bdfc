/** What a user sees of their devices. */
import { Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { DeviceId, UserId } from "@biz1/protocol/ids"
import { texts } from "./columns.ts"

export interface Device {
  readonly device_id: DeviceId
  readonly display_name?: string
  readonly last_seen_ip?: string
  /** Milliseconds since 1970. */
  readonly last_seen_ts?: number
}

export class DeviceStore extends Context.Service<
  DeviceStore,
  {
    readonly ofUser: (userId: UserId) => Effect.Effect<ReadonlyArray<Device>>
    /** The devices of several users. */
    readonly idsOf: (
      users: ReadonlyArray<UserId>,
    ) => Effect.Effect<ReadonlyArray<{ readonly userId: UserId; readonly deviceId: DeviceId }>>
    /** True if it was made, false if it was there. */
    readonly create: (userId: UserId, deviceId: DeviceId, name: string | undefined) => Effect.Effect<boolean>
    /** False if there is no such device. */
    readonly rename: (userId: UserId, deviceId: DeviceId, name: string | undefined) => Effect.Effect<boolean>
  }
>()("@biz1/server/store/DeviceStore") {
  static readonly layer = Layer.effect(
    this,
    Effect.map(PgClient.PgClient, (sql) =>
      DeviceStore.of({
        ofUser: (userId) =>
          sql`SELECT device_id, display_name, last_seen_ip, last_seen_ts::float8 AS last_seen_ts FROM devices
            WHERE user_id = ${userId} ORDER BY device_id`.pipe(
            Effect.map((rows) =>
              rows.map(
                (row) =>
                  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as unknown as Device,
              ),
            ),
            Effect.orDie,
          ),
        idsOf: (users) =>
          sql`SELECT user_id, device_id FROM devices WHERE user_id = ANY(${texts(users)}::text[])`.pipe(
            Effect.map((rows) =>
              rows.map((row) => ({ userId: row["user_id"] as UserId, deviceId: row["device_id"] as DeviceId })),
            ),
            Effect.orDie,
          ),
        create: (userId, deviceId, name) =>
          sql`INSERT INTO devices (user_id, device_id, display_name) VALUES (${userId}, ${deviceId}, ${name ?? null})
            ON CONFLICT DO NOTHING RETURNING device_id`.pipe(
            Effect.map((rows) => rows.length > 0),
            Effect.orDie,
          ),
        rename: (userId, deviceId, name) =>
          sql`UPDATE devices SET display_name = coalesce(${name ?? null}, display_name)
            WHERE user_id = ${userId} AND device_id = ${deviceId} RETURNING device_id`.pipe(
            Effect.map((rows) => rows.length > 0),
            Effect.orDie,
          ),
      }),
    ),
  )
}
