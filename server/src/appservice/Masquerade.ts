/**
 * Whom an application service acts as: with its own token it may be any user of its namespace, on any of the user's
 * devices or on none. Spec: application service API, "Identity assertion"; MSC4326 for devices.
 */
import { Clock, Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import { Forbidden, UnknownDevice } from "@biz1/protocol/errors"
import type { DeviceId, UserId } from "@biz1/protocol/ids"
import { endedSubject } from "../auth/Sessions.ts"
import { standingOf } from "../auth/standing.ts"
import { Bus } from "../bus/Bus.ts"
import type { Requester, Standing } from "../http/Handler.ts"
import { ownsUser, type Appservice } from "./Registration.ts"

/** What a service acts on that names no device. It has no keys and gets no messages. */
export const noDevice = "" as DeviceId

const rememberMs = 60_000
const maxRemembered = 50_000

interface Known {
  readonly isAdmin: boolean
  readonly isGuest: boolean
  readonly standing: Standing
  readonly hasDevice: boolean
  readonly untilMs: number
}

export class Masquerade extends Context.Service<
  Masquerade,
  {
    /** Given the query of the request. */
    readonly requester: (
      service: Appservice,
      query: URLSearchParams,
    ) => Effect.Effect<Requester, Forbidden | UnknownDevice>
  }
>()("@biz1/server/appservice/Masquerade") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const bus = yield* Bus
      const clock = yield* Clock.Clock
      /** By user and device; only what is there, as what is not may be made at any moment. */
      const remembered = new Map<string, Known>()
      yield* bus.subscribe(endedSubject, (userId) =>
        Effect.sync(() => {
          for (const key of remembered.keys()) if (key.startsWith(`${userId}\0`)) remembered.delete(key)
        }),
      )

      const lookUp = Effect.fnUntraced(function* (userId: UserId, deviceId: DeviceId) {
        const [row] = yield* sql`SELECT u.is_admin, u.is_guest, u.locked, u.suspended, EXISTS (
            SELECT FROM devices d WHERE d.user_id = u.user_id AND d.device_id = ${deviceId}
          ) AS has_device FROM users u WHERE u.user_id = ${userId} AND NOT u.deactivated`.pipe(Effect.orDie)
        if (row === undefined) {
          return yield* new Forbidden({ error: `There is no user ${userId}: register them first` })
        }
        const known: Known = {
          isAdmin: row["is_admin"] === true,
          isGuest: row["is_guest"] === true,
          standing: standingOf(row),
          hasDevice: row["has_device"] === true,
          untilMs: clock.currentTimeMillisUnsafe() + rememberMs,
        }
        if (deviceId !== noDevice && !known.hasDevice) {
          return yield* new UnknownDevice({ error: `${userId} has no device ${deviceId}: make it first` })
        }
        remembered.set(`${userId}\0${deviceId}`, known)
        if (remembered.size > maxRemembered) remembered.delete(remembered.keys().next().value!)
        return known
      })

      return Masquerade.of({
        requester: Effect.fnUntraced(function* (service, query) {
          const userId = (query.get("user_id") ?? service.sender) as UserId
          const deviceId = query.get("device_id") ?? query.get("org.matrix.msc3202.device_id") ?? noDevice
          if (!ownsUser(service, userId) || userId.includes("\0")) {
            return yield* new Forbidden({ error: `${userId} is not among the users of ${service.id}` })
          }
          if (deviceId.includes("\0")) return yield* new UnknownDevice({ error: "No device has such an id" })
          const before = remembered.get(`${userId}\0${deviceId}`)
          const known =
            before !== undefined && before.untilMs > clock.currentTimeMillisUnsafe()
              ? before
              : yield* lookUp(userId, deviceId as DeviceId)
          const { isAdmin, isGuest, standing } = known
          const requester: Requester = {
            userId,
            deviceId: deviceId as DeviceId,
            tokenHash: service.asTokenHash,
            isAdmin,
            isGuest,
            standing,
            appservice: service,
          }
          return requester
        }),
      })
    }),
  )
}
