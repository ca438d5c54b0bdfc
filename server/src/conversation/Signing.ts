/** This server's name and the key it signs with. The key is made at the first start and kept in the store. */
import { randomBytes } from "node:crypto"
import { Clock, Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import { signingKeyFromSeed } from "@biz1/core/signatures"
import { ServerConfig } from "../config.ts"
import type { Signer } from "./decide.ts"

export class Signing extends Context.Service<Signing, Signer>()("@biz1/server/conversation/Signing") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const { serverName } = yield* ServerConfig
      const fresh = { keyId: `ed25519:${randomBytes(3).toString("hex")}`, seed: randomBytes(32) }
      const now = yield* Clock.currentTimeMillis
      // Nodes that start together settle on one key: only the first finds the table empty.
      yield* sql.withTransaction(
        sql`LOCK TABLE server_keys IN EXCLUSIVE MODE`.pipe(
          Effect.andThen(sql`INSERT INTO server_keys (key_id, seed, created_ts)
            SELECT ${fresh.keyId}, ${fresh.seed}, ${BigInt(now)} WHERE NOT EXISTS (SELECT FROM server_keys)`),
        ),
      )
      const [row] =
        yield* sql`SELECT key_id, seed FROM server_keys WHERE expired_ts IS NULL ORDER BY created_ts LIMIT 1`
      const key = signingKeyFromSeed(String(row!["key_id"]), row!["seed"] as Uint8Array)
      return Signing.of({ serverName, key })
    }).pipe(Effect.orDie),
  )
}
