/** Devices that nobody is logged in on, each kept encrypted for its owner. Proposal: MSC3814. */
import { Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { DeviceId, UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"

export class DehydratedDevices extends Context.Service<
  DehydratedDevices,
  {
    readonly find: (
      userId: UserId,
    ) => Effect.Effect<{ readonly deviceId: DeviceId; readonly data: JsonObject } | undefined>
    /** False if the user has a device with that id. */
    readonly put: (
      userId: UserId,
      deviceId: DeviceId,
      data: JsonObject,
      displayName: string | undefined,
    ) => Effect.Effect<boolean>
  }
>()("@biz1/server/store/DehydratedDevices") {
  static readonly layer = Layer.effect(
    this,
    Effect.map(PgClient.PgClient, (sql) => {
      const find = (userId: UserId) =>
        sql`SELECT device_id, json FROM dehydrated_devices WHERE user_id = ${userId}`.pipe(
          Effect.map(([row]) =>
            row === undefined
              ? undefined
              : { deviceId: row["device_id"] as DeviceId, data: JSON.parse(String(row["json"])) as JsonObject },
          ),
        )
      const put = Effect.fnUntraced(function* (
        userId: UserId,
        deviceId: DeviceId,
        data: JsonObject,
        displayName: string | undefined,
      ) {
        const made = yield* sql`INSERT INTO devices (user_id, device_id, display_name)
          VALUES (${userId}, ${deviceId}, ${displayName ?? null}) ON CONFLICT DO NOTHING RETURNING 1`
        if (made.length === 0) return false
        yield* sql`INSERT INTO dehydrated_devices (user_id, device_id, json)
          VALUES (${userId}, ${deviceId}, ${JSON.stringify(data)})
          ON CONFLICT (user_id) DO UPDATE SET device_id = excluded.device_id, json = excluded.json`
        return true
      }, sql.withTransaction)
      return DehydratedDevices.of({
        find: (...of) => Effect.orDie(find(...of)),
        put: (...of) => Effect.orDie(put(...of)),
      })
    }),
  )
}
