/** The keys of this server, also those that it has signed with before, signed by itself. Spec: "Publishing Keys". */
import { Clock, Effect } from "effect"
import { PgClient } from "@effect/sql-pg"
import { signingKeyFromSeed, signJson } from "@biz1/core/signatures"
import { Signing } from "../conversation/Signing.ts"

/** Other servers take a key for valid no longer than seven days, whatever they are told. */
const validForMs = 24 * 60 * 60_000

export const serverKeys = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const { serverName, key } = yield* Signing
  const expired = yield* Effect.orDie(sql`SELECT key_id, seed, expired_ts::float8 AS expired_ts FROM server_keys
    WHERE expired_ts IS NOT NULL`)
  const old = expired.map((row) => {
    const { keyId, publicKey } = signingKeyFromSeed(String(row["key_id"]), row["seed"] as Uint8Array)
    return [keyId, { key: publicKey, expired_ts: Number(row["expired_ts"]) }] as const
  })
  const keys = {
    server_name: serverName,
    valid_until_ts: (yield* Clock.currentTimeMillis) + validForMs,
    verify_keys: { [key.keyId]: { key: key.publicKey } },
    old_verify_keys: Object.fromEntries(old),
  }
  return signJson(keys, serverName, key)
})
