/** Tokens that let somebody make an account where registration is not open to all. */
import { Clock, Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { RegistrationToken } from "@biz1/protocol/admin/registrationTokens"
import { Unauthorized } from "@biz1/protocol/errors"

type Terms = Pick<RegistrationToken, "uses_allowed" | "expires_ts">

export class RegistrationTokens extends Context.Service<
  RegistrationTokens,
  {
    readonly isValid: (token: string) => Effect.Effect<boolean>
    /** Takes one use from the token. */
    readonly use: (token: string) => Effect.Effect<void, Unauthorized>
    readonly list: Effect.Effect<ReadonlyArray<RegistrationToken>>
    /** Undefined where there is one of that name already. */
    readonly create: (token: Terms & { readonly token: string }) => Effect.Effect<RegistrationToken | undefined>
    /** Undefined where there is none. */
    readonly update: (token: string, terms: Partial<Terms>) => Effect.Effect<RegistrationToken | undefined>
    readonly remove: (token: string) => Effect.Effect<boolean>
  }
>()("@biz1/server/auth/RegistrationTokens") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const valid = (token: string, now: number) => sql`token = ${grammar.test(token) ? token : null}
        AND (uses_allowed IS NULL OR uses_done < uses_allowed) AND (expires_ts IS NULL OR expires_ts > ${BigInt(now)})`
      const columns = sql.literal("token, uses_allowed, uses_done, expires_ts::float8 AS expires_ts")
      const decoded = (rows: ReadonlyArray<unknown>) => rows as ReadonlyArray<RegistrationToken>
      const time = (ts: number | null | undefined) => (ts === null || ts === undefined ? null : BigInt(ts))
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
        list: sql`SELECT ${columns} FROM registration_tokens ORDER BY token COLLATE "C"`.pipe(
          Effect.map(decoded),
          Effect.orDie,
        ),
        create: ({ token, uses_allowed: usesAllowed, expires_ts: expiresTs }) =>
          sql`INSERT INTO registration_tokens (token, uses_allowed, expires_ts)
            VALUES (${token}, ${usesAllowed}, ${time(expiresTs)}) ON CONFLICT DO NOTHING RETURNING ${columns}`.pipe(
            Effect.map((rows) => decoded(rows)[0]),
            Effect.orDie,
          ),
        update: (token, { uses_allowed: usesAllowed, expires_ts: expiresTs }) =>
          sql`UPDATE registration_tokens SET
              uses_allowed = CASE WHEN ${usesAllowed === undefined} THEN uses_allowed ELSE ${usesAllowed ?? null}::int END,
              expires_ts = CASE WHEN ${expiresTs === undefined} THEN expires_ts ELSE ${time(expiresTs)}::bigint END
            WHERE token = ${token} RETURNING ${columns}`.pipe(
            Effect.map((rows) => decoded(rows)[0]),
            Effect.orDie,
          ),
        remove: (token) =>
          sql`DELETE FROM registration_tokens WHERE token = ${token} RETURNING token`.pipe(
            Effect.map((rows) => rows.length > 0),
            Effect.orDie,
          ),
      })
    }),
  )
}

/** Spec: client-server API, "Token-authenticated registration": the opaque identifier grammar, at most 64 characters. */
const grammar = /^[0-9A-Za-z._~-]{1,64}$/
