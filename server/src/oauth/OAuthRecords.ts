/**
 * What OAuth 2.0 has to remember, in PostgreSQL: clients, interactions, codes, grants, tokens, browsers. Each record is
 * found by a secret and kept under its SHA-256; each expires, and is taken away then.
 */
import { hash } from "node:crypto"
import { Clock, Context, Effect, Layer, Schedule } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { Statement } from "effect/sql"
import type { DeviceId, UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"

export interface OAuthRecord {
  readonly content: JsonObject
  readonly lifetimeMs: number
  /** Says to which grant a code or token belongs. */
  readonly grantId?: string | undefined
  /** Other ways to find it, beside its secret. */
  readonly uid?: string | undefined
  readonly userCode?: string | undefined
  readonly userId?: UserId | undefined
  readonly deviceId?: DeviceId | undefined
}

export interface Found {
  readonly content: JsonObject
  readonly userId: UserId | undefined
  readonly deviceId: DeviceId | undefined
  /** When it was first used up, where that can be done once. */
  readonly consumedMs: number | undefined
}

const sweepEvery = "10 minutes"

export class OAuthRecords extends Context.Service<
  OAuthRecords,
  {
    readonly put: (kind: string, id: string, record: OAuthRecord) => Effect.Effect<void>
    readonly get: (kind: string, id: string) => Effect.Effect<Found | undefined>
    readonly getByUid: (kind: string, uid: string) => Effect.Effect<Found | undefined>
    readonly getByUserCode: (userCode: string) => Effect.Effect<Found | undefined>
    /** Gets it and takes it away: of two that try, one has it. */
    readonly take: (kind: string, id: string) => Effect.Effect<Found | undefined>
    readonly consume: (kind: string, id: string) => Effect.Effect<void>
    /** Lets it live at least that much longer. */
    readonly prolong: (kind: string, id: string, lifetimeMs: number) => Effect.Effect<void>
    readonly remove: (kind: string, id: string) => Effect.Effect<void>
    /** Whether another refresh token of the same grant and generation has been used. */
    readonly siblingUsed: (id: string, grantId: string, generation: number) => Effect.Effect<boolean>
    /** Forgets refresh tokens that nobody can have a use for any more. */
    readonly removeOlder: (grantId: string, generation: number) => Effect.Effect<void>
    /** Whether the device was signed in through OAuth 2.0. */
    readonly holdsGrant: (userId: UserId, deviceId: DeviceId) => Effect.Effect<boolean>
    readonly removeByGrant: (kind: string, grantId: string) => Effect.Effect<void>
  }
>()("@biz1/server/oauth/OAuthRecords") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient

      const returned = sql`json, user_id, device_id, consumed_ts::float8 AS consumed_ts`
      const find = Effect.fnUntraced(function* (where: Statement.Fragment) {
        const now = yield* Clock.currentTimeMillis
        const [row] = yield* sql`SELECT ${returned} FROM oauth_records WHERE ${where} AND expires_ts > ${BigInt(now)}`
        return row === undefined ? undefined : foundIn(row)
      }, Effect.orDie)

      const put = Effect.fnUntraced(function* (kind: string, id: string, record: OAuthRecord) {
        const now = yield* Clock.currentTimeMillis
        const { content, lifetimeMs, grantId, uid, userCode, userId, deviceId } = record
        yield* sql`INSERT INTO oauth_records ${sql.insert({
          kind,
          id_hash: hashed(id),
          json: JSON.stringify(content),
          grant_id: grantId ?? null,
          uid: uid ?? null,
          user_code: userCode ?? null,
          user_id: userId ?? null,
          device_id: deviceId ?? null,
          expires_ts: BigInt(now + lifetimeMs),
        })} ON CONFLICT (kind, id_hash) DO UPDATE SET json = excluded.json, grant_id = excluded.grant_id,
          uid = excluded.uid, user_code = excluded.user_code, user_id = excluded.user_id,
          device_id = excluded.device_id, expires_ts = excluded.expires_ts`
      }, Effect.orDie)

      const sweep = Effect.flatMap(
        Clock.currentTimeMillis,
        (now) => sql`DELETE FROM oauth_records WHERE expires_ts <= ${BigInt(now)}`,
      )
      yield* Effect.forkScoped(Effect.repeat(Effect.ignore(sweep, { log: true }), Schedule.spaced(sweepEvery)))

      const refreshTokens = (grantId: string) => sql`kind = 'RefreshToken' AND grant_id = ${grantId}`
      const generationOf = sql`(json::jsonb ->> 'rotations')::int`
      const one = (kind: string, id: string) => sql`kind = ${kind} AND id_hash = ${hashed(id)}`
      return OAuthRecords.of({
        put,
        get: (kind, id) => find(one(kind, id)),
        getByUid: (kind, uid) => find(sql`kind = ${kind} AND uid = ${uid}`),
        getByUserCode: (userCode) => find(sql`user_code = ${userCode}`),
        take: Effect.fnUntraced(function* (kind, id) {
          const now = yield* Clock.currentTimeMillis
          const [row] = yield* sql`DELETE FROM oauth_records WHERE ${one(kind, id)} AND expires_ts > ${BigInt(now)}
            RETURNING ${returned}`
          return row === undefined ? undefined : foundIn(row)
        }, Effect.orDie),
        consume: Effect.fnUntraced(function* (kind, id) {
          const now = yield* Clock.currentTimeMillis
          yield* sql`UPDATE oauth_records SET consumed_ts = coalesce(consumed_ts, ${BigInt(now)}) WHERE ${one(kind, id)}`
        }, Effect.orDie),
        prolong: Effect.fnUntraced(function* (kind, id, lifetimeMs) {
          const untilMs = BigInt((yield* Clock.currentTimeMillis) + lifetimeMs)
          yield* sql`UPDATE oauth_records SET expires_ts = greatest(expires_ts, ${untilMs}) WHERE ${one(kind, id)}`
        }, Effect.orDie),
        remove: (kind, id) => sql`DELETE FROM oauth_records WHERE ${one(kind, id)}`.pipe(Effect.orDie, Effect.asVoid),
        siblingUsed: (id, grantId, generation) =>
          sql`SELECT 1 FROM oauth_records WHERE ${refreshTokens(grantId)} AND ${generationOf} = ${generation}
            AND id_hash <> ${hashed(id)} AND consumed_ts IS NOT NULL`.pipe(
            Effect.orDie,
            Effect.map((rows) => rows.length > 0),
          ),
        removeOlder: (grantId, generation) =>
          sql`DELETE FROM oauth_records WHERE ${refreshTokens(grantId)} AND ${generationOf} < ${generation}`.pipe(
            Effect.orDie,
            Effect.asVoid,
          ),
        holdsGrant: (userId, deviceId) =>
          sql`SELECT 1 FROM oauth_records WHERE user_id = ${userId} AND device_id = ${deviceId} AND kind = 'Grant'`.pipe(
            Effect.orDie,
            Effect.map((rows) => rows.length > 0),
          ),
        removeByGrant: (kind, grantId) =>
          sql`DELETE FROM oauth_records WHERE kind = ${kind} AND grant_id = ${grantId}`.pipe(
            Effect.orDie,
            Effect.asVoid,
          ),
      })
    }),
  )
}

const foundIn = (row: Readonly<Record<string, unknown>>): Found => ({
  content: JSON.parse(String(row["json"])) as JsonObject,
  userId: (row["user_id"] ?? undefined) as UserId | undefined,
  deviceId: (row["device_id"] ?? undefined) as DeviceId | undefined,
  consumedMs: (row["consumed_ts"] ?? undefined) as number | undefined,
})

const hashed = (id: string) => Buffer.from(hash("sha256", id, "hex"), "hex")
