/** The people of this server: who has an account, and how they prove who they are. */
import { Clock, Context, Effect, Layer, Schema } from "effect"
import { PgClient } from "@effect/sql-pg"
import {
  Forbidden,
  GuestAccessForbidden,
  InvalidUsername,
  UserDeactivated,
  UserInUse,
  type UserLocked,
} from "@biz1/protocol/errors"
import { localpartOf, UserId } from "@biz1/protocol/ids"
import { SERVICE_LOCALPART } from "@biz1/protocol/business/names"
import { Roles } from "../business/roles/Roles.ts"
import { ServerConfig } from "../config.ts"
import { profileColumns } from "../store/profileColumns.ts"
import { hashPassword, verifyPassword } from "./passwords.ts"
import { refuseLocked } from "./standing.ts"

export interface NewAccount {
  readonly password: string | undefined
  readonly guest: boolean
  /** The application service that makes it for somebody of another network, or for itself. */
  readonly appservice?: string | undefined
}

export class Accounts extends Context.Service<
  Accounts,
  {
    /** The user id for a localpart, if it may be registered and nobody has it. */
    readonly available: (localpart: string) => Effect.Effect<UserId, InvalidUsername | UserInUse>
    /** The first account of a server is its owner's: an administrator. */
    readonly create: (userId: UserId, options: NewAccount) => Effect.Effect<void, UserInUse>
    /** Makes a guest's account theirs for good. Fails where it is none. */
    readonly keepGuest: (userId: UserId, password: string) => Effect.Effect<void, GuestAccessForbidden>
    /** Checks a password; takes as long for people who do not exist. */
    readonly verify: (userId: UserId, password: string) => Effect.Effect<void, Forbidden | UserDeactivated | UserLocked>
    /** How an account's owner can show who they are: by a password, or at another provider. */
    readonly waysIn: (userId: UserId) => Effect.Effect<{ readonly password: boolean; readonly elsewhere: boolean }>
    readonly setPassword: (userId: UserId, password: string) => Effect.Effect<void>
    /** Ends the account for good, with what it kept here; its name is never given to anyone else. */
    readonly deactivate: (userId: UserId, options: { readonly erase: boolean }) => Effect.Effect<void>
    /** No person has an account yet. */
    readonly isEmpty: Effect.Effect<boolean>
    /** A localpart or a whole user id, as people type it into a login form. */
    readonly userIdOf: (name: string) => UserId
  }
