/**
 * Logins: which access token is whose. Tokens are random and kept as their SHA-256 alone. What was looked up is
 * remembered for a minute, so that a request costs no query, and forgotten by every node when a login ends.
 */
import { hash, randomBytes } from "node:crypto"
import { Clock, Context, Effect, Layer, Stream } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { Statement } from "effect/sql"
import { UnknownToken, type UserLocked } from "@biz1/protocol/errors"
import type { DeviceId, UserId } from "@biz1/protocol/ids"
import { Bus } from "../bus/Bus.ts"
import type { Requester } from "../http/Handler.ts"
import { EventLog } from "../log/EventLog.ts"
import { refuseLocked, standingOf } from "./standing.ts"

/** What a client gets for logging in. */
export interface Login {
  readonly user_id: UserId
  readonly device_id: DeviceId
  readonly access_token: string
  readonly refresh_token?: string
  readonly expires_in_ms?: number
}

export interface LoginOptions {
  readonly userId: UserId
  readonly deviceId?: DeviceId | undefined
  readonly displayName?: string | undefined
  readonly refreshable?: boolean | undefined
}

/** A token that the OAuth 2.0 API has issued. */
export interface Adopted {
  readonly accessToken: string
  readonly userId: UserId
  readonly deviceId: DeviceId
  readonly displayName: string | undefined
  readonly expiresMs: number
  readonly grantId: string
  /** It comes for a refresh token, and so beside what the device has. */
  readonly renewal: boolean
}

/** What ends with the login of a device. */
const endedWith = ["access_tokens", "refresh_tokens", "oauth_records", "pushers", "sliding_connections", "devices"]
const rememberMs = 60_000
/** What was under way with the old access token when it was renewed may still end well. */
const renewedGraceMs = 60_000
/** Access tokens that can be refreshed live this long. */
const accessTokenMs = 60 * 60_000
/** How often a device's last use is written down. */
const lastSeenEveryMs = 60_000
const maxRemembered = 50_000
/** Published with the user whose login has ended. */
export const endedSubject = "sessions.ended"

export class Sessions extends Context.Service<
  Sessions,
  {
    readonly authenticate: (token: string, ip: string) => Effect.Effect<Requester, UnknownToken>
    /** Logs a user in on a device, a new one if none is named. A device has one login: the one before ends. */
    readonly login: (options: LoginOptions) => Effect.Effect<Login>
    /** Makes a token issued elsewhere a device's own: a first one ends the login that the device had before. */
    readonly adopt: (token: Adopted) => Effect.Effect<void>
    readonly refresh: (
      refreshToken: string,
    ) => Effect.Effect<Omit<Login, "user_id" | "device_id">, UnknownToken | UserLocked>
    /** Ends logins, forgets their devices and where these are notified: the named ones, or all of the user's but `except`. */
    readonly end: (
      userId: UserId,
      which: { readonly devices: ReadonlyArray<DeviceId> } | { readonly except: DeviceId | undefined },
    ) => Effect.Effect<void>
    /** Something about the user has changed: what the nodes remember of them is looked up anew. */
    readonly reconsider: (userId: UserId) => Effect.Effect<void>
  }
