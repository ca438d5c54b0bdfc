/** The accounts as operators see them: listed, searched, and with the flag that makes one an administrator. */
import { Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { AccountSummary } from "@biz1/protocol/admin/users"
import { Forbidden, NotFound } from "@biz1/protocol/errors"
import type { RoomId, UserId } from "@biz1/protocol/ids"
import { Roles } from "../business/roles/Roles.ts"
import { Sessions } from "../auth/Sessions.ts"

export interface AccountSearch {
  readonly search: string | undefined
  readonly admin: boolean | undefined
  readonly deactivated: boolean | undefined
  readonly from: string | undefined
  readonly limit: number
}

export class AccountRegister extends Context.Service<
  AccountRegister,
  {
    /** By user id, after `from`; and how many there are on all pages. */
    readonly list: (search: AccountSearch) => Effect.Effect<{
      readonly users: ReadonlyArray<AccountSummary>
      readonly total: number
    }>
    readonly find: (userId: UserId) => Effect.Effect<AccountSummary, NotFound>
    /** A server always keeps one administrator. */
    readonly setAdmin: (userId: UserId, admin: boolean) => Effect.Effect<void, Forbidden>
    readonly roomsOf: (
      userId: UserId,
    ) => Effect.Effect<ReadonlyArray<{ readonly room_id: RoomId; readonly membership: string }>>
  }
>()("@biz1/server/admin/AccountRegister") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const sessions = yield* Sessions
      const roles = yield* Roles
      const columns = sql.literal(`user_id, profile, is_admin, is_guest, locked,
        suspended, deactivated, appservice_id, created_ts::float8 AS created_ts`)
      /** The profile is parsed here: PostgreSQL's own JSON holds less than what it may have in it, NUL for one. */
      const summaries = (rows: ReadonlyArray<Readonly<Record<string, unknown>>>) =>
        rows.map(({ profile, ...account }) => {
          const { displayname } = JSON.parse(String(profile)) as { readonly displayname?: string }
          return { ...account, displayname: displayname ?? null } as AccountSummary
        })

      return AccountRegister.of({
        list: Effect.fnUntraced(function* ({ search, admin, deactivated, from, limit }) {
          const part = search?.toLowerCase() ?? null
          const wanted = sql`(${part}::text IS NULL OR strpos(lower(user_id), ${part}) > 0
              OR strpos(search_name, ${part}) > 0)
            AND is_admin = coalesce(${admin ?? null}::boolean, is_admin)
            AND deactivated = coalesce(${deactivated ?? null}::boolean, deactivated)`
          const rows = yield* sql`SELECT ${columns} FROM users
            WHERE ${wanted} AND user_id COLLATE "C" > ${from ?? ""} ORDER BY user_id COLLATE "C" LIMIT ${limit}`
          const [counted] = yield* sql`SELECT count(*)::int AS total FROM users WHERE ${wanted}`
          return { users: summaries(rows), total: Number(counted!["total"]) }
        }, Effect.orDie),
        find: Effect.fnUntraced(function* (userId) {
          const rows = yield* Effect.orDie(sql`SELECT ${columns} FROM users WHERE user_id = ${userId}`)
          return summaries(rows)[0] ?? (yield* new NotFound({ error: "There is no such account" }))
        }),
        setAdmin: Effect.fnUntraced(
          function* (userId, admin) {
            // Locked, so that two who leave at once do not both count on the other.
            const admins = yield* sql`SELECT user_id FROM users WHERE is_admin FOR UPDATE`
            if (!admin && admins.every((row) => row["user_id"] === userId)) {
              return yield* new Forbidden({ error: "A server needs an administrator: name another one first" })
            }
            yield* sql`UPDATE users SET is_admin = ${admin} WHERE user_id = ${userId}`
          },
          sql.withTransaction,
          Effect.catchTag("SqlError", Effect.die),
          (setting, userId) =>
            Effect.tap(setting, () => Effect.andThen(roles.refresh(userId), sessions.reconsider(userId))),
          Effect.uninterruptible,
        ),
        roomsOf: (userId) =>
          sql`SELECT room_id, membership FROM memberships WHERE user_id = ${userId} ORDER BY room_id COLLATE "C"`.pipe(
            Effect.map((rows) => rows as unknown as ReadonlyArray<{ room_id: RoomId; membership: string }>),
            Effect.orDie,
          ),
      })
    }),
  )
}
