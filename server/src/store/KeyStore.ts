/**
 * Keys that encryption needs others to find: of devices, one-time and fallback keys, cross-signing keys and signatures.
 * What others must hear of is written by the log (`log/writeForDevices.ts`); this reads it, and hands out one-time keys.
 */
import { Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { DeviceId, UserId } from "@biz1/protocol/ids"
import type { Json, JsonObject } from "@biz1/protocol/json"
import { texts } from "./columns.ts"

export interface ClaimableKey {
  readonly algorithm: string
  readonly keyId: string
  readonly json: string
}

export interface Claim {
  readonly userId: UserId
  readonly deviceId: DeviceId
  readonly algorithm: string
}

export interface Claimed extends Claim {
  readonly keyId: string
  readonly key: Json
}

export interface DeviceKeysRow {
  readonly userId: UserId
  readonly deviceId: DeviceId
  readonly keys: JsonObject
  readonly displayName: string | undefined
}

export interface CrossSigningRow {
  readonly userId: UserId
  readonly usage: string
  readonly key: JsonObject
}

export interface SignatureRow {
  readonly userId: UserId
  readonly targetKey: string
  readonly signer: UserId
  readonly signingKey: string
  readonly signature: string
}

/** How many keys others may still claim from a device. */
export interface KeyCounts {
  readonly oneTime: { readonly [algorithm: string]: number }
  readonly unusedFallback: ReadonlyArray<string>
}

export class KeyStore extends Context.Service<
  KeyStore,
  {
    readonly devices: (users: ReadonlyArray<UserId>) => Effect.Effect<ReadonlyArray<DeviceKeysRow>>
    readonly crossSigning: (users: ReadonlyArray<UserId>) => Effect.Effect<ReadonlyArray<CrossSigningRow>>
    /** Signatures of the users' keys, as far as `reader` may see them: the owners' own and the reader's. */
    readonly signatures: (users: ReadonlyArray<UserId>, reader: UserId) => Effect.Effect<ReadonlyArray<SignatureRow>>
    /** Adds keys in their order. The ids of those that are there already with another key. */
    readonly addOneTime: (
      userId: UserId,
      deviceId: DeviceId,
      keys: ReadonlyArray<ClaimableKey>,
    ) => Effect.Effect<ReadonlyArray<string>>
    /** One fallback key an algorithm: a new one takes the place of the last. */
    readonly setFallback: (userId: UserId, deviceId: DeviceId, keys: ReadonlyArray<ClaimableKey>) => Effect.Effect<void>
    readonly counts: (userId: UserId, deviceId: DeviceId) => Effect.Effect<KeyCounts>
    /** Takes a one-time key for each, the first uploaded first, no key twice; where none is left, the fallback key. */
    readonly claim: (claims: ReadonlyArray<Claim>) => Effect.Effect<ReadonlyArray<Claimed>>
  }
>()("@biz1/server/store/KeyStore") {
  static readonly layer = Layer.effect(
    this,
    Effect.map(PgClient.PgClient, (sql) => {
      const devices = (users: ReadonlyArray<UserId>) =>
        sql`SELECT k.user_id, k.device_id, k.json, d.display_name FROM device_keys k
          LEFT JOIN devices d USING (user_id, device_id) WHERE k.user_id = ANY(${texts(users)}::text[])
          ORDER BY k.user_id, k.device_id`.pipe(
          Effect.map((rows) =>
            rows.map((row): DeviceKeysRow => ({
              userId: row["user_id"] as UserId,
              deviceId: row["device_id"] as DeviceId,
              keys: JSON.parse(String(row["json"])) as JsonObject,
              displayName: (row["display_name"] ?? undefined) as string | undefined,
            })),
          ),
        )

      const crossSigning = (users: ReadonlyArray<UserId>) =>
        sql`SELECT user_id, usage, json FROM cross_signing_keys WHERE user_id = ANY(${texts(users)}::text[])`.pipe(
          Effect.map((rows) =>
            rows.map((row): CrossSigningRow => ({
              userId: row["user_id"] as UserId,
              usage: String(row["usage"]),
              key: JSON.parse(String(row["json"])) as JsonObject,
            })),
          ),
        )

      const signatures = (users: ReadonlyArray<UserId>, reader: UserId) =>
        sql`SELECT target_user AS "userId", target_key AS "targetKey", signer, signing_key AS "signingKey", signature
          FROM key_signatures WHERE target_user = ANY(${texts(users)}::text[])
            AND (signer = target_user OR signer = ${reader})`.pipe(
          Effect.map((rows) => rows as unknown as ReadonlyArray<SignatureRow>),
        )

      const columns = (userId: UserId, deviceId: DeviceId, keys: ReadonlyArray<ClaimableKey>) => sql`
        SELECT ${userId}::text AS user_id, ${deviceId}::text AS device_id, k.algorithm, k.key_id, k.json FROM unnest(
          ${texts(keys.map(({ algorithm }) => algorithm))}::text[],
          ${texts(keys.map(({ keyId }) => keyId))}::text[],
          ${texts(keys.map(({ json }) => json))}::text[]
        ) WITH ORDINALITY AS k (algorithm, key_id, json, ord) ORDER BY k.ord`

      const addOneTime = Effect.fnUntraced(function* (
        userId: UserId,
        deviceId: DeviceId,
        keys: ReadonlyArray<ClaimableKey>,
      ) {
        yield* sql`INSERT INTO one_time_keys (user_id, device_id, algorithm, key_id, json)
          ${columns(userId, deviceId, keys)} ON CONFLICT (user_id, device_id, algorithm, key_id) DO NOTHING`
        const others = yield* sql`SELECT o.algorithm || ':' || o.key_id AS id
          FROM one_time_keys o JOIN (${columns(userId, deviceId, keys)}) given USING (user_id, device_id, algorithm, key_id)
          WHERE o.json <> given.json`
        return others.map((row) => String(row["id"]))
      })

      const setFallback = (userId: UserId, deviceId: DeviceId, keys: ReadonlyArray<ClaimableKey>) =>
        sql`INSERT INTO fallback_keys (user_id, device_id, algorithm, key_id, json) ${columns(userId, deviceId, keys)}
          ON CONFLICT (user_id, device_id, algorithm)
          DO UPDATE SET key_id = excluded.key_id, json = excluded.json, used = false
          WHERE (fallback_keys.key_id, fallback_keys.json) <> (excluded.key_id, excluded.json)`

      const counts = Effect.fnUntraced(function* (userId: UserId, deviceId: DeviceId) {
        const mine = sql`user_id = ${userId} AND device_id = ${deviceId}`
        const oneTime = yield* sql`SELECT algorithm, count(*)::float8 AS count FROM one_time_keys WHERE ${mine}
          GROUP BY algorithm`
        const fallback = yield* sql`SELECT algorithm FROM fallback_keys WHERE ${mine} AND NOT used`
        return {
          oneTime: Object.fromEntries(oneTime.map((row) => [String(row["algorithm"]), Number(row["count"])])),
          unusedFallback: fallback.map((row) => String(row["algorithm"])),
        }
      })

      const claim = Effect.fnUntraced(function* (claims: ReadonlyArray<Claim>) {
        const wanted = (of: ReadonlyArray<Claim>) => sql`unnest(
          ${texts(of.map(({ userId }) => userId))}::text[],
          ${texts(of.map(({ deviceId }) => deviceId))}::text[],
          ${texts(of.map(({ algorithm }) => algorithm))}::text[]
        ) AS w (user_id, device_id, algorithm)`
        const given = yield* sql`WITH picked AS (
            SELECT k.* FROM ${wanted(claims)} CROSS JOIN LATERAL (
              SELECT o.user_id, o.device_id, o.algorithm, o.key_id FROM one_time_keys o
              WHERE o.user_id = w.user_id AND o.device_id = w.device_id AND o.algorithm = w.algorithm
              ORDER BY o.ord LIMIT 1 FOR UPDATE SKIP LOCKED
            ) k
          ) DELETE FROM one_time_keys o USING picked p
          WHERE (o.user_id, o.device_id, o.algorithm, o.key_id) = (p.user_id, p.device_id, p.algorithm, p.key_id)
          RETURNING o.user_id, o.device_id, o.algorithm, o.key_id, o.json`
        const found = new Set(given.map((row) => [row["user_id"], row["device_id"], row["algorithm"]].join("\0")))
        const left = claims.filter((one) => !found.has([one.userId, one.deviceId, one.algorithm].join("\0")))
        const fallback =
          left.length === 0
            ? []
            : yield* sql`UPDATE fallback_keys f SET used = true FROM ${wanted(left)}
                WHERE (f.user_id, f.device_id, f.algorithm) = (w.user_id, w.device_id, w.algorithm)
                RETURNING f.user_id, f.device_id, f.algorithm, f.key_id, f.json`
        return [...given, ...fallback].map((row): Claimed => ({
          userId: row["user_id"] as UserId,
          deviceId: row["device_id"] as DeviceId,
          algorithm: String(row["algorithm"]),
          keyId: String(row["key_id"]),
          key: JSON.parse(String(row["json"])) as Json,
        }))
      })

      return KeyStore.of({
        devices: (...of) => Effect.orDie(devices(...of)),
        crossSigning: (...of) => Effect.orDie(crossSigning(...of)),
        signatures: (...of) => Effect.orDie(signatures(...of)),
        addOneTime: (...of) => Effect.orDie(sql.withTransaction(addOneTime(...of))),
        setFallback: (...of) => Effect.asVoid(Effect.orDie(setFallback(...of))),
        counts: (...of) => Effect.orDie(counts(...of)),
        claim: (...of) => Effect.orDie(claim(...of)),
      })
    }),
  )
}
