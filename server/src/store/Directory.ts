/** Aliases, and which rooms the public list shows. */
import { Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import { Bus } from "../bus/Bus.ts"
import type { RoomAlias, RoomId, UserId } from "@biz1/protocol/ids"

/** Said with the id of a room whose aliases have changed. */
export const aliasesSubject = "directory.aliases"

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
    /** Lists a room on a network of an application service; false if another service keeps that list entry. */
    readonly publishOn: (
      networkId: string,
      roomId: RoomId,
      appserviceId: string,
      visible: boolean,
    ) => Effect.Effect<boolean>
    /** The rooms of all networks, or of one instance, `<service>|<network>`. */
    readonly publishedOn: (instanceId: string | undefined) => Effect.Effect<ReadonlyArray<RoomId>>
    readonly isPublished: (roomId: RoomId) => Effect.Effect<boolean>
    readonly published: Effect.Effect<ReadonlyArray<RoomId>>
  }
>()("@biz1/server/store/Directory") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const bus = yield* Bus
      const tell = (roomId: RoomId) => bus.publish(aliasesSubject, roomId)
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
            Effect.tap(() => tell(roomId)),
          ),
        remove: (alias) =>
          sql`DELETE FROM room_aliases WHERE alias = ${alias} RETURNING room_id`.pipe(
            Effect.orDie,
            Effect.flatMap((rows) => Effect.forEach(rows, (row) => tell(row["room_id"] as RoomId), { discard: true })),
          ),
        aliasesOf: (roomId) =>
          sql`SELECT alias FROM room_aliases WHERE room_id = ${roomId} ORDER BY alias`.pipe(
            Effect.map((rows) => rows.map((row) => row["alias"] as RoomAlias)),
            Effect.orDie,
          ),
        move: (from, to) =>
          sql`WITH aliases AS (UPDATE room_aliases SET room_id = ${to} WHERE room_id = ${from})
            UPDATE published_rooms SET room_id = ${to} WHERE room_id = ${from}`.pipe(
            Effect.orDie,
            Effect.andThen(Effect.forEach([from, to], tell, { discard: true })),
          ),
        publish: (roomId, visible) =>
          (visible
            ? sql`INSERT INTO published_rooms VALUES (${roomId}) ON CONFLICT DO NOTHING`
            : sql`DELETE FROM published_rooms WHERE room_id = ${roomId}`
          ).pipe(Effect.orDie, Effect.asVoid),
        publishOn: (networkId, roomId, appserviceId, visible) =>
          (visible
            ? sql`INSERT INTO appservice_rooms AS known (network_id, room_id, appservice_id)
                VALUES (${networkId}, ${roomId}, ${appserviceId}) ON CONFLICT (network_id, room_id)
                DO UPDATE SET appservice_id = known.appservice_id WHERE known.appservice_id = ${appserviceId}
                RETURNING room_id`
            : sql`WITH gone AS (
                DELETE FROM appservice_rooms WHERE network_id = ${networkId} AND room_id = ${roomId}
                AND appservice_id = ${appserviceId}
              ) SELECT WHERE NOT EXISTS (
                SELECT FROM appservice_rooms WHERE network_id = ${networkId} AND room_id = ${roomId}
                AND appservice_id <> ${appserviceId}
              )`
          ).pipe(
            Effect.map((rows) => rows.length > 0),
            Effect.orDie,
          ),
        publishedOn: (instanceId) =>
          sql`SELECT DISTINCT room_id FROM appservice_rooms
            WHERE ${instanceId ?? null}::text IS NULL OR appservice_id || '|' || network_id = ${instanceId ?? null}`.pipe(
            Effect.map((rows) => rows.map((row) => row["room_id"] as RoomId)),
            Effect.orDie,
          ),
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
