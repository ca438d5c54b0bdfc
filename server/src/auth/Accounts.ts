/** The people of this server: who exists, how they are called, and how they prove who they are. */
import { Clock, Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import { Forbidden, InvalidUsername, UserDeactivated, UserInUse } from "@biz1/protocol/errors"
import type { UserId } from "@biz1/protocol/ids"
import { ServerConfig } from "../config.ts"
import { hashPassword, verifyPassword } from "./passwords.ts"

export interface Profile {
  readonly displayname: string | undefined
  readonly avatar_url: string | undefined
}

export class Accounts extends Context.Service<
  Accounts,
  {
    /** The user id for a localpart, if it may be registered and nobody has it. */
    readonly available: (localpart: string) => Effect.Effect<UserId, InvalidUsername | UserInUse>
    /** The first account of a server is its owner's: an administrator. */
    readonly create: (
      userId: UserId,
      options: { readonly password: string | undefined; readonly guest: boolean },
    ) => Effect.Effect<void, UserInUse>
    /** Checks a password; takes as long for people who do not exist. */
    readonly verify: (userId: UserId, password: string) => Effect.Effect<void, Forbidden | UserDeactivated>
    readonly setPassword: (userId: UserId, password: string) => Effect.Effect<void>
    readonly deactivate: (userId: UserId) => Effect.Effect<void>
    readonly exists: (userId: UserId) => Effect.Effect<boolean>
    readonly profile: (userId: UserId) => Effect.Effect<Profile | undefined>
    readonly setProfile: (userId: UserId, field: keyof Profile, value: string | undefined) => Effect.Effect<void>
    /** Nobody has an account yet. */
    readonly isEmpty: Effect.Effect<boolean>
    /** People whose name or user name starts with the text, or has a word that does; not the one who asks. */
    readonly search: (
      text: string,
      limit: number,
      asking: UserId,
    ) => Effect.Effect<ReadonlyArray<Profile & { readonly userId: UserId }>>
    /** A localpart or a whole user id, as people type it into a login form. */
    readonly userIdOf: (name: string) => UserId
  }
>()("@biz1/server/auth/Accounts") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const { serverName } = yield* ServerConfig
      const nobodysHash = yield* hashPassword("nobody has this password")

      const find = (userId: UserId) =>
        sql`SELECT password_hash, deactivated, displayname, avatar_url FROM users WHERE user_id = ${userId}`.pipe(
          Effect.map((rows) => rows[0]),
          Effect.orDie,
        )

      const available = Effect.fnUntraced(function* (localpart: string) {
        const userId = `@${localpart}:${serverName}` as UserId
        if (!localpartPattern.test(localpart) || userId.length > 255) {
          return yield* new InvalidUsername({ error: "A user name has letters a to z, digits and . _ = - / + only" })
        }
        if ((yield* find(userId)) !== undefined) {
          return yield* new UserInUse({ error: "Somebody has this user name already" })
        }
        return userId
      })

      const create = Effect.fnUntraced(function* (
        userId: UserId,
        options: { readonly password: string | undefined; readonly guest: boolean },
      ) {
        const passwordHash = options.password === undefined ? null : yield* hashPassword(options.password)
        const now = yield* Clock.currentTimeMillis
        const rows = yield* sql`INSERT INTO users (user_id, password_hash, displayname, is_guest, is_admin, created_ts)
          VALUES (${userId}, ${passwordHash}, ${userId.slice(1, userId.indexOf(":"))}, ${options.guest},
            NOT ${options.guest} AND NOT EXISTS (SELECT FROM users WHERE is_admin), ${BigInt(now)})
          ON CONFLICT DO NOTHING RETURNING user_id`.pipe(Effect.orDie)
        if (rows.length === 0) return yield* new UserInUse({ error: "Somebody has this user name already" })
      })

      const verify = Effect.fnUntraced(function* (userId: UserId, password: string) {
        const user = yield* find(userId)
        const passwordHash = (user?.["password_hash"] ?? nobodysHash) as string
        const matches = yield* verifyPassword(passwordHash, password)
        if (user === undefined || passwordHash === nobodysHash || !matches) {
          return yield* new Forbidden({ error: "The user name or the password is wrong" })
        }
        if (user["deactivated"] === true) {
          return yield* new UserDeactivated({ error: "This account has been deactivated" })
        }
      })

      return Accounts.of({
        available,
        create,
        verify,
        setPassword: (userId, password) =>
          hashPassword(password).pipe(
            Effect.flatMap((hash) => sql`UPDATE users SET password_hash = ${hash} WHERE user_id = ${userId}`),
            Effect.orDie,
            Effect.asVoid,
          ),
        deactivate: (userId) =>
          sql`UPDATE users SET deactivated = true, password_hash = NULL, displayname = NULL, avatar_url = NULL
            WHERE user_id = ${userId}`.pipe(Effect.orDie, Effect.asVoid),
        exists: (userId) => Effect.map(find(userId), (user) => user !== undefined),
        profile: (userId) =>
          Effect.map(
            find(userId),
            (user) =>
              user && {
                displayname: (user["displayname"] ?? undefined) as string | undefined,
                avatar_url: (user["avatar_url"] ?? undefined) as string | undefined,
              },
          ),
        setProfile: (userId, field, value) =>
          sql`UPDATE users SET ${sql(field)} = ${value ?? null} WHERE user_id = ${userId}`.pipe(
            Effect.orDie,
            Effect.asVoid,
          ),
        isEmpty: sql`SELECT 1 FROM users LIMIT 1`.pipe(
          Effect.map((rows) => rows.length === 0),
          Effect.orDie,
        ),
        search: (text, limit, asking) => {
          const term = text
            .trim()
            .replace(/^@/, "")
            .replace(/[\\%_]/g, "\\$&")
            .toLowerCase()
          return sql`SELECT user_id, displayname, avatar_url FROM users
            WHERE NOT deactivated AND NOT is_guest AND user_id <> ${asking} AND (lower(displayname) LIKE ${`${term}%`}
              OR lower(displayname) LIKE ${`% ${term}%`} OR user_id LIKE ${`@${term}%`})
            ORDER BY lower(displayname) LIKE ${`${term}%`} DESC, lower(displayname), user_id LIMIT ${limit}`.pipe(
            Effect.map((rows) =>
              rows.map((row) => ({
                userId: row["user_id"] as UserId,
                displayname: (row["displayname"] ?? undefined) as string | undefined,
                avatar_url: (row["avatar_url"] ?? undefined) as string | undefined,
              })),
            ),
            Effect.orDie,
          )
        },
        userIdOf: (name) => (name.startsWith("@") ? name : `@${name}:${serverName}`).toLowerCase() as UserId,
      })
    }),
  )
}

/** Spec: appendices, "User identifiers". */
const localpartPattern = /^[a-z0-9._=\-/+]+$/