>()("@biz1/server/auth/Sessions") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const bus = yield* Bus
      const log = yield* EventLog
      const clock = yield* Clock.Clock
      const remembered = new Map<
        string,
        {
          readonly requester: Requester
          readonly untilMs: number
          readonly expiresMs: number | undefined
          seenMs: number
        }
      >()

      /** Counts endings: what was looked up before one must not be remembered after it. */
      let endings = 0
      const forget = (userId: string) => {
        endings++
        for (const [tokenHash, { requester }] of remembered) {
          if (requester.userId === userId) remembered.delete(tokenHash)
        }
      }
      const tellEnded = (userId: UserId) =>
        Effect.andThen(
          Effect.sync(() => forget(userId)),
          bus.publish(endedSubject, userId),
        )
      yield* bus.subscribe(endedSubject, (userId) => Effect.sync(() => forget(userId)))
      yield* Effect.forkScoped(Stream.runForEach(bus.reconnected, () => Effect.sync(() => remembered.clear())))

      const expired = () => Effect.fail(new UnknownToken({ error: "The access token has expired", soft_logout: true }))

      /** Tokens that were refreshed live until what came in their place is used: the answer may have been lost. */
      const retirePredecessor = (used: Statement.Fragment) =>
        sql`WITH old AS (
            DELETE FROM refresh_tokens WHERE token_hash IN (SELECT predecessor_hash FROM refresh_tokens WHERE ${used})
            RETURNING access_token_hash
          ) DELETE FROM access_tokens USING old WHERE token_hash = old.access_token_hash
            RETURNING encode(token_hash, 'hex') AS hex`.pipe(
          Effect.map((rows) => {
            for (const { hex } of rows) remembered.delete(String(hex))
          }),
        )

      const lookUp = Effect.fnUntraced(function* (tokenHash: string) {
        const before = endings
        const [row] =
          yield* sql`SELECT t.user_id, t.device_id, t.expires_ts::float8 AS expires_ts, u.is_admin, u.is_guest, u.locked,
            u.suspended
          FROM access_tokens t JOIN users u USING (user_id)
          WHERE t.token_hash = ${Buffer.from(tokenHash, "hex")} AND NOT u.deactivated`.pipe(Effect.orDie)
        if (row === undefined) {
          return yield* new UnknownToken({ error: "The access token is not known here: log in again" })
        }
        yield* retirePredecessor(sql`access_token_hash = ${Buffer.from(tokenHash, "hex")}`).pipe(Effect.orDie)
        const requester: Requester = {
          userId: row["user_id"] as UserId,
          deviceId: row["device_id"] as DeviceId,
          tokenHash,
          isAdmin: row["is_admin"] === true,
          isGuest: row["is_guest"] === true,
          standing: standingOf(row),
        }
        const expiresMs = (row["expires_ts"] ?? undefined) as number | undefined
        const entry = { requester, untilMs: clock.currentTimeMillisUnsafe() + rememberMs, expiresMs, seenMs: 0 }
        if (endings === before) remembered.set(tokenHash, entry)
        if (remembered.size > maxRemembered) remembered.delete(remembered.keys().next().value!)
        return entry
      })

      const authenticate = (token: string, ip: string) =>
        Effect.suspend(() => {
          const tokenHash = hash("sha256", token, "hex")
          const known = remembered.get(tokenHash)
          const now = clock.currentTimeMillisUnsafe()
          const entry = known !== undefined && known.untilMs > now ? Effect.succeed(known) : lookUp(tokenHash)
          return Effect.flatMap(entry, (found) => {
            if (found.expiresMs !== undefined && found.expiresMs <= now) return expired()
            if (now - found.seenMs < lastSeenEveryMs) return Effect.succeed(found.requester)
            found.seenMs = now
            const { userId, deviceId } = found.requester
            return sql`UPDATE devices SET last_seen_ts = ${BigInt(now)}, last_seen_ip = ${ip}
              WHERE user_id = ${userId} AND device_id = ${deviceId}`.pipe(Effect.orDie, Effect.as(found.requester))
          })
        })

      const issue = (userId: UserId, deviceId: DeviceId, refreshable: boolean, predecessor: Buffer | null = null) =>
        Effect.gen(function* () {
          const accessToken = newToken("bat")
          const expiresMs = clock.currentTimeMillisUnsafe() + accessTokenMs
          yield* sql`INSERT INTO access_tokens (token_hash, user_id, device_id, expires_ts)
            VALUES (${hashed(accessToken)}, ${userId}, ${deviceId}, ${refreshable ? BigInt(expiresMs) : null})`
          if (!refreshable) return { access_token: accessToken }
          const refreshToken = newToken("brt")
          yield* sql`INSERT INTO refresh_tokens (token_hash, user_id, device_id, access_token_hash, predecessor_hash)
            VALUES (${hashed(refreshToken)}, ${userId}, ${deviceId}, ${hashed(accessToken)}, ${predecessor})`
          return { access_token: accessToken, refresh_token: refreshToken, expires_in_ms: accessTokenMs }
        })

      const login = Effect.fnUntraced(
        function* (options: LoginOptions) {
          const { userId, deviceId = newDeviceId(), displayName, refreshable = false } = options
          for (const table of ["access_tokens", "refresh_tokens", "oauth_records"]) {
            yield* sql`DELETE FROM ${sql(table)} WHERE user_id = ${userId} AND device_id = ${deviceId}`
          }
          yield* sql`INSERT INTO devices (user_id, device_id, display_name)
            VALUES (${userId}, ${deviceId}, ${displayName ?? null}) ON CONFLICT (user_id, device_id) DO NOTHING`
          const tokens = yield* issue(userId, deviceId, refreshable)
          return { user_id: userId, device_id: deviceId, ...tokens }
        },
        sql.withTransaction,
        Effect.orDie,
        Effect.tap(({ user_id: userId }) => tellEnded(userId)),
        Effect.uninterruptible,
      )

      const adopt = Effect.fnUntraced(
        function* ({ accessToken, userId, deviceId, displayName, expiresMs, grantId, renewal }: Adopted) {
          const device = sql`user_id = ${userId} AND device_id = ${deviceId}`
          if (renewal) {
            const now = clock.currentTimeMillisUnsafe()
            const untilMs = BigInt(now + renewedGraceMs)
            yield* sql`DELETE FROM access_tokens WHERE ${device} AND expires_ts <= ${BigInt(now)}`
            yield* sql`UPDATE access_tokens SET expires_ts = least(expires_ts, ${untilMs}) WHERE ${device}`
          } else {
            yield* sql`DELETE FROM access_tokens WHERE ${device}`
            yield* sql`DELETE FROM refresh_tokens WHERE ${device}`
            yield* sql`DELETE FROM oauth_records WHERE ${device} AND grant_id <> ${grantId}`
          }
          yield* sql`INSERT INTO devices (user_id, device_id, display_name)
            VALUES (${userId}, ${deviceId}, ${displayName ?? null}) ON CONFLICT (user_id, device_id) DO NOTHING`
          yield* sql`INSERT INTO access_tokens (token_hash, user_id, device_id, expires_ts)
            VALUES (${hashed(accessToken)}, ${userId}, ${deviceId}, ${BigInt(expiresMs)})`
        },
        sql.withTransaction,
        Effect.orDie,
        (adopting, { userId }) => Effect.tap(adopting, () => tellEnded(userId)),
        Effect.uninterruptible,
      )

      const refresh = Effect.fnUntraced(
        function* (refreshToken: string) {
          const tokenHash = hashed(refreshToken)
          const [row] =
            yield* sql`SELECT t.user_id, t.device_id, u.locked FROM refresh_tokens t JOIN users u USING (user_id)
              WHERE t.token_hash = ${tokenHash} FOR UPDATE OF t`
          if (row === undefined) {
            return yield* new UnknownToken({ error: "The refresh token is not known here: log in again" })
          }
          if (row["locked"] === true) return yield* refuseLocked
          yield* retirePredecessor(sql`token_hash = ${tokenHash}`)
          return yield* issue(row["user_id"] as UserId, row["device_id"] as DeviceId, true, tokenHash)
        },
        sql.withTransaction,
        Effect.catchTag("SqlError", Effect.die),
      )

      const end = Effect.fnUntraced(
        function* (userId: UserId, which: Parameters<Sessions["Service"]["end"]>[1]) {
          const ended = (deviceId: DeviceId) =>
            "devices" in which ? which.devices.includes(deviceId) : deviceId !== which.except
          const rows = yield* sql`SELECT device_id FROM devices WHERE user_id = ${userId}`
          const devices = rows.map((row) => row["device_id"] as DeviceId).filter(ended)
          for (const table of endedWith) {
            yield* sql`DELETE FROM ${sql(table)} WHERE user_id = ${userId} AND device_id = ANY(${devices}::text[])`
          }
          // Whom all devices are taken from is signed out in browsers, too.
          if ("except" in which) yield* sql`DELETE FROM oauth_records WHERE user_id = ${userId} AND device_id IS NULL`
          // Also those of devices that are gone already: an end that was cut short is finished by the next.
          const keyed = yield* sql`SELECT device_id FROM device_keys WHERE user_id = ${userId}`
          return [...new Set([...devices, ...keyed.map((row) => row["device_id"] as DeviceId).filter(ended)])]
        },
        sql.withTransaction,
        Effect.orDie,
        (ending, userId) =>
          Effect.flatMap(ending, (removed) =>
            Effect.andThen(
              tellEnded(userId),
              removed.length === 0
                ? Effect.void
                : log.append([{ kind: "deviceList", userId, seenBy: "", removed }]).pipe(Effect.orDie, Effect.asVoid),
            ),
          ),
        Effect.uninterruptible,
      )

      return Sessions.of({ authenticate, login, adopt, refresh, end, reconsider: tellEnded })
    }),
  )
}

/** Said what it is by its first letters, so that one found in the wrong place is recognised. */
const newToken = (kind: "bat" | "brt") => `${kind}_${randomBytes(32).toString("base64url")}`
const hashed = (token: string) => Buffer.from(hash("sha256", token, "hex"), "hex")

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
const newDeviceId = () => Array.from(randomBytes(10), (byte) => letters[byte % 26]).join("") as DeviceId
