/** Aliases, and which rooms the public list shows. */
import { Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { RoomAlias, RoomId, UserId } from "@biz1/protocol/ids"

export interface AliasEntry {
  readonly roomId: RoomId
  readonly creator: UserId
}

export class Directory extends Context.Service<
  Directory,
  {
    readonly find: (alias: RoomAlias) => Effect.Effect<AliasEntry | undefined>
    /** False if another room has the alias. */
    readonly put: (alias: RoomAlias, roomId: RoomId, creator: UserId) => Effect.Effect<boolean>
    readonly remove: (alias: RoomAlias) => Effect.Effect<void>
    readonly aliasesOf: (roomId: RoomId) => Effect.Effect<ReadonlyArray<RoomAlias>>
    /** Gives a room's aliases, and its place in the public list, to its replacement. */
    readonly move: (from: RoomId, to: RoomId) => Effect.Effect<void>
    readonly publish: (roomId: RoomId, visible: boolean) => Effect.Effect<void>
    readonly isPublished: (roomId: RoomId) => Effect.Effect<boolean>
    readonly published: Effect.Effect<ReadonlyArray<RoomId>>
  }
>()("@biz1/server/store/Directory") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      return Directory.of({
        find: (alias) =>
          sql`SELECT room_id, creator FROM room_aliases WHERE alias = ${alias}`.pipe(
            Effect.map(([row]) =>
              row === undefined ? undefined : { roomId: row["room_id"] as RoomId, creator: row["creator"] as UserId },
            ),
            Effect.orDie,
          ),
        put: (alias, roomId, creator) =>
          sql`INSERT INTO room_aliases (alias, room_id, creator) VALUES (${alias}, ${roomId}, ${creator})
            ON CONFLICT DO NOTHING RETURNING alias`.pipe(
            Effect.map((rows) => rows.length > 0),
            Effect.orDie,
          ),
        remove: (alias) => sql`DELETE FROM room_aliases WHERE alias = ${alias}`.pipe(Effect.orDie, Effect.asVoid),
        aliasesOf: (roomId) =>
          sql`SELECT alias FROM room_aliases WHERE room_id = ${roomId} ORDER BY alias`.pipe(
            Effect.map((rows) => rows.map((row) => row["alias"] as RoomAlias)),
            Effect.orDie,
          ),
        move: (from, to) =>
          sql`WITH aliases AS (UPDATE room_aliases SET room_id = ${to} WHERE room_id = ${from})
            UPDATE published_rooms SET room_id = ${to} WHERE room_id = ${from}`.pipe(Effect.orDie, Effect.asVoid),
        publish: (roomId, visible) =>
          (visible
            ? sql`INSERT INTO published_rooms VALUES (${roomId}) ON CONFLICT DO NOTHING`
            : sql`DELETE FROM published_rooms WHERE room_id = ${roomId}`
          ).pipe(Effect.orDie, Effect.asVoid),
        isPublished: (roomId) =>
          sql`SELECT 1 FROM published_rooms WHERE room_id = ${roomId}`.pipe(
            Effect.map((rows) => rows.length > 0),
            Effect.orDie,
          ),
        published: sql`SELECT room_id FROM published_rooms`.pipe(
          Effect.map((rows) => rows.map((row) => row["room_id"] as RoomId)),
          Effect.orDie,
        ),
      })
    }),
  )
}