>()("@biz1/server/auth/Accounts") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const roles = yield* Roles
      const { serverName, sso } = yield* ServerConfig
      const nobodysHash = yield* hashPassword("nobody has this password")

      const find = (userId: UserId) =>
        sql`SELECT password_hash, deactivated, locked FROM users WHERE user_id = ${userId}`.pipe(
          Effect.map((rows) => rows[0]),
          Effect.orDie,
        )

      const available = Effect.fnUntraced(function* (localpart: string) {
        const userId = `@${localpart}:${serverName}` as UserId
        if (!localpartPattern.test(localpart) || userId.length > 255) {
          return yield* new InvalidUsername({ error: "A user name has letters a to z, digits and . _ = - / + only" })
        }
        if (localpart === SERVICE_LOCALPART || (yield* find(userId)) !== undefined) {
          return yield* new UserInUse({ error: "Somebody has this user name already" })
        }
        return userId
      })

      const create = Effect.fnUntraced(function* (userId: UserId, options: NewAccount) {
        const mayOwn = !options.guest && options.appservice === undefined
        const passwordHash = options.password === undefined ? null : yield* hashPassword(options.password)
        const now = yield* Clock.currentTimeMillis
        const { json, name, words } = profileColumns(userId, { displayname: localpartOf(userId) })
        const rows = yield* sql`INSERT INTO users (user_id, password_hash, profile, search_name, search_words, is_guest,
            is_admin, created_ts, appservice_id)
          VALUES (${userId}, ${passwordHash}, ${json}, ${name}, ${words}::tsvector, ${options.guest},
            ${mayOwn} AND NOT EXISTS (SELECT FROM users WHERE is_admin), ${BigInt(now)}, ${options.appservice ?? null})
          ON CONFLICT DO NOTHING RETURNING is_admin`.pipe(Effect.orDie)
        if (rows.length === 0) return yield* new UserInUse({ error: "Somebody has this user name already" })
        if (rows[0]!["is_admin"] === true) yield* roles.refresh(userId)
      })

      const keepGuest = Effect.fnUntraced(function* (userId: UserId, password: string) {
        const passwordHash = yield* hashPassword(password)
        const rows = yield* sql`UPDATE users SET is_guest = false, password_hash = ${passwordHash}
          WHERE user_id = ${userId} AND is_guest AND NOT deactivated RETURNING user_id`.pipe(Effect.orDie)
        if (rows.length === 0) return yield* new GuestAccessForbidden({ error: "This is no guest's account" })
      })

      const verify = Effect.fnUntraced(function* (userId: UserId, password: string) {
        const user = isUserId(userId) ? yield* find(userId) : undefined
        const passwordHash = (user?.["password_hash"] ?? nobodysHash) as string
        const matches = yield* verifyPassword(passwordHash, password)
        if (user?.["deactivated"] === true) {
          return yield* new UserDeactivated({ error: "This account has been deactivated" })
        }
        if (user === undefined || passwordHash === nobodysHash || !matches) {
          return yield* new Forbidden({ error: "The user name or the password is wrong" })
        }
        if (user["locked"] === true) return yield* refuseLocked
      })

      const waysIn = Effect.fnUntraced(function* (userId: UserId) {
        const [row] = yield* sql`SELECT password_hash IS NOT NULL AS password,
            EXISTS (SELECT FROM upstream_accounts WHERE user_id = ${userId}) AS elsewhere
          FROM users WHERE user_id = ${userId}`.pipe(Effect.orDie)
        const elsewhere = sso !== undefined && row?.["elsewhere"] === true
        return { password: row?.["password"] === true || !elsewhere, elsewhere }
      })

      const deactivate = Effect.fnUntraced(
        function* (userId: UserId, { erase }: { readonly erase: boolean }) {
          const { json, name, words } = profileColumns(userId, {})
          yield* sql`UPDATE users SET deactivated = true, erased = ${erase}, password_hash = NULL, profile = ${json},
            search_name = ${name}, search_words = ${words}::tsvector WHERE user_id = ${userId}`
          for (const table of kept) {
            yield* sql`DELETE FROM ${sql(table)} WHERE user_id = ${userId}`
          }
        },
        sql.withTransaction,
        Effect.orDie,
      )

      return Accounts.of({
        available,
        create,
        keepGuest,
        verify,
        waysIn,
        setPassword: (userId, password) =>
          hashPassword(password).pipe(
            Effect.flatMap((hash) => sql`UPDATE users SET password_hash = ${hash} WHERE user_id = ${userId}`),
            Effect.orDie,
            Effect.asVoid,
          ),
        deactivate,
        isEmpty: sql`SELECT 1 FROM users WHERE appservice_id IS NULL AND NOT is_guest LIMIT 1`.pipe(
          Effect.map((rows) => rows.length === 0),
          Effect.orDie,
        ),
        userIdOf: (name) => (name.startsWith("@") ? name : `@${name}:${serverName}`).toLowerCase() as UserId,
      })
    }),
  )
}

/** What an account keeps for its owner alone. */
const kept = [
  "account_data",
  "delayed_events",
  "dehydrated_devices",
  "filters",
  "key_backup_sessions",
  "key_backups",
  "openid_tokens",
  "third_party_ids",
]

/** What people type may be anything. */
const isUserId = Schema.is(UserId)

/** Spec: appendices, "User identifiers". */
const localpartPattern = /^[a-z0-9._=\-/+]+$/
