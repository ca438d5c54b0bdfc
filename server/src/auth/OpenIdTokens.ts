/**
 * Tokens by which a user proves to another service who they are, for an hour. They open nothing here. Kept as their
 * SHA-256 alone. Spec: client-server API, "OpenID".
 */
import { hash, randomBytes } from "node:crypto"
import { Clock, Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import { UnknownToken } from "@biz1/protocol/errors"
import type { UserId } from "@biz1/protocol/ids"

const lifetimeSeconds = 60 * 60

export class OpenIdTokens extends Context.Service<
  OpenIdTokens,
  {
    readonly issue: (userId: UserId) => Effect.Effect<{ readonly token: string; readonly expiresInSeconds: number }>
    readonly ownerOf: (token: string) => Effect.Effect<UserId, UnknownToken>
  }
>()("@biz1/server/auth/OpenIdTokens") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient

      const issue = Effect.fnUntraced(function* (userId: UserId) {
        const now = yield* Clock.currentTimeMillis
        const token = `bot_${randomBytes(32).toString("base64url")}`
        yield* sql`DELETE FROM openid_tokens WHERE expires_ts <= ${BigInt(now)}`
        yield* sql`INSERT INTO openid_tokens (token_hash, user_id, expires_ts)
          VALUES (${hashed(token)}, ${userId}, ${BigInt(now + lifetimeSeconds * 1000)})`
        return { token, expiresInSeconds: lifetimeSeconds }
      }, Effect.orDie)

      const ownerOf = Effect.fnUntraced(function* (token: string) {
        const now = yield* Clock.currentTimeMillis
        const [row] = yield* sql`SELECT t.user_id FROM openid_tokens t JOIN users u USING (user_id)
          WHERE t.token_hash = ${hashed(token)} AND t.expires_ts > ${BigInt(now)}
            AND NOT (u.deactivated OR u.locked)`.pipe(Effect.orDie)
        if (row === undefined) return yield* new UnknownToken({ error: "This token is not valid, or not any more" })
        return row["user_id"] as UserId
      })

      return OpenIdTokens.of({ issue, ownerOf })
    }),
  )
}

const hashed = (token: string) => Buffer.from(hash("sha256", token, "hex"), "hex")
