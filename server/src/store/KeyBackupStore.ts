/** Backups of room keys: versions, each with sessions by room. Spec: "Server-side key backups". */
import { Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { SessionBackup } from "@biz1/protocol/client/keyBackup"
import type { RoomId, UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import { booleans, integers, texts } from "./columns.ts"

export interface Backup {
  readonly version: number
  readonly algorithm: string
  readonly authData: JsonObject
  /** Changes with every change of the sessions. */
  readonly etag: string
  readonly count: number
}

/** Which sessions of a backup: all, a room's, or one. */
export interface Sessions {
  readonly roomId?: RoomId
  readonly sessionId?: string
}

export interface KeptSession {
  readonly roomId: RoomId
  readonly sessionId: string
  readonly backup: SessionBackup
}

export class KeyBackupStore extends Context.Service<
  KeyBackupStore,
  {
    readonly create: (userId: UserId, algorithm: string, authData: JsonObject) => Effect.Effect<number>
    /** A version that was not deleted; the newest if none is named. */
    readonly find: (userId: UserId, version?: number) => Effect.Effect<Backup | undefined>
    readonly describe: (userId: UserId, version: number, authData: JsonObject) => Effect.Effect<void>
    /** Deletes it with its keys. Its number does not come back. */
    readonly remove: (userId: UserId, version: number) => Effect.Effect<void>
    /** Keeps, of each session, the better of what is there and what is given. */
    readonly put: (userId: UserId, version: number, sessions: ReadonlyArray<KeptSession>) => Effect.Effect<void>
    readonly get: (userId: UserId, version: number, which: Sessions) => Effect.Effect<ReadonlyArray<KeptSession>>
    readonly removeSessions: (userId: UserId, version: number, which: Sessions) => Effect.Effect<void>
  }
>()("@biz1/server/store/KeyBackupStore") {
  static readonly layer = Layer.effect(
    this,
    Effect.map(PgClient.PgClient, (sql) => {
      const chosen = (userId: UserId, version: number, { roomId, sessionId }: Sessions) =>
        sql.and([
          sql`user_id = ${userId} AND version = ${BigInt(version)}`,
          ...(roomId === undefined ? [] : [sql`room_id = ${roomId}`]),
          ...(sessionId === undefined ? [] : [sql`session_id = ${sessionId}`]),
        ])

      const create = (userId: UserId, algorithm: string, authData: JsonObject) =>
        sql`INSERT INTO key_backups (user_id, version, algorithm, auth_data)
          SELECT ${userId}, coalesce(max(version), 0) + 1, ${algorithm}, ${JSON.stringify(authData)}
          FROM key_backups WHERE user_id = ${userId} RETURNING version::float8 AS version`.pipe(
          Effect.map((rows) => Number(rows[0]!["version"])),
        )

      const find = (userId: UserId, version?: number) =>
        sql`SELECT version::float8 AS version, algorithm, auth_data, etag, (SELECT count(*)::float8
            FROM key_backup_sessions s WHERE s.user_id = b.user_id AND s.version = b.version) AS count
          FROM key_backups b WHERE user_id = ${userId} AND NOT deleted
            ${version === undefined ? sql`` : sql`AND version = ${BigInt(version)}`}
          ORDER BY version DESC LIMIT 1`.pipe(
          Effect.map(([row]): Backup | undefined =>
            row === undefined
              ? undefined
              : {
                  version: Number(row["version"]),
                  algorithm: String(row["algorithm"]),
                  authData: JSON.parse(String(row["auth_data"])) as JsonObject,
                  etag: String(row["etag"]),
                  count: Number(row["count"]),
                },
          ),
        )

      const remove = Effect.fnUntraced(function* (userId: UserId, version: number) {
        yield* sql`UPDATE key_backups SET deleted = true WHERE user_id = ${userId} AND version = ${BigInt(version)}`
        yield* sql`DELETE FROM key_backup_sessions WHERE ${chosen(userId, version, {})}`
      }, sql.withTransaction)

      /** The etag's row is locked first, so that two devices that back up at once do not wait for each other's sessions. */
      const put = Effect.fnUntraced(function* (userId: UserId, version: number, sessions: ReadonlyArray<KeptSession>) {
        const column = (of: (session: KeptSession) => string) => texts(sessions.map(of))
        const numbers = (of: (backup: SessionBackup) => number) => integers(sessions.map(({ backup }) => of(backup)))
        const mine = sql`user_id = ${userId} AND version = ${BigInt(version)}`
        yield* sql`SELECT 1 FROM key_backups WHERE ${mine} FOR UPDATE`
        const changed = yield* sql`INSERT INTO key_backup_sessions AS kept (user_id, version, room_id, session_id,
            first_message_index, forwarded_count, is_verified, json)
          SELECT ${userId}, ${BigInt(version)}, s.* FROM unnest(
            ${column(({ roomId }) => roomId)}::text[],
            ${column(({ sessionId }) => sessionId)}::text[],
            ${numbers((backup) => backup.first_message_index)}::bigint[],
            ${numbers((backup) => backup.forwarded_count)}::bigint[],
            ${booleans(sessions.map(({ backup }) => backup.is_verified))}::bool[],
            ${column(({ backup }) => JSON.stringify(backup.session_data))}::text[]
          ) AS s
          ON CONFLICT (user_id, version, room_id, session_id) DO UPDATE SET
            first_message_index = excluded.first_message_index, forwarded_count = excluded.forwarded_count,
            is_verified = excluded.is_verified, json = excluded.json
          WHERE (NOT excluded.is_verified, excluded.first_message_index, excluded.forwarded_count)
            < (NOT kept.is_verified, kept.first_message_index, kept.forwarded_count)
          RETURNING 1`
        if (changed.length > 0) yield* sql`UPDATE key_backups SET etag = etag + 1 WHERE ${mine}`
      }, sql.withTransaction)

      const get = (userId: UserId, version: number, which: Sessions) =>
        sql`SELECT room_id, session_id, first_message_index::float8 AS first_message_index,
            forwarded_count::float8 AS forwarded_count, is_verified, json
          FROM key_backup_sessions WHERE ${chosen(userId, version, which)} ORDER BY room_id, session_id`.pipe(
          Effect.map((rows) =>
            rows.map((row): KeptSession => ({
              roomId: row["room_id"] as RoomId,
              sessionId: String(row["session_id"]),
              backup: {
                first_message_index: Number(row["first_message_index"]),
                forwarded_count: Number(row["forwarded_count"]),
                is_verified: row["is_verified"] === true,
                session_data: JSON.parse(String(row["json"])) as JsonObject,
              },
            })),
          ),
        )

      const removeSessions = Effect.fnUntraced(function* (userId: UserId, version: number, which: Sessions) {
        const gone = yield* sql`DELETE FROM key_backup_sessions WHERE ${chosen(userId, version, which)} RETURNING 1`
        if (gone.length === 0) return
        yield* sql`UPDATE key_backups SET etag = etag + 1 WHERE user_id = ${userId} AND version = ${BigInt(version)}`
      }, sql.withTransaction)

      return KeyBackupStore.of({
        create: (...of) => Effect.orDie(create(...of)),
        find: (...of) => Effect.orDie(find(...of)),
        describe: (userId, version, authData) =>
          sql`UPDATE key_backups SET auth_data = ${JSON.stringify(authData)}
            WHERE user_id = ${userId} AND version = ${BigInt(version)}`.pipe(Effect.orDie, Effect.asVoid),
        remove: (...of) => Effect.orDie(remove(...of)),
        put: (...of) => Effect.orDie(put(...of)),
        get: (...of) => Effect.orDie(get(...of)),
        removeSessions: (...of) => Effect.orDie(removeSessions(...of)),
      })
    }),
  )
}
