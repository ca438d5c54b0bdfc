/**
 * Tokens that log in once, within two minutes: from another device of the same person, or at the end of a single
 * sign-on. Kept as their SHA-256 alone. Spec: client-server API, "Token-based user login".
 */
import { hash, randomBytes } from "node:crypto"
import { Clock, Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import { Forbidden, type UserLocked } from "@biz1/protocol/errors"
import type { UserId } from "@biz1/protocol/ids"
import { refuseLocked } from "./standing.ts"

const lifetimeMs = 2 * 60_000

export class LoginTokens extends Context.Service<
  LoginTokens,
  {
    readonly issue: (userId: UserId) => Effect.Effect<{ readonly login_token: string; readonly expires_in_ms: number }>
    /** Whose token it is; it is good no more, whatever becomes of the login. */
    readonly use: (token: string) => Effect.Effect<UserId, Forbidden | UserLocked>
  }
>()("@biz1/server/auth/LoginTokens") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient

      const issue = Effect.fnUntraced(function* (userId: UserId) {
        const now = yield* Clock.currentTimeMillis
        const token = `blt_${randomBytes(32).toString("base64url")}`
        yield* sql`DELETE FROM login_tokens WHERE expires_ts <= ${BigInt(now)}`
        yield* sql`INSERT INTO login_tokens (token_hash, user_id, expires_ts)
          VALUES (${hashed(token)}, ${userId}, ${BigInt(now + lifetimeMs)})`
        return { login_token: token, expires_in_ms: lifetimeMs }
      }, Effect.orDie)

      const use = Effect.fnUntraced(function* (token: string) {
        const now = yield* Clock.currentTimeMillis
        const [row] = yield* sql`DELETE FROM login_tokens t USING users u
          WHERE t.token_hash = ${hashed(token)} AND u.user_id = t.user_id
          RETURNING t.user_id, t.expires_ts > ${BigInt(now)} AND NOT u.deactivated AS good, u.locked`.pipe(Effect.orDie)
        if (row?.["good"] !== true) return yield* new Forbidden({ error: "This login token is not valid any more" })
        if (row["locked"] === true) return yield* refuseLocked
        return row["user_id"] as UserId
      })

      return LoginTokens.of({ issue, use })
    }),
  )
}

const hashed = (token: string) => Buffer.from(hash("sha256", token, "hex"), "hex")
