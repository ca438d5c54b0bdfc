/** Tokens that let somebody make an account where registration is not open to all. */
import { Clock, Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import { Unauthorized } from "@biz1/protocol/errors"

export class RegistrationTokens extends Context.Service<
  RegistrationTokens,
  {
    readonly isValid: (token: string) => Effect.Effect<boolean>
    /** Takes one use from the token. */
    readonly use: (token: string) => Effect.Effect<void, Unauthorized>
  }
>()("@biz1/server/auth/RegistrationTokens") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const valid = (token: string, now: number) => sql`token = ${grammar.test(token) ? token : null}
        AND (uses_allowed IS NULL OR uses_done < uses_allowed) AND (expires_ts IS NULL OR expires_ts > ${BigInt(now)})`
      return RegistrationTokens.of({
        isValid: Effect.fnUntraced(function* (token: string) {
          const now = yield* Clock.currentTimeMillis
          const rows = yield* sql`SELECT 1 FROM registration_tokens WHERE ${valid(token, now)}`
          return rows.length > 0
        }, Effect.orDie),
        use: Effect.fnUntraced(function* (token: string) {
          const now = yield* Clock.currentTimeMillis
          const rows = yield* sql`UPDATE registration_tokens SET uses_done = uses_done + 1
            WHERE ${valid(token, now)} RETURNING token`.pipe(Effect.orDie)
          if (rows.length === 0) return yield* new Unauthorized({ error: "This registration token is not valid" })
        }),
      })
    }),
  )
}

/** Spec: client-server API, "Token-authenticated registration": the opaque identifier grammar, at most 64 characters. */
const grammar = /^[0-9A-Za-z._~-]{1,64}$/
