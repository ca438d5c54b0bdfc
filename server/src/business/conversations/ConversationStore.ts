/** Which rooms are conversations of the organisation, and what they are about. Written by the commits themselves. */
import { Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { Kind, Lane } from "@biz1/core/business/kinds"
import type { RecordKey } from "@biz1/core/business/links"
import type { EventId, RoomId, UserId } from "@biz1/protocol/ids"
import { texts } from "../../store/columns.ts"
import { isAbout } from "../customers/named.ts"

export interface Conversation {
  readonly roomId: RoomId
  readonly kind: Kind
  readonly lane: Lane | undefined
  readonly mainRoom: RoomId | undefined
  readonly primary: RecordKey | undefined
  readonly title: string | undefined
  /** Made by its own people, who rule it. */
  readonly open: boolean
  /** When it last changed what it is. */
  readonly pos: number
}

export class ConversationStore extends Context.Service<
  ConversationStore,
  {
    /** The room that there is for the first of these keys that has one. */
    readonly byKey: (...uniqueKeys: ReadonlyArray<string>) => Effect.Effect<RoomId | undefined>
    readonly find: (roomId: RoomId) => Effect.Effect<Conversation | undefined>
    readonly lanesOf: (
      mainRoom: RoomId,
    ) => Effect.Effect<ReadonlyArray<{ readonly name: Lane; readonly roomId: RoomId }>>
    /** The rooms that are linked with a record, whoever linked them. */
    readonly linkedWith: (record: RecordKey) => Effect.Effect<ReadonlyArray<RoomId>>
    /** Main rooms: those that are linked with a record under any of its names, of a kind, with a member; the last changed first. */
    readonly search: (question: {
      readonly record?: RecordKey | undefined
      readonly kind?: Kind | undefined
      readonly member?: UserId | undefined
      readonly before?: number | undefined
      readonly limit: number
    }) => Effect.Effect<ReadonlyArray<Conversation>>
    /** What a message was about when it was sent. */
    readonly contextOf: (
      eventId: EventId,
    ) => Effect.Effect<{ readonly roomId: RoomId; readonly records: ReadonlyArray<RecordKey> } | undefined>
    /** Main rooms whose conversation is about this record before all others. */
    readonly about: (record: RecordKey) => Effect.Effect<ReadonlyArray<Conversation>>
  }
>()("@biz1/server/business/conversations/ConversationStore") {
  static readonly layer = Layer.effect(
    this,
    Effect.map(PgClient.PgClient, (sql) => {
      const columns = sql.literal(
        "room_id, kind, lane, main_room, primary_type, primary_id, title, open, pos::float8 AS pos",
      )
      return ConversationStore.of({
        byKey: (...uniqueKeys) =>
          sql`SELECT room_id FROM unnest(${texts(uniqueKeys)}::text[]) WITH ORDINALITY AS k (unique_key, n)
            JOIN conversation_keys USING (unique_key) ORDER BY n LIMIT 1`.pipe(
            Effect.map((rows) => rows[0]?.["room_id"] as RoomId | undefined),
            Effect.orDie,
          ),
        find: (roomId) =>
          sql`SELECT ${columns} FROM conversations WHERE room_id = ${roomId}`.pipe(
            Effect.map((rows) => rows.map(decode)[0]),
            Effect.orDie,
          ),
        lanesOf: (mainRoom) =>
          sql`SELECT room_id, lane FROM conversations WHERE main_room = ${mainRoom} ORDER BY pos`.pipe(
            Effect.map((rows) => rows.map((row) => ({ name: row["lane"] as Lane, roomId: row["room_id"] as RoomId }))),
            Effect.orDie,
          ),
        linkedWith: ({ type, id }) =>
          sql`SELECT DISTINCT room_id FROM record_links WHERE type = ${type} AND id = ${id} ORDER BY room_id`.pipe(
            Effect.map((rows) => rows.map((row) => row["room_id"] as RoomId)),
            Effect.orDie,
          ),
        search: ({ record, kind, member, before, limit }) =>
          sql`SELECT ${columns} FROM conversations c WHERE main_room IS NULL
              AND ${kind === undefined ? sql`true` : sql`kind = ${kind}`}
              AND ${before === undefined ? sql`true` : sql`pos < ${BigInt(before)}`}
              AND ${
                record === undefined
                  ? sql`true`
                  : sql`room_id IN (SELECT l.room_id FROM record_links l WHERE ${isAbout(sql, record, "l")})`
              }
              AND ${
                member === undefined
                  ? sql`true`
                  : sql`EXISTS (SELECT FROM memberships m WHERE m.user_id = ${member} AND m.room_id = c.room_id
                      AND m.membership = 'join')`
              }
            ORDER BY pos DESC LIMIT ${limit}`.pipe(
            Effect.map((rows) => rows.map(decode)),
            Effect.orDie,
          ),
        contextOf: (eventId) =>
          sql`SELECT e.room_id, m.type, m.id FROM events e LEFT JOIN message_records m USING (pos)
            WHERE e.event_id = ${eventId} ORDER BY m.type, m.id`.pipe(
            Effect.map((rows) => {
              const [first] = rows
              if (first === undefined) return undefined
              const records = rows.filter((row) => row["type"] !== null)
              return {
                roomId: first["room_id"] as RoomId,
                records: records.map((row) => ({ type: String(row["type"]), id: String(row["id"]) })),
              }
            }),
            Effect.orDie,
          ),
        about: ({ type, id }) =>
          sql`SELECT ${columns} FROM conversations
            WHERE primary_type = ${type} AND primary_id = ${id} AND main_room IS NULL ORDER BY pos`.pipe(
            Effect.map((rows) => rows.map(decode)),
            Effect.orDie,
          ),
      })
    }),
  )
}

const decode = (row: Readonly<Record<string, unknown>>): Conversation => ({
  roomId: row["room_id"] as RoomId,
  kind: row["kind"] as Kind,
  lane: (row["lane"] ?? undefined) as Lane | undefined,
  mainRoom: (row["main_room"] ?? undefined) as RoomId | undefined,
  primary:
    row["primary_type"] === null ? undefined : { type: String(row["primary_type"]), id: String(row["primary_id"]) },
  title: (row["title"] ?? undefined) as string | undefined,
  open: row["open"] === true,
  pos: Number(row["pos"]),
})
