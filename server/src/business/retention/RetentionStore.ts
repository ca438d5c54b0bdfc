/** The policies that say how long things are kept, and how far each room has been looked through. */
import { Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { Kept, Policy } from "@biz1/core/business/retention"
import type { PolicyBody } from "@biz1/protocol/business/retention"
import type { RoomId } from "@biz1/protocol/ids"
import type { EventEntry } from "../../log/LogEntry.ts"
import { decodeEventRow, eventColumns } from "../../store/eventRow.ts"

export type StoredPolicy = PolicyBody & { readonly id: string }

/** A room of the organisation, as far as policies go. */
export interface KeptRoom extends Kept {
  readonly roomId: RoomId
}

export class RetentionStore extends Context.Service<
  RetentionStore,
  {
    readonly put: (policy: StoredPolicy) => Effect.Effect<void>
    readonly list: Effect.Effect<ReadonlyArray<StoredPolicy>>
    /** False where there is none. */
    readonly remove: (id: string) => Effect.Effect<boolean>
    /** Rooms in the order of their ids, after one. */
    readonly rooms: (after: string, limit: number) => Effect.Effect<ReadonlyArray<KeptRoom>>
    /** The next events of a room that have not been looked at for this. */
    readonly next: (roomId: RoomId, action: Policy["then"], limit: number) => Effect.Effect<ReadonlyArray<EventEntry>>
    readonly reached: (roomId: RoomId, action: Policy["then"], roomSeq: number) => Effect.Effect<void>
  }
>()("@biz1/server/business/retention/RetentionStore") {
  static readonly layer = Layer.effect(
    this,
    Effect.map(PgClient.PgClient, (sql) =>
      RetentionStore.of({
        put: ({ id, ...body }) =>
          sql`INSERT INTO retention_policies (id, json) VALUES (${id}, ${JSON.stringify(body)})
            ON CONFLICT (id) DO UPDATE SET json = excluded.json`.pipe(Effect.orDie, Effect.asVoid),
        list: sql`SELECT id, json FROM retention_policies ORDER BY id`.pipe(
          Effect.map((rows) =>
            rows.map((row) => ({ id: String(row["id"]), ...(JSON.parse(String(row["json"])) as PolicyBody) })),
          ),
          Effect.orDie,
        ),
        remove: (id) =>
          sql`DELETE FROM retention_policies WHERE id = ${id} RETURNING id`.pipe(
            Effect.map((rows) => rows.length > 0),
            Effect.orDie,
          ),
        // A lane goes by its main room's queue and records, too.
        rooms: (after, limit) =>
          sql`SELECT c.room_id, c.kind, (SELECT split_part(k.unique_key, chr(31), 3) FROM conversation_keys k
                WHERE k.room_id = coalesce(c.main_room, c.room_id) AND k.unique_key LIKE 'support' || chr(31) || '%'
                LIMIT 1) AS queue,
              (SELECT coalesce(array_agg(DISTINCT a.type), '{}') FROM (
                SELECT l.type FROM record_links l WHERE l.room_id IN (c.room_id, c.main_room)
                UNION SELECT p.primary_type FROM conversations p WHERE p.room_id IN (c.room_id, c.main_room)
                  AND p.primary_type IS NOT NULL) a) AS types
            FROM conversations c WHERE c.room_id > ${after} ORDER BY c.room_id LIMIT ${limit}`.pipe(
            Effect.map((rows) =>
              rows.map((row) => ({
                roomId: row["room_id"] as RoomId,
                kind: String(row["kind"]),
                queue: (row["queue"] ?? undefined) as string | undefined,
                recordTypes: row["types"] as ReadonlyArray<string>,
              })),
            ),
            Effect.orDie,
          ),
        next: (roomId, action, limit) =>
          sql`SELECT ${eventColumns(sql)} FROM events e WHERE e.room_id = ${roomId} AND e.room_seq > coalesce(
              (SELECT p.room_seq FROM retention_progress p WHERE p.room_id = ${roomId} AND p.action = ${action}), 0)
            ORDER BY e.room_seq LIMIT ${limit}`.pipe(
            Effect.map((rows) => rows.map(decodeEventRow)),
            Effect.orDie,
          ),
        reached: (roomId, action, roomSeq) =>
          sql`INSERT INTO retention_progress (room_id, action, room_seq)
            VALUES (${roomId}, ${action}, ${BigInt(roomSeq)})
            ON CONFLICT (room_id, action) DO UPDATE SET room_seq = excluded.room_seq`.pipe(Effect.orDie, Effect.asVoid),
      }),
    ),
  )
}
