/** Where users' notifications go. A pusher of a gateway ends with the login that made it. */
import { randomBytes } from "node:crypto"
import { Clock, Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { Pusher } from "@biz1/protocol/client/pushers"
import type { DeviceId, UserId } from "@biz1/protocol/ids"

type Name = Pick<Pusher, "app_id" | "pushkey">

export class PusherStore extends Context.Service<
  PusherStore,
  {
    readonly ofUser: (userId: UserId) => Effect.Effect<ReadonlyArray<Pusher>>
    /** Makes or replaces the user's pusher of this app and key; takes those of others away unless they may stay. */
    readonly put: (
      owner: { readonly userId: UserId; readonly deviceId: DeviceId },
      pusher: Pusher,
      options: { readonly othersStay: boolean },
    ) => Effect.Effect<void>
    /** Ends the pusher of mail whose mails hold this word. */
    readonly unsubscribe: (word: string) => Effect.Effect<void>
    readonly remove: (userId: UserId, name: Name) => Effect.Effect<void>
  }
>()("@biz1/server/store/PusherStore") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const named = ({ app_id: appId, pushkey }: Name) => sql`app_id = ${appId} AND pushkey = ${pushkey}`

      return PusherStore.of({
        ofUser: (userId) =>
          sql`SELECT json FROM pushers WHERE user_id = ${userId} ORDER BY app_id, pushkey`.pipe(
            Effect.map((rows) => rows.map((row) => JSON.parse(String(row["json"])) as Pusher)),
            Effect.orDie,
          ),
        put: Effect.fnUntraced(
          function* ({ userId, deviceId }, pusher, { othersStay }) {
            if (!othersStay) yield* sql`DELETE FROM pushers WHERE ${named(pusher)} AND user_id <> ${userId}`
            // Mail goes on when the login that asked for it has ended.
            const isMail = pusher.kind === "email"
            const word = isMail ? randomBytes(24).toString("base64url") : null
            yield* sql`INSERT INTO pushers (app_id, pushkey, user_id, device_id, json, changed_ts, kind, unsubscribe)
              VALUES (${pusher.app_id}, ${pusher.pushkey}, ${userId}, ${isMail ? "" : deviceId},
                ${JSON.stringify(pusher)}, ${BigInt(yield* Clock.currentTimeMillis)}, ${pusher.kind}, ${word})
              ON CONFLICT (app_id, pushkey, user_id) DO UPDATE SET device_id = excluded.device_id,
                json = excluded.json, changed_ts = excluded.changed_ts, failures = 0, due_ts = 0,
                kind = excluded.kind, unsubscribe = coalesce(pushers.unsubscribe, excluded.unsubscribe)`
          },
          sql.withTransaction,
          Effect.orDie,
        ),
        unsubscribe: (word) => sql`DELETE FROM pushers WHERE unsubscribe = ${word}`.pipe(Effect.orDie, Effect.asVoid),
        remove: (userId, name) =>
          sql`DELETE FROM pushers WHERE ${named(name)} AND user_id = ${userId}`.pipe(Effect.orDie, Effect.asVoid),
      })
    }),
  )
}
